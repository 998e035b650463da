import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../domain/instant.ts'
import { demoSettings, realMsToNextChapter, speedAt, threeSituations } from './story.ts'

const startAt = Date.UTC(2026, 10, 23)
const storyOf = (seed: number) => threeSituations(demoSettings(seed, startAt))

test('for every seed the three situations are cast at places with enough traffic, each with a place of its own', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { truths, scenario } = storyOf(seed)
    const figures = `seed ${seed}: ${truths.map((truth) => `${truth.healthyReportsPerHour} ${truth.brokenReportsPerHour}`).join(', ')}`
    assert.deepEqual(
      truths.map(({ situation }) => situation),
      ['regression', 'split', 'one-account'],
    )
    const [site, split, own] = truths
    assert.ok(site && split && own)
    assert.ok(site.healthyReportsPerHour > 1.5 && site.healthyReportsPerHour < 15, figures)
    assert.ok(site.brokenReportsPerHour > 6 * site.healthyReportsPerHour, figures)
    assert.ok(split.split && split.split.rejecting.length === 3 && split.split.accepting.length >= 2, figures)
    assert.ok(split.brokenReportsPerHour > 20, figures)
    assert.ok(own.brokenReportsPerHour > 8, figures)
    assert.notEqual(site.fault.where[0]?.type, split.split.class.type)
    assert.ok(truths.every(({ fault }) => fault.from > scenario.world.settings.startAt + 48 * HOUR_MS))
  }
})

test('the team acts twice on the site that broke: in vain, then at the moment it is mended', () => {
  const { scenario, truths } = storyOf(1)
  const [wrong, right] = scenario.actions
  assert.ok(wrong && right)
  const [site] = truths
  assert.deepEqual([wrong.effective, right.effective], [false, true])
  assert.ok(wrong.action.at > (site?.fault.from ?? Infinity))
  assert.equal(right.action.at, site?.fault.until)
})

test('the show fits into two minutes of a person’s time', () => {
  const { chapters, showEndsAt } = storyOf(1)
  let realMs = 0
  chapters.forEach(({ from, speed }, index) => {
    const until = Math.min(chapters[index + 1]?.from ?? showEndsAt, showEndsAt)
    realMs += Math.max(0, until - from) / speed
  })
  assert.ok(realMs < 100_000, `${realMs} ms`)
})

test('the speed is that of the chapter', () => {
  const story = storyOf(1)
  const [first, history] = story.chapters
  assert.ok(first && history)
  assert.equal(speedAt(story, startAt), first.speed)
  assert.equal(speedAt(story, history.from - 1), first.speed)
  assert.equal(speedAt(story, history.from), history.speed)
  assert.equal(realMsToNextChapter(story, history.from - first.speed, first.speed), 1)
  assert.equal(realMsToNextChapter(story, story.showEndsAt, 120), Infinity)
})
