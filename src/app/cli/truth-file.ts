import type { Instant } from '../../domain/instant.ts'
import { toIso } from '../../domain/instant.ts'
import { delayAwareLimit } from '../../simulator/information.ts'
import type { Scenario } from '../../simulator/scenario.ts'
import { faultTruths } from '../../simulator/truth.ts'

/** One false incident a week among 16,800 reports seen through six views: A = 100,800. */
const LN_A = Math.log(100_800)

/** What `truth.json` holds: the faults with what a score needs of them, the disturbances, and what the actions came to. */
export function describeTruth(scenario: Scenario, seed: string): object {
  const { world, faults, disturbances, actions } = scenario
  return {
    scenario: scenario.name,
    kind: scenario.kind,
    seed,
    from: toIso(world.settings.startAt),
    warmUpUntil: toIso(scenario.warmUpUntil),
    until: toIso(scenario.until),
    delays: world.settings.delays.family,
    tasksPerWeek: Math.round(world.tasksPerWeek),
    faults: faultTruths(world, faults).map((truth) => {
      const { fault, ...facts } = truth
      const limit = delayAwareLimit(truth, truth.ratio, LN_A)
      return {
        name: fault.name,
        situation: facts.situation,
        where: fault.where,
        split: facts.split,
        from: toIso(fault.from),
        until: ending(fault.until),
        effect: fault.effect,
        course: fault.course,
        reliefs: (fault.reliefs ?? []).map(({ at, keeps }) => ({ at: toIso(at), keeps })),
        tasksPerHour: facts.tasksPerHour,
        healthyReportsPerHour: facts.healthyReportsPerHour,
        brokenReportsPerHour: facts.brokenReportsPerHour,
        ratio: facts.ratio,
        informationNats: facts.information,
        limit: { lnA: LN_A, minutes: limit },
        cells: facts.cells,
      }
    }),
    disturbances: disturbances.map((one) => ({ ...one, from: toIso(one.from), until: ending(one.until) })),
    actions: actions.map(({ action, fault, effective }) => ({
      id: action.id,
      fault: fault?.name ?? null,
      effective,
    })),
  }
}

/** null: nobody mends it. */
function ending(until: Instant): string | null {
  return until === Infinity ? null : toIso(until)
}
