import { more } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { Observation, VerdictCounts } from '../run/observe.ts'
import { shareRow } from './build.ts'

/** Goal 10: bad reports judged at the end of each story with faults, against what really happened to their tasks. */
export function verdictRows(observations: readonly Observation[]): ScoreRow[] {
  const broken = observations.filter(({ kind, faults }) => kind === 'incidents' && faults.length > 0)
  const sum = (pick: (counts: VerdictCounts) => number): number =>
    broken.reduce((total, { verdicts }) => total + pick(verdicts), 0)
  const supported = sum((one) => one.supportedRight + one.supportedWrong)
  const unsupported = sum((one) => one.unsupportedRight + one.unsupportedWrong)
  const undetermined = sum((one) => one.undetermined)
  return [
    shareRow(
      { goal: '10', figure: 'supported: precision', bound: more(0.95, 0.98) },
      sum((one) => one.supportedRight),
      supported,
    ),
    shareRow(
      { goal: '10', figure: 'supported: recall, tasks in real incidents', bound: more(0.8, 0.9) },
      sum((one) => one.inFaultsSupported),
      sum((one) => one.inFaults),
    ),
    shareRow(
      { goal: '10', figure: 'unsupported: precision', bound: more(0.9, 0.95) },
      sum((one) => one.unsupportedRight),
      unsupported,
    ),
    shareRow({ goal: '10', figure: 'undetermined' }, undetermined, supported + unsupported + undetermined),
  ]
}
