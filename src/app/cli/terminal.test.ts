import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookOf, toned } from './terminal.ts'

const utf8 = { LANG: 'en_US.UTF-8', TERM: 'xterm-256color' }
const window = { isTTY: true, columns: 120 }

test('a terminal has its own width, a file 80 columns and no colour', () => {
  assert.deepEqual(lookOf(window, utf8, 'linux', false), { columns: 120, blocks: true, colour: true })
  assert.deepEqual(lookOf({ columns: 120 }, utf8, 'linux', false), {
    columns: 80,
    blocks: true,
    colour: false,
  })
  assert.equal(lookOf({ isTTY: true, columns: 5 }, utf8, 'linux', false).columns, 40)
  assert.equal(lookOf({ isTTY: true }, utf8, 'linux', false).columns, 80)
})

test('NO_COLOR and a dumb terminal are heeded; an empty NO_COLOR is none', () => {
  assert.equal(lookOf(window, { ...utf8, NO_COLOR: '1' }, 'linux', false).colour, false)
  assert.equal(lookOf(window, { ...utf8, NO_COLOR: '' }, 'linux', false).colour, true)
  assert.deepEqual(lookOf(window, { ...utf8, TERM: 'dumb' }, 'linux', false), {
    columns: 120,
    blocks: false,
    colour: false,
  })
})

test('blocks need a locale that has them', () => {
  for (const env of [{}, { LANG: 'C' }, { LANG: 'en_US.UTF-8', LC_ALL: 'C' }, { LANG: 'ru_RU.KOI8-R' }])
    assert.equal(lookOf(window, env, 'linux', false).blocks, false, JSON.stringify(env))
  for (const env of [{ LANG: 'C.utf8' }, { LC_CTYPE: 'UTF-8' }, { LANG: 'C', LC_ALL: 'zh_CN.UTF-8' }])
    assert.equal(lookOf(window, env, 'linux', false).blocks, true, JSON.stringify(env))
  assert.equal(lookOf(window, {}, 'win32', false).blocks, true)
  assert.equal(lookOf(window, utf8, 'linux', true).blocks, false)
})

test('without colour a tone changes nothing', () => {
  assert.equal(toned('word', 'red', { colour: false }), 'word')
  assert.equal(toned('word', 'red', { colour: true }), '\u001b[31mword\u001b[39m')
  assert.equal(toned('', 'red', { colour: true }), '')
})
