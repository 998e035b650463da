import { more } from '../../bench/results.ts'
import { countIncidents, retune } from '../baselines/alarm-log.ts'
import { BASELINES } from '../baselines/watch.ts'
import type { ScoreRow } from '../row.ts'
import type { Observation } from '../run/observe.ts'
import { shareRow, weeklyRow } from './build.ts'
import type { Detection } from './detection.ts'
import { detections } from './detection.ts'
import { weeksOf } from './false-incidents.ts'
import { summarise } from './summary.ts'

/** What one baseline is set to: as it usually is, and as the tuning seeds make it raise one false incident a week. */
export interface BaselineSettings {
  readonly name: string
  readonly usual: number
  readonly retuned: number
}

/** @param tuning healthy stories on seeds that nothing is reported on */
export function tuneBaselines(tuning: readonly Observation[]): BaselineSettings[] {
  const healthy = tuning.filter(({ alarms }) => alarms.length > 0)
  return BASELINES.map(({ name, usual }, index) => ({
    name,
    usual,
    retuned: retune(
      healthy.flatMap(({ alarms }) => alarms[index] ?? []),
      usual,
      weeksOf(healthy),
    ),
  }))
}

/** The naive baselines beside the analysis, on the same events. */
export function baselineRows(
  settings: readonly BaselineSettings[],
  observations: readonly Observation[],
): ScoreRow[] {
  const healthy = observations.filter(({ kind, alarms }) => kind === 'healthy' && alarms.length > 0)
  const broken = detections(observations.filter(({ kind }) => kind === 'incidents')).filter(
    // One customer's own fault is no business of a monitor of segments.
    ({ fault }) => fault.situation !== 'one-account',
  )
  const rows: ScoreRow[] = []
  settings.forEach(({ name, usual, retuned }, index) => {
    const falseAt = (setting: number): number =>
      healthy.reduce(
        (sum, { alarms }) => sum + (alarms[index] === undefined ? 0 : countIncidents(alarms[index], setting)),
        0,
      )
    rows.push(
      weeklyRow(
        { goal: 'baselines', figure: `${name}, as usual (${usual}): false incidents` },
        falseAt(usual),
        weeksOf(healthy),
      ),
      weeklyRow(
        { goal: 'baselines', figure: `${name}, retuned (${short(retuned)}): false incidents` },
        falseAt(retuned),
        weeksOf(healthy),
      ),
    )
    rows.push(...delayRows(`${name}, as usual`, broken, (one) => first(one, index, usual)))
    rows.push(...delayRows(`${name}, retuned`, broken, (one) => first(one, index, retuned), true))
  })
  rows.push(...delayRows('known-rate oracle', broken, (one) => one.fault.oracleMinutes))
  return rows
}

function first({ fault }: Detection, baseline: number, setting: number): number | null {
  return fault.baselines[baseline]?.find(([, strictness]) => strictness >= setting)?.[0] ?? null
}

function delayRows(
  name: string,
  all: readonly Detection[],
  minutesOf: (one: Detection) => number | null,
  hasGoal = false,
): ScoreRow[] {
  const theirs = all.map((one) => Math.min(one.fault.minutes, minutesOf(one) ?? Infinity))
  const ours = all.map((one) => one.minutes)
  const missed = all.filter((one) => minutesOf(one) === null).length
  const [their, our] = [summarise(theirs), summarise(ours)]
  const head = { goal: 'baselines', unit: '×' }
  const means = `${name}: mean delay ÷ ours`
  if (their === null || our === null)
    return [{ ...head, figure: means, value: null, because: 'no fault in this run' }]
  return [
    {
      ...head,
      figure: means,
      value: their.mean / our.mean,
      count: all.length,
      ...(hasGoal && { bound: more(1, 3) }),
    },
    { ...head, figure: `${name}: median delay ÷ ours`, value: their.median / our.median, count: all.length },
    shareRow({ goal: 'baselines', figure: `${name}: missed` }, missed, all.length),
  ]
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toString()
}
