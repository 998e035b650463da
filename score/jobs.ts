import { HOUR_MS } from '../src/domain/instant.ts'
import type { ScoreRow } from './row.ts'
import { healthyStory } from './run/healthy.ts'
import { incidentStory } from './run/incidents.ts'
import { knownRateStory } from './run/known-rates.ts'
import { liveThrough } from './run/live.ts'
import type { Observation } from './run/observe.ts'
import { observe } from './run/observe.ts'
import type { SameAgain } from './run/same-again.ts'
import { liveAgain } from './run/same-again.ts'
import { smallStory } from './run/small.ts'
import type { Story } from './run/story.ts'
import type { GoalName } from './flags.ts'
import { reportingSeed, tuningSeed } from './seeds.ts'
import { scoreStatistic } from './statistic/rows.ts'

/** A piece of the score that stands on its own: it can be done in any thread, and its result is plain data. */
export type Job =
  | { readonly family: 'statistic'; readonly seed: number; readonly runs: number; readonly delays: number }
  | { readonly family: 'again'; readonly seed: number; readonly days: number }
  | { readonly family: 'known-rate'; readonly seed: number }
  | {
      readonly family: 'incidents'
      readonly seed: number
      readonly warmUpDays: number
      readonly days: number
    }
  | {
      readonly family: 'healthy' | 'tuning'
      readonly seed: number
      readonly knobs: readonly number[]
      readonly warmUpDays: number
      readonly days: number
    }

export type JobResult =
  | { readonly kind: 'rows'; readonly rows: readonly ScoreRow[] }
  | { readonly kind: 'again'; readonly again: SameAgain }
  | { readonly kind: 'observation'; readonly isTuning: boolean; readonly observation: Observation }

/** A Monday, so that weekly cycles begin at their beginning. */
const START_AT = Date.UTC(2026, 0, 5)

const BETWEEN_FAULTS_MS = 5 * HOUR_MS

/** What each family of stories can tell of. */
const SERVES: Readonly<Record<Job['family'], readonly GoalName[]>> = {
  statistic: ['1'],
  again: ['13'],
  incidents: ['2', '3', '5', '6', '7', '8', '10', '11', 'baselines'],
  'known-rate': ['2', '5', '6', '11', 'baselines'],
  healthy: ['3', '4', 'baselines'],
  tuning: ['baselines'],
}

/**
 * The jobs of a run, the longest first.
 * @param only one goal; null: all
 */
export function jobsOf(full: boolean, only: GoalName | null): Job[] {
  const many = <T>(count: number, make: (n: number) => T): T[] =>
    Array.from({ length: count }, (_, n) => make(n))
  const jobs: Job[] = [
    ...many(full ? 13 : 1, (n): Job => ({
      family: 'healthy',
      seed: reportingSeed(n),
      knobs: only === null || only === '4' ? [1, 0.2, 5] : [1],
      warmUpDays: full ? 7 : 3,
      days: full ? 14 : 7,
    })),
    ...many(full ? 3 : 1, (n): Job => ({
      family: 'tuning',
      seed: tuningSeed(n),
      knobs: [],
      warmUpDays: full ? 7 : 3,
      days: full ? 14 : 7,
    })),
    ...many(full ? 20 : 2, (n): Job => ({
      family: 'incidents',
      seed: reportingSeed(4_000 + n),
      warmUpDays: 3,
      days: full ? 7 : 4,
    })),
    ...many(full ? 8 : 2, (n): Job => ({ family: 'known-rate', seed: reportingSeed(1_000 + n) })),
    { family: 'statistic', seed: reportingSeed(2_000), runs: full ? 400 : 100, delays: full ? 2_000 : 500 },
    ...many(full ? 10 : 2, (n): Job => ({ family: 'again', seed: reportingSeed(3_000 + n), days: 2.5 })),
  ]
  return jobs.filter(({ family }) => only === null || SERVES[family].includes(only))
}

export function doJob(job: Job): JobResult {
  switch (job.family) {
    case 'statistic':
      return { kind: 'rows', rows: scoreStatistic(job.seed, job) }
    case 'again':
      return { kind: 'again', again: liveAgain(smallStory(job.seed, START_AT, job.days), job.seed) }
    case 'incidents':
      return observed(incidentStory(job.seed, START_AT, job.warmUpDays, job.days, BETWEEN_FAULTS_MS), [1])
    case 'known-rate':
      return observed(knownRateStory(job.seed, START_AT), [1])
    case 'healthy':
      return observed(healthyStory(job.seed, START_AT, job.warmUpDays, job.days), job.knobs)
    case 'tuning':
      return observed(healthyStory(job.seed, START_AT, job.warmUpDays, job.days), job.knobs, true)
  }
}

function observed(story: Story, knobs: readonly number[], isTuning = false): JobResult {
  return { kind: 'observation', isTuning, observation: observe(liveThrough(story, knobs)) }
}
