import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS, SECOND_MS } from '../domain/instant.ts'
import { Throttle, THROTTLE_LIMITS, type Throttled } from './throttle.ts'

const START = Date.parse('2026-11-23T12:00:00.000Z')

/** Answers to `count` wrong requests, `everyMs` apart. */
function answers(throttle: Throttle, count: number, everyMs: number, from = START, address = '192.0.2.7') {
  return Array.from({ length: count }, (_, i) => throttle.wrong(address, from + i * everyMs))
}

const count = (all: readonly (Throttled | null)[], one: Throttled | null) =>
  all.filter((a) => a === one).length

describe('the throttle', () => {
  test('lets 30 wrong requests a minute hear what is wrong, and the others that they are too many', () => {
    const throttle = new Throttle()
    const said = answers(throttle, 40, 10)
    assert.deepEqual(said.slice(0, 30), Array(30).fill(null))
    assert.deepEqual(said.slice(30), Array(10).fill('too-many-requests'))
  })

  test('starts afresh a minute after the first of them', () => {
    const throttle = new Throttle()
    answers(throttle, 31, 1)
    assert.equal(throttle.wrong('192.0.2.7', START + MINUTE_MS - 1), 'too-many-requests')
    assert.equal(throttle.wrong('192.0.2.7', START + MINUTE_MS), null)
  })

  test('bans for ten minutes after 300 in ten minutes, and what comes meanwhile does not prolong it', () => {
    const throttle = new Throttle()
    const said = answers(throttle, 300, 10)
    assert.equal(count(said, 'address-banned'), 0)
    const banned = START + 300 * 10
    assert.equal(throttle.wrong('192.0.2.7', banned), 'address-banned')
    assert.equal(throttle.wrong('192.0.2.7', banned + 10 * MINUTE_MS - 1), 'address-banned')
    assert.equal(throttle.wrong('192.0.2.7', banned + 10 * MINUTE_MS), null)
  })

  test('never minds 30 a minute, for ever', () => {
    const throttle = new Throttle()
    const said = answers(throttle, 30 * 60, 2 * SECOND_MS + 1)
    assert.equal(count(said, null), said.length)
  })

  test('minds each address alone, and an IPv6 /64 as one', () => {
    const throttle = new Throttle()
    answers(throttle, 40, 1, START, '2001:db8:0:1::1')
    assert.equal(throttle.wrong('192.0.2.8', START + 50), null)
    assert.equal(throttle.wrong('2001:db8:0:1:ffff::2', START + 50), 'too-many-requests')
    assert.equal(throttle.wrong('2001:db8:0:2::1', START + 50), null)
  })

  test('forgets the address that was wrong least recently when its table is full', () => {
    const throttle = new Throttle({ ...THROTTLE_LIMITS, addressesMax: 3 })
    answers(throttle, 40, 1, START, '192.0.2.1')
    for (const address of ['192.0.2.2', '192.0.2.3', '192.0.2.1', '192.0.2.4'])
      throttle.wrong(address, START + 50)
    assert.equal(throttle.size, 3)
    assert.equal(throttle.wrong('192.0.2.1', START + 60), 'too-many-requests')
  })

  test('survives a clock that is set back', () => {
    const throttle = new Throttle()
    answers(throttle, 40, 1)
    assert.equal(throttle.wrong('192.0.2.7', START - 3 * MINUTE_MS), null)
  })

  test('says nothing but the refusal to the first 30 of any minute, whatever came before, unless banned', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(3 * MINUTE_MS), { maxLength: 400 }), (gaps) => {
        const throttle = new Throttle()
        const times: number[] = []
        let now = START
        for (const gap of gaps) {
          now += gap
          times.push(now)
          const inLastMinute = times.filter((at) => at > now - MINUTE_MS).length
          const inLastTen = times.filter((at) => at > now - 10 * MINUTE_MS).length
          const said = throttle.wrong('192.0.2.7', now)
          if (inLastMinute <= 30) assert.notEqual(said, 'too-many-requests')
          if (inLastTen <= 300 && said === 'address-banned') assert.fail('banned too early')
        }
      }),
    ))
})
