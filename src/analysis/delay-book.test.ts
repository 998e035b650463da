import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import { createDelayBook, delaysOf, noteDelay, refitDelays } from './delay-book.ts'
import type { DelayBook } from './delay-book.ts'
import { DELAY_MEANS_MS, delayWeights, maturity } from './delay-curve.ts'
import { createChance, START } from './test-stream.ts'

const ALL = 0
const TYPE = 1

interface Reporting {
  readonly seed: number
  readonly hours: number
  readonly perHour: number
  /** Shares of the four parts at a solve time. */
  readonly shares: (at: number) => readonly number[]
  /** Stretches delays by solve time. */
  readonly slowness?: (at: number) => number
  /** Of the type; 0 for everything alone. */
  readonly type?: number
  /** Of those reports. */
  readonly from?: number
}

/** Notes what has come by the end, refitting at each hour, as the model does. */
function learn(
  book: DelayBook,
  { seed, hours, perHour, shares, slowness, type = TYPE, from = START }: Reporting,
) {
  const chance = createChance(seed)
  const reports: { solvedAt: number; delay: number }[] = []
  for (let i = 0; i < hours * perHour; i++) {
    const solvedAt = Math.floor(from + chance() * hours * HOUR_MS)
    let u = chance()
    const weights = shares(solvedAt)
    const part = weights.findIndex((share) => (u -= share) < 0)
    const mean = DELAY_MEANS_MS[part < 0 ? 3 : part] as number
    reports.push({ solvedAt, delay: -Math.log(1 - chance()) * mean * (slowness?.(solvedAt) ?? 1) })
  }
  reports.sort((a, b) => a.solvedAt + a.delay - (b.solvedAt + b.delay))
  let next = 0
  for (let hour = 1; hour <= hours; hour++) {
    const now = from + hour * HOUR_MS
    for (; next < reports.length; next++) {
      const { solvedAt, delay } = reports[next] as (typeof reports)[0]
      if (solvedAt + delay > now) break
      if (type !== ALL) noteDelay(book, type, solvedAt, delay)
      noteDelay(book, ALL, solvedAt, delay)
    }
    refitDelays(book, ALL, Math.floor(now / HOUR_MS))
  }
}

const AGES = [2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 8 * HOUR_MS, 16 * HOUR_MS]

function farthest(is: readonly number[], should: (age: number) => number): number {
  return Math.max(...AGES.map((age) => Math.abs(maturity(age, is) - should(age))))
}

const pace = (book: DelayBook, which: 'quick' | 'slow', type = TYPE) => delaysOf(book, type, ALL, which)

describe('delays', () => {
  test('that nobody has seen are those of the fixed curve', () => {
    const book = createDelayBook()
    assert.deepEqual(pace(book, 'quick'), delayWeights(0))
    assert.deepEqual(pace(book, 'slow'), delayWeights(0))
    refitDelays(book, ALL, START / HOUR_MS)
    assert.deepEqual(pace(book, 'quick'), delayWeights(0))
  })

  const habits = {
    usual: delayWeights(0),
    prompt: [0.9, 0.1, 0, 0],
    mixed: [0.3, 0.2, 0.3, 0.2],
    late: [0, 0.1, 0.2, 0.7],
  }
  for (const [name, shares] of Object.entries(habits))
    test(`are found after days: ${name}`, () => {
      for (const seed of [1, 2, 3]) {
        const book = createDelayBook()
        learn(book, { seed, hours: 96, perHour: 60, shares: () => shares })
        for (const which of ['quick', 'slow'] as const) {
          const weights = pace(book, which)
          assert.ok(Math.abs(weights.reduce((sum, one) => sum + one, 0) - 1) < 1e-9)
          const off = farthest(weights, (age) => maturity(age, shares))
          assert.ok(off < 0.05, `seed ${seed}, ${which}: off by ${off}, ${weights.join(' ')}`)
        }
      }
    })

  test('are found within hours, from hours that cannot have shown their late reports yet', () => {
    const shares = [0.1, 0.3, 0.2, 0.4]
    for (const seed of [4, 5, 6]) {
      const book = createDelayBook()
      learn(book, { seed, hours: 8, perHour: 200, shares: () => shares })
      const weights = pace(book, 'slow')
      const off = farthest(weights, (age) => maturity(age, shares))
      assert.ok(off < 0.1, `seed ${seed}: off by ${off}, ${weights.join(' ')}`)
    }
  })

  test('of a type with none are everything’s, and few of its own hardly move them', () => {
    const shares = [0.3, 0.2, 0.3, 0.2]
    const book = createDelayBook()
    learn(book, { seed: 7, hours: 72, perHour: 60, shares: () => shares, type: ALL })
    assert.deepEqual(pace(book, 'quick', 5), pace(book, 'quick', ALL))
    const now = START + 72 * HOUR_MS
    for (let i = 0; i < 3; i++) noteDelay(book, 6, now - 3 * HOUR_MS, 2 * HOUR_MS)
    refitDelays(book, ALL, Math.floor(now / HOUR_MS))
    assert.ok(farthest(pace(book, 'quick', 6), (age) => maturity(age, shares)) < 0.1)
  })

  test('three times as long since yesterday are believed for fixes at once, and not for alarms', () => {
    const shares = delayWeights(0.1)
    const since = START + 5 * DAY_MS
    for (const seed of [8, 9]) {
      const book = createDelayBook()
      const slowness = (at: number) => (at >= since ? 3 : 1)
      learn(book, { seed, hours: 6 * 24, perHour: 60, shares: () => shares, slowness })
      const slowOff = farthest(pace(book, 'slow'), (age) => maturity(age / 3, shares))
      const quickOff = farthest(pace(book, 'quick'), (age) => maturity(age, shares))
      assert.ok(slowOff < 0.12, `seed ${seed}: slow off by ${slowOff}`)
      assert.ok(quickOff < 0.12, `seed ${seed}: quick off by ${quickOff}`)
    }
  })

  test('a third as long since yesterday are believed for alarms at once, and not for fixes', () => {
    const since = START + 5 * DAY_MS
    const shares = delayWeights(0)
    const slowness = (at: number) => (at >= since ? 1 / 3 : 1)
    const book = createDelayBook()
    learn(book, { seed: 10, hours: 6 * 24, perHour: 60, shares: () => shares, slowness })
    assert.ok(farthest(pace(book, 'quick'), (age) => maturity(age * 3, shares)) < 0.1)
    assert.ok(farthest(pace(book, 'slow'), (age) => maturity(age, shares)) < 0.12)
  })

  test('have the longer mean at the slower pace', () => {
    const mean = (weights: readonly number[]) =>
      weights.reduce((sum, weight, k) => sum + weight * (DELAY_MEANS_MS[k] as number), 0)
    for (let seed = 20; seed < 26; seed++) {
      const book = createDelayBook()
      learn(book, { seed, hours: 30, perHour: 10, shares: () => [0.3, 0.2, 0.3, 0.2] })
      assert.ok(mean(pace(book, 'slow')) >= mean(pace(book, 'quick')), `seed ${seed}`)
    }
  })

  test('of a day and more, or of less than nothing, are left out', () => {
    const book = createDelayBook()
    noteDelay(book, ALL, START, DAY_MS)
    noteDelay(book, ALL, START, -1)
    assert.equal(book.size, 0)
    noteDelay(book, ALL, START, DAY_MS - 1)
    assert.equal(book.get(ALL)?.total, 1)
  })
})
