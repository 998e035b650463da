import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../domain/instant.ts'
import { presetSettings } from '../../simulator/presets.ts'
import { oneSiteBreaks, realMsToNextChapter, speedAt } from './story.ts'

const startAt = Date.UTC(2026, 10, 23)
const storyOf = (seed: number) => oneSiteBreaks(presetSettings('small', seed, startAt))

test('for every seed a token type of one site breaks that usually has a few reports an hour', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { truth, world } = storyOf(seed)
    assert.equal(truth.cells.length, 1)
    const figures = `seed ${seed}: ${truth.healthyReportsPerHour} and ${truth.brokenReportsPerHour}`
    assert.ok(truth.healthyReportsPerHour > 2 && truth.healthyReportsPerHour < 15, figures)
    assert.ok(truth.brokenReportsPerHour > 6 * truth.healthyReportsPerHour, figures)
    assert.ok(truth.fault.from > world.settings.startAt + 48 * HOUR_MS)
  }
})

test('history and the break fit into three quarters of a minute of a person’s time', () => {
  const story = storyOf(1)
  const [history, show] = story.chapters
  assert.ok(history && show)
  const realMs =
    (show.from - history.from) / history.speed + (story.truth.fault.from + HOUR_MS - show.from) / show.speed
  assert.ok(realMs < 45_000, `${realMs} ms`)
})

test('the speed is that of the chapter', () => {
  const story = storyOf(1)
  const [history, show] = story.chapters
  assert.ok(history && show)
  assert.equal(speedAt(story, startAt), history.speed)
  assert.equal(speedAt(story, show.from - 1), history.speed)
  assert.equal(speedAt(story, show.from), show.speed)
  assert.equal(realMsToNextChapter(story, show.from - 9_000, 9_000), 1)
  assert.equal(realMsToNextChapter(story, show.from, 300), Infinity)
})
