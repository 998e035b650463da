import type { Where } from '../domain/incident.ts'
import type { DurationMs, Instant } from '../domain/instant.ts'
import type { World } from './world.ts'

/** Something breaks: where, from when to when, and how badly. */
export interface Fault {
  readonly name: string
  /** Combinations of attributes; a task is hit if it has all of any one. `{}` hits every task. */
  readonly where: readonly Where[]
  readonly from: Instant
  /** The first instant that is whole again; Infinity: nobody repairs it. */
  readonly until: Instant
  readonly effect: FaultEffect
  readonly course: FaultCourse
  /** Repairs that helped in part: from then on this share of the strength is left. */
  readonly reliefs?: readonly Relief[]
}

export interface Relief {
  readonly at: Instant
  /** In [0, 1). */
  readonly keeps: number
}

/** The share of rejected solutions is multiplied (up to 1), or moved to a share of its own if that is more. */
export type FaultEffect =
  { readonly kind: 'factor'; readonly factor: number } | { readonly kind: 'share'; readonly share: number }

/**
 * All at once; growing evenly, whole after `overMs`; or now and then, broken first; or by the same factor each day, as interest
 * does, whole (the effect's factor) after `overMs`.
 */
export type FaultCourse =
  | { readonly kind: 'sudden' }
  | { readonly kind: 'ramp'; readonly overMs: DurationMs }
  | { readonly kind: 'on-off'; readonly onMs: DurationMs; readonly offMs: DurationMs }
  | { readonly kind: 'compound'; readonly overMs: DurationMs }

/** A task as indices into the world's lists; -1: it has no such attribute. */
export interface TaskIndices {
  account: number
  type: number
  site: number
  solver: number
  region: number
  pool: number
}

/** How much of its effect a fault has at an instant, in [0, 1]. */
export function strengthAt(fault: Fault, at: Instant): number {
  if (at < fault.from || at >= fault.until) return 0
  let strength = courseAt(fault, at - fault.from)
  for (const relief of fault.reliefs ?? []) if (at >= relief.at) strength *= relief.keeps
  return strength
}

function courseAt({ course, effect }: Fault, ageMs: DurationMs): number {
  switch (course.kind) {
    case 'sudden':
      return 1
    case 'ramp':
      return Math.min(1, ageMs / course.overMs)
    case 'on-off':
      return ageMs % (course.onMs + course.offMs) < course.onMs ? 1 : 0
    case 'compound': {
      const factor = effect.kind === 'factor' ? effect.factor : NaN
      return ageMs >= course.overMs ? 1 : (factor ** (ageMs / course.overMs) - 1) / (factor - 1)
    }
  }
}

/** The share of rejected solutions under a fault of a given strength. */
export function brokenShare(effect: FaultEffect, share: number, strength: number): number {
  const full = effect.kind === 'factor' ? Math.min(1, share * effect.factor) : Math.max(share, effect.share)
  return share + (full - share) * strength
}

/** A fault whose combinations are indices, ready to be asked of each task. */
export interface CompiledFault {
  readonly fault: Fault
  readonly combinations: readonly TaskIndices[]
}

/** @throws RangeError naming an attribute or a value that the world has not: a fault that hits nothing is a mistake */
export function compileFault(world: World, fault: Fault): CompiledFault {
  if (!(fault.from < fault.until)) throw new RangeError(`fault '${fault.name}' ends before it begins`)
  if (fault.course.kind === 'compound' && !(fault.effect.kind === 'factor' && fault.effect.factor > 1))
    throw new RangeError(`fault '${fault.name}' compounds, so its effect is a factor above 1`)
  return { fault, combinations: fault.where.map((where) => compileWhere(world, where)) }
}

export function compileWhere(world: World, where: Where): TaskIndices {
  const indices: TaskIndices = { account: ANY, type: ANY, site: ANY, solver: ANY, region: ANY, pool: ANY }
  for (const [attribute, value] of Object.entries(where)) {
    const key = attribute === 'labels.pool' ? 'pool' : attribute
    if (!(key in indices)) throw new RangeError(`a fault cannot tell tasks apart by '${attribute}'`)
    const index = valuesOf(world, key as keyof TaskIndices).indexOf(value)
    if (index === -1) throw new RangeError(`this world has no ${attribute} '${value}'`)
    indices[key as keyof TaskIndices] = index
  }
  return indices
}

const ANY = -2

function valuesOf(world: World, key: keyof TaskIndices): readonly string[] {
  switch (key) {
    case 'account':
      return world.accounts.map((account) => account.id)
    case 'site':
      return world.sites.map((site) => site.name)
    case 'type':
      return world.types
    case 'solver':
      return world.solvers
    case 'region':
      return world.regions
    case 'pool':
      return world.pools
  }
}

export function hits(fault: CompiledFault, task: TaskIndices): boolean {
  return fault.combinations.some((combination) => matches(combination, task))
}

export function matches(combination: TaskIndices, task: TaskIndices): boolean {
  return (
    (combination.site === ANY || combination.site === task.site) &&
    (combination.type === ANY || combination.type === task.type) &&
    (combination.account === ANY || combination.account === task.account) &&
    (combination.solver === ANY || combination.solver === task.solver) &&
    (combination.region === ANY || combination.region === task.region) &&
    (combination.pool === ANY || combination.pool === task.pool)
  )
}
