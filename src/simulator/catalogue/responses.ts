import type { ActionKind } from '../../domain/action.ts'
import { HOUR_MS } from '../../domain/instant.ts'
import type { Where } from '../../domain/incident.ts'
import type { Fault } from '../breaks.ts'
import type { Random } from '../random.ts'
import type { PlannedAction } from '../scenario.ts'

/** Nobody reacts sooner. */
const REACTS_AFTER_MS = 2 * HOUR_MS

/**
 * What a team does about a fault that lasts some hours: mends it where it ends, tries in vain half-way, or helps in part. Of a
 * relief the fault itself is changed.
 *
 * @param kind of the fault: on a new site the cure is support for its type; a release is its own cure
 */
export function planActions(
  fault: Fault,
  kind: string,
  number: number,
  random: Random,
): { fault: Fault; actions: PlannedAction[] } {
  const coin = random.coin()
  const lastsMs = fault.until - fault.from
  if (lastsMs < REACTS_AFTER_MS || kind === 'good-release' || kind === 'account' || coin < 0.2)
    return { fault, actions: [] }
  const actionKind: ActionKind =
    kind === 'never-worked' ? 'type-support' : random.coin() < 0.8 ? 'model-update' : 'other'
  const act = (at: number, truth: Fault, effective: boolean | 'partly', index: number): PlannedAction => ({
    action: {
      id: `action-${number + index + 1}`,
      kind: actionKind,
      at,
      where: placeOf(fault),
      note: null,
    },
    fault: truth,
    effective,
  })
  const halfWay = Math.round(fault.from + lastsMs * random.between(0.4, 0.6))
  if (coin < 0.6) return { fault, actions: [act(fault.until, fault, true, 0)] }
  if (coin < 0.8) return { fault, actions: [act(halfWay, fault, false, 0), act(fault.until, fault, true, 1)] }
  const relieved: Fault = { ...fault, reliefs: [{ at: halfWay, keeps: random.between(0.2, 0.5) }] }
  return { fault: relieved, actions: [act(halfWay, relieved, 'partly', 0)] }
}

/** What the combinations have in common: of a split its class. */
function placeOf({ where }: Fault): Where {
  const [first = {}] = where
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => where.every((one) => one[name] === value)),
  )
}
