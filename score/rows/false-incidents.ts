import { less } from '../../bench/results.ts'
import type { Goal } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { Observation } from '../run/observe.ts'
import { weeklyRow } from './build.ts'

/** What is asked of the knob in each kind of story that has no fault of its own. */
const KINDS: readonly { kind: string; figure: string; bound?: Goal }[] = [
  { kind: 'healthy', figure: 'healthy', bound: less(0.7, 0.5) },
  { kind: 'bursts-5', figure: '5 account bursts a day', bound: less(1, 0.5) },
  { kind: 'bursts-20', figure: '20 account bursts a day', bound: less(2, 1) },
  { kind: 'every-decoy', figure: 'every decoy on', bound: less(2, 1) },
  { kind: 'decoy', figure: 'decoys one by one' },
]

/** Goal 3: incidents told to the team that are about nothing. */
export function falseIncidentRows(observations: readonly Observation[]): ScoreRow[] {
  const rows = KINDS.map(({ kind, figure, bound }) => {
    const these = observations.filter((one) => one.kind === kind)
    return weeklyRow(
      { goal: '3', figure: `false incidents at knob 1, ${figure}`, ...(bound !== undefined && { bound }) },
      falseOf(these),
      weeksOf(these),
    )
  })
  const broken = observations.filter(({ kind }) => kind === 'incidents' || kind === 'known-rate')
  const besides = broken.reduce((sum, { models }) => sum + (models[0]?.besides ?? 0), 0)
  rows.push(
    weeklyRow(
      { goal: '3', figure: 'false incidents at knob 1, beside real faults' },
      falseOf(broken),
      weeksOf(broken),
    ),
    {
      goal: '3',
      figure: 'incidents about some of a fault’s cells that do not match it, per fault',
      unit: '',
      ...(broken.length === 0
        ? { value: null, because: 'no case of it in this run' }
        : { value: besides / broken.reduce((sum, { faults }) => sum + faults.length, 0), count: besides }),
    },
  )
  return rows
}

/** Goal 4: what is observed over what was asked for. */
export function knobRows(observations: readonly Observation[]): ScoreRow[] {
  const healthy = observations.filter(({ kind, models }) => kind === 'healthy' && models.length > 1)
  const knobs = [...new Set(healthy.flatMap(({ models }) => models.map(({ knob }) => knob)))].sort(
    (a, b) => a - b,
  )
  return knobs.map((knob) =>
    weeklyRow(
      { goal: '4', figure: `observed ÷ asked at knob ${knob}`, unit: '×', bound: less(1, null) },
      falseOf(healthy, knob),
      weeksOf(healthy),
      knob,
    ),
  )
}

export function weeksOf(observations: readonly Observation[]): number {
  return observations.reduce((sum, { weeks }) => sum + weeks, 0)
}

export function falseOf(observations: readonly Observation[], knob = 1): number {
  return observations.reduce(
    (sum, { models }) => sum + (models.find((one) => one.knob === knob)?.falseIncidents ?? 0),
    0,
  )
}
