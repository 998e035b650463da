import { DAY_MS } from '../domain/instant.ts'
import { gammaQuantile } from '../numerics/gamma-quantile.ts'
import type { Level } from './level.ts'
import { createLevel, levelValue } from './level.ts'
import {
  ACCOUNTS_MAX,
  COLD_EXPECTED,
  GROUP_K,
  GROUPS_MAX,
  NEW_GROUP_PROBABILITY,
  PROVEN_EXPECTED,
} from './method.ts'

/** Accounts of one payer: the unit of evidence. Its effect is how readily it reports. */
export interface Group {
  readonly id: string
  readonly level: Level
  effect: number
  /** Solve time of its first task; -1 before that. */
  since: number
  /** Segments that were made for its tasks. */
  segmentsMade: number
  /** Recent tasks and claims, good or bad, halved now and then. */
  tasks: number
  claims: number
  /** While it told all, its tasks were counted by their verdicts: solved from, and up to (null: still; equal: never). */
  toldFrom: number
  toldTo: number | null
}

export interface AccountEntry {
  readonly id: string
  /** Index of its group. */
  readonly group: number
}

/** Index of the stand-in for all unproven groups together; also of those beyond the bound. */
export const UNPROVEN_TOGETHER = 0

export interface Parties {
  readonly groups: Group[]
  readonly accounts: AccountEntry[]
  /** True once any group has been taught: from then on a newcomer is presumed to report readily. */
  known: boolean
}

export function createParties(): Parties {
  return { groups: [createGroup('')], accounts: [{ id: '', group: UNPROVEN_TOGETHER }], known: false }
}

function createGroup(id: string): Group {
  return {
    id,
    level: createLevel(),
    effect: 1,
    since: -1,
    segmentsMade: 0,
    tasks: 0,
    claims: 0,
    toldFrom: 0,
    toldTo: 0,
  }
}

/** Finds accounts and groups by name. Not part of the snapshot: made from `Parties`. */
export class PartyIndex {
  readonly #parties: Parties
  readonly #groups: Map<string, number>
  readonly #accounts: Map<string, number>

  constructor(parties: Parties) {
    this.#parties = parties
    this.#groups = new Map(parties.groups.map((group, index) => [group.id, index]))
    this.#accounts = new Map(parties.accounts.map((account, index) => [account.id, index]))
  }

  group(id: string): number {
    const known = this.#groups.get(id)
    if (known !== undefined) return known
    const { groups } = this.#parties
    if (groups.length >= GROUPS_MAX) return UNPROVEN_TOGETHER
    const group = createGroup(id)
    if (this.#parties.known) group.effect = newcomerEffect()
    groups.push(group)
    this.#groups.set(id, groups.length - 1)
    return groups.length - 1
  }

  /** A group's index; -1 for one that was never seen. */
  find(id: string): number {
    return this.#groups.get(id) ?? -1
  }

  /** An account's index. An account that changes its group keeps the first one: reports carry their own. */
  account(id: string, groupId: string): number {
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    const { accounts } = this.#parties
    if (accounts.length >= ACCOUNTS_MAX) return 0
    accounts.push({ id, group: this.group(groupId) })
    this.#accounts.set(id, accounts.length - 1)
    return accounts.length - 1
  }
}

export function isProven(group: Group): boolean {
  return group.level.expected >= PROVEN_EXPECTED
}

/** Notes a task, or a claim about one. */
export function noteGroup(group: Group, tasks: number, claims: number): void {
  group.tasks += tasks
  group.claims += claims
  if (group.tasks < TELL_ALL_MEMORY) return
  group.tasks /= 2
  group.claims /= 2
}

const TELL_ALL_MEMORY = 8_192
const TELL_ALL_TASKS_MIN = 100
const TELL_ALL_SHARE_MIN = 0.9

/**
 * True for a group that gives a verdict, good or bad, on (nearly) every task. Its silence means nothing yet, so its tasks are
 * exposure from their verdict on, and then wholly mature.
 */
export function tellsAll(group: Group): boolean {
  return group.tasks >= TELL_ALL_TASKS_MIN && group.claims >= TELL_ALL_SHARE_MIN * group.tasks
}

/**
 * True for a group that came to a running installation less than three days ago. A dozen of them are as easily made as one, so however
 * much of a place's traffic is theirs, they speak with one voice.
 * @param startedAt when the installation saw its first task
 */
export function isNewcomer(group: Group, startedAt: number, now: number): boolean {
  return group.since > startedAt + SETTLED_IN_MS && now - group.since < SETTLED_IN_MS
}

const SETTLED_IN_MS = 3 * DAY_MS

/** A gamma with variance 2 and mean 1, at its 85 % point: about 2. */
function newcomerEffect(): number {
  return gammaQuantile(NEW_GROUP_PROBABILITY, GROUP_K, GROUP_K)
}

/**
 * How readily a group reports, as it counts in expectations: its shrunk ratio or, while little is known of it, its 85 % point, for an
 * expectation that is too low would be a false alarm.
 */
export function groupEffect(level: Level): number {
  const { observed, expected } = level
  return expected < COLD_EXPECTED
    ? gammaQuantile(NEW_GROUP_PROBABILITY, GROUP_K + observed, GROUP_K + expected)
    : levelValue(level, GROUP_K)
}
