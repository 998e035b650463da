import type { GoalName } from './flags.ts'
import type { JobResult } from './jobs.ts'
import type { ScoreRow } from './row.ts'
import type { Observation } from './run/observe.ts'
import type { BaselineSettings } from './rows/baselines.ts'
import { baselineRows, tuneBaselines } from './rows/baselines.ts'
import { collusionRows } from './rows/collusion.ts'
import { detectionRows } from './rows/detection.ts'
import { estimateRows } from './rows/estimates.ts'
import { falseIncidentRows, knobRows } from './rows/false-incidents.ts'
import { fixRows } from './rows/fixes.ts'
import { placeRows } from './rows/places.ts'
import { sameAgainRows } from './rows/same-again.ts'
import { verdictRows } from './rows/verdicts.ts'

export interface Score {
  readonly rows: readonly ScoreRow[]
  /** Null where nothing was tuned. */
  readonly baselines: readonly BaselineSettings[] | null
}

/** Sums up what the jobs showed: rows in the order of the goals. */
export function scoreOf(results: readonly JobResult[], only: GoalName | null): Score {
  const observationsOf = (wanted: boolean): Observation[] =>
    results.flatMap((result) =>
      result.kind === 'observations' && result.isTuning === wanted ? result.observations : [],
    )
  const observations = observationsOf(false)
  const tuning = observationsOf(true)
  const again = results.flatMap((result) => (result.kind === 'again' ? [result.again] : []))
  const baselines = tuning.length === 0 ? null : tuneBaselines(tuning)
  const ready = results.flatMap((result) => (result.kind === 'rows' ? result.rows : []))
  const rows: readonly ScoreRow[] = [
    ...ready.filter(({ goal }) => goal === '1'),
    ...detectionRows(observations),
    ...falseIncidentRows(observations),
    ...collusionRows(observations),
    ...knobRows(observations),
    ...estimateRows(observations),
    ...placeRows(observations),
    ...ready.filter(({ goal }) => goal === '9'),
    ...verdictRows(observations),
    ...fixRows(observations),
    ...sameAgainRows(again),
    ...(baselines === null ? [] : baselineRows(baselines, observations)),
  ]
  return { rows: only === null ? rows : rows.filter(({ goal }) => goal === only), baselines }
}
