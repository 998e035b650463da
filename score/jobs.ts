import { burstWeeks } from '../src/simulator/catalogue/bursts.ts'
import { collusionWorlds } from '../src/simulator/catalogue/collusion.ts'
import { DECOY_NAMES, decoyWorlds, everyDecoyWeeks } from '../src/simulator/catalogue/decoys.ts'
import { healthyWeeks } from '../src/simulator/catalogue/healthy.ts'
import { incidentWorlds } from '../src/simulator/catalogue/incidents.ts'
import type { PresetName } from '../src/simulator/presets.ts'
import type { Scenario } from '../src/simulator/scenario.ts'
import type { GoalName } from './flags.ts'
import type { ScoreRow } from './row.ts'
import { realCaseRows } from './rows/real-cases.ts'
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
export type Job = { readonly seed: number } & (
  | { readonly family: 'statistic'; readonly runs: number; readonly delays: number }
  | { readonly family: 'again'; readonly days: number }
  | { readonly family: 'known-rate' }
  | { readonly family: 'real-cases'; readonly datasets: string | null }
  | { readonly family: 'incidents'; readonly faults: number }
  | { readonly family: 'decoy'; readonly row: string; readonly worlds: number }
  | { readonly family: 'collusion'; readonly accounts: number }
  | { readonly family: 'every-decoy'; readonly weeks: number }
  | { readonly family: 'bursts-5' | 'bursts-20'; readonly preset: PresetName; readonly weeks: number }
  | {
      readonly family: 'healthy' | 'tuning'
      readonly preset: PresetName
      readonly knobs: readonly number[]
      readonly weeks: number
    }
)

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

/**
 * Two sizes of healthy world. Of 10,000 segments of type and site most see a report a month, and there are several times as many over
 * all views: what the goals speak of. The small one is that of the incidents, so the baselines are tuned there.
 */
const LARGE: PresetName = 'segments10000'
const PRACTICE: PresetName = 'practice'

/** What each family of scenarios can tell of. */
const SERVES: Readonly<Record<Job['family'], readonly GoalName[]>> = {
  statistic: ['1'],
  'real-cases': ['9'],
  again: ['13'],
  'known-rate': ['2', '5', '6', '11'],
  incidents: ['2', '3', '5', '6', '7', '8', '10', '11', 'baselines'],
  decoy: ['2', '3'],
  'every-decoy': ['3'],
  collusion: ['3b'],
  'bursts-5': ['3'],
  'bursts-20': ['3'],
  healthy: ['3', '4', 'baselines'],
  tuning: ['baselines'],
}

/**
 * The jobs of a run, long ones first.
 * @param only one goal; null: all
 * @param datasets a folder with the real cases; null: there is none
 */
export function jobsOf(full: boolean, only: GoalName | null, datasets: string | null): Job[] {
  const many = (count: number, make: (n: number) => Job): Job[] =>
    Array.from({ length: count }, (_, n) => make(n))
  const knobs = only === null || only === '4' ? [1, 0.2, 5] : [1]
  const jobs: Job[] = [
    ...many(full ? 7 : 0, (n) => ({
      family: 'healthy',
      seed: reportingSeed(n),
      preset: LARGE,
      // Rare rates need many weeks, and three models take three times as long.
      knobs: n < 4 ? knobs : [1],
      weeks: 4,
    })),
    ...many(full ? 2 : 1, (n) => ({
      family: 'bursts-5',
      seed: reportingSeed(100 + n),
      preset: full ? LARGE : PRACTICE,
      weeks: full ? 4 : 2,
    })),
    ...many(full ? 2 : 1, (n) => ({
      family: 'bursts-20',
      seed: reportingSeed(200 + n),
      preset: full ? LARGE : PRACTICE,
      weeks: full ? 4 : 2,
    })),
    ...many(full ? 6 : 1, (n) => ({
      family: 'healthy',
      seed: reportingSeed(50 + n),
      preset: PRACTICE,
      knobs,
      weeks: full ? 4 : 3,
    })),
    ...many(full ? 6 : 1, (n) => ({
      family: 'tuning',
      seed: tuningSeed(n),
      preset: PRACTICE,
      knobs: [],
      weeks: full ? 4 : 3,
    })),
    ...many(full ? 4 : 1, (n) => ({
      family: 'every-decoy',
      seed: reportingSeed(350 + n),
      weeks: full ? 2 : 1,
    })),
    ...DECOY_NAMES.map((row, n): Job => ({
      family: 'decoy',
      seed: reportingSeed(300 + n),
      row,
      worlds: full ? 2 : 1,
    })),
    ...many(full ? 4 : 1, (n) => ({ family: 'collusion', seed: reportingSeed(400 + n), accounts: 20 })),
    ...many(full ? 4 : 0, (n) => ({ family: 'collusion', seed: reportingSeed(450 + n), accounts: 5 })),
    ...many(full ? 50 : 4, (n) => ({ family: 'incidents', seed: reportingSeed(500 + n), faults: 8 })),
    ...many(full ? 8 : 1, (n) => ({ family: 'known-rate', seed: reportingSeed(600 + n) })),
    ...many(1, () => ({ family: 'real-cases', seed: reportingSeed(0), datasets })),
    ...many(1, () => ({
      family: 'statistic',
      seed: reportingSeed(700),
      runs: full ? 400 : 60,
      delays: full ? 2_000 : 400,
    })),
    ...many(full ? 10 : 1, (n) => ({ family: 'again', seed: reportingSeed(800 + n), days: 2 })),
  ]
  return jobs.filter(({ family }) => only === null || SERVES[family].includes(only))
}

export function doJob(job: Job): JobResult {
  const { seed } = job
  switch (job.family) {
    case 'statistic':
      return { kind: 'rows', rows: scoreStatistic(seed, job) }
    case 'real-cases':
      return { kind: 'rows', rows: realCaseRows(job.datasets) }
    case 'again':
      return { kind: 'again', again: liveAgain(smallScenario(seed, START_AT, job.days), seed) }
    case 'known-rate':
      return observed(job, [knownRateScenario(seed, START_AT)])
    case 'incidents':
      return observed(job, incidentWorlds(seed, job.faults))
    case 'decoy':
      return observed(job, decoyWorlds(seed, [job.row]).slice(0, job.worlds))
    case 'every-decoy':
      return observed(job, everyDecoyWeeks(seed, job.weeks))
    case 'collusion':
      return observed(job, collusionWorlds(seed, job.accounts))
    case 'bursts-5':
    case 'bursts-20':
      return observed(job, burstWeeks(seed, job.family === 'bursts-5' ? 5 : 20, job.weeks, job.preset))
    case 'healthy':
    case 'tuning':
      return observed(job, healthyWeeks(seed, job.preset, job.weeks), job.knobs)
  }
}

function observed(job: Job, scenarios: readonly Scenario[], knobs: readonly number[] = [1]): JobResult {
  const { family, seed } = job
  return {
    kind: 'observations',
    isTuning: family === 'tuning',
    observations: scenarios.map((scenario) =>
      observe(liveThrough(scenario, knobs, hasBaselines(job)), family, seed),
    ),
  }
}

/** Where the baselines live along: it costs a quarter more. All in worlds of one size, the one they are tuned in. */
function hasBaselines(job: Job): boolean {
  return job.family === 'incidents' || ('preset' in job && 'knobs' in job && job.preset === PRACTICE)
}
