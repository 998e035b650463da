import type { Situation, Where } from '../domain/incident.ts'
import type { Fault } from './breaks.ts'
import type { World } from './world.ts'

/** Of a class of tasks, some sites reject and others accept. */
export interface SplitTruth {
  /** What the combinations have in common besides the site. */
  readonly class: Where
  readonly rejecting: readonly string[]
  /** Sites where the class is in use and whole. */
  readonly accepting: readonly string[]
}

/**
 * As which situation a fault should be told: one customer's own if every combination names an account; a split if several sites
 * of one class reject and others accept; never worked if its sites opened broken; else a regression.
 */
export function situationOf(
  world: World,
  fault: Fault,
  cells: readonly { readonly site: string }[],
): Situation {
  if (fault.where.length > 0 && fault.where.every((where) => where.account !== undefined))
    return 'one-account'
  if (splitOf(world, fault) !== null) return 'split'
  const opened = new Map(world.sites.map(({ name, opensAt }) => [name, opensAt]))
  const isNew = ({ site }: { readonly site: string }): boolean =>
    (opened.get(site) ?? -Infinity) >= fault.from && fault.from > world.settings.startAt
  return cells.length > 0 && cells.every(isNew) ? 'never-worked' : 'regression'
}

/** @returns null unless several combinations differ in nothing but their site, and the class is whole on other sites */
export function splitOf(world: World, fault: Fault): SplitTruth | null {
  if (fault.where.length < 2) return null
  const classes = fault.where.map(({ site, ...rest }) => ({
    site,
    rest,
    key: JSON.stringify(Object.entries(rest).sort()),
  }))
  const [first] = classes
  if (first === undefined || classes.some(({ site, key }) => site === undefined || key !== first.key))
    return null
  const rejecting = [...new Set(classes.map(({ site }) => site as string))].sort()
  const type = first.rest.type === undefined ? -1 : world.types.indexOf(first.rest.type)
  const accepting = world.sites
    .filter(
      ({ name, types }) => !rejecting.includes(name) && types.some((one) => type === -1 || one.type === type),
    )
    .map(({ name }) => name)
    .sort()
  return accepting.length === 0 ? null : { class: first.rest, rejecting, accepting }
}
