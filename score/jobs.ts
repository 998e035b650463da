import { healthyWeeks } from '../src/simulator/catalogue/healthy.ts'
import type { Scenario } from '../src/simulator/scenario.ts'
import type { GoalName } from './flags.ts'
import type { ScoreRow } from './row.ts'
import { knownRateScenario } from './run/known-rates.ts'
import { liveThrough } from './run/live.ts'
import type { Observation } from './run/observe.ts'
import { observe } from './run/observe.ts'
import type { SameAgain } from './run/same-again.ts'
import { liveAgain } from './run/same-again.ts'
import { smallScenario } from './run/small.ts'
import { reportingSeed, tuningSeed } from './seeds.ts'
import { scoreStatistic } from './statistic/rows.ts'

/** A piece of the score that stands on its own: it can be done in any thread, and its result is plain data. */
export type Job =
  | { readonly family: 'statistic'; readonly seed: number; readonly runs: number; readonly delays: number }
  | { readonly family: 'again'; readonly seed: number; readonly days: number }
  | { readonly family: 'known-rate'; readonly seed: number }
  | {
      readonly family: 'healthy' | 'tuning'
      readonly seed: number
      readonly knobs: readonly number[]
      readonly weeks: number
    }

export type JobResult =
  | { readonly kind: 'rows'; readonly rows: readonly ScoreRow[] }
  | { readonly kind: 'again'; readonly again: SameAgain }
  | {
      readonly kind: 'observations'
      readonly isTuning: boolean
      readonly observations: readonly Observation[]
    }

/** A Monday, so that weekly cycles begin at their beginning. */
const START_AT = Date.UTC(2026, 0, 5)

/** What each family of scenarios can tell of. */
const SERVES: Readonly<Record<Job['family'], readonly GoalName[]>> = {
  statistic: ['1'],
  again: ['13'],
  'known-rate': ['2', '5', '6', '11', 'baselines'],
  healthy: ['3', '4', 'baselines'],
  tuning: ['baselines'],
}

/**
 * The jobs of a run, long ones first.
 * @param only one goal; null: all
 */
export function jobsOf(full: boolean, only: GoalName | null): Job[] {
  const many = (count: number, make: (n: number) => Job): Job[] =>
    Array.from({ length: count }, (_, n) => make(n))
  const knobs = only === null || only === '4' ? [1, 0.2, 5] : [1]
  const jobs: Job[] = [
    ...many(full ? 13 : 1, (n) => ({
      family: 'healthy',
      seed: reportingSeed(n),
      knobs,
      weeks: full ? 2 : 1,
    })),
    ...many(full ? 4 : 1, (n) => ({ family: 'tuning', seed: tuningSeed(n), knobs: [], weeks: full ? 2 : 1 })),
    ...many(full ? 8 : 2, (n) => ({ family: 'known-rate', seed: reportingSeed(1_000 + n) })),
    ...many(1, () => ({
      family: 'statistic',
      seed: reportingSeed(2_000),
      runs: full ? 400 : 100,
      delays: full ? 2_000 : 500,
    })),
    ...many(full ? 10 : 2, (n) => ({ family: 'again', seed: reportingSeed(3_000 + n), days: 2.5 })),
  ]
  return jobs.filter(({ family }) => only === null || SERVES[family].includes(only))
}

export function doJob(job: Job): JobResult {
  switch (job.family) {
    case 'statistic':
      return { kind: 'rows', rows: scoreStatistic(job.seed, job) }
    case 'again':
      return { kind: 'again', again: liveAgain(smallScenario(job.seed, START_AT, job.days), job.seed) }
    case 'known-rate':
      return observed(job.family, [knownRateScenario(job.seed, START_AT)])
    case 'healthy':
      return observed(job.family, healthyWeeks(job.seed, HEALTHY_PRESET, job.weeks), job.knobs)
    case 'tuning':
      return {
        ...observed('healthy', healthyWeeks(job.seed, HEALTHY_PRESET, job.weeks), job.knobs),
        isTuning: true,
      }
  }
}

/** 10,000 segments over the baselines' views; twice as many over those of the analysis. */
const HEALTHY_PRESET = 'segments2000'

function observed(kind: string, scenarios: readonly Scenario[], knobs: readonly number[] = [1]) {
  return {
    kind: 'observations' as const,
    isTuning: false,
    observations: scenarios.map((scenario) => observe(liveThrough(scenario, knobs), kind)),
  }
}
