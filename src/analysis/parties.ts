import { HOUR_MS } from '../domain/instant.ts'
import { gammaQuantile } from '../numerics/gamma-quantile.ts'
import type { HourLedger } from './hour-ledger.ts'
import { createHourLedger, takeHoursBefore } from './hour-ledger.ts'
import type { Level } from './level.ts'
import { createLevel, levelValue, teachLevel } from './level.ts'
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
  readonly hours: HourLedger
  taughtTo: number
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
  return { id, level: createLevel(), effect: 1, hours: createHourLedger(), taughtTo: 0 }
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

/** A gamma with variance 2 and mean 1, at its 85 % point: about 2. */
function newcomerEffect(): number {
  return gammaQuantile(NEW_GROUP_PROBABILITY, GROUP_K, GROUP_K)
}

/**
 * Teaches a group the hours that are out of quarantine.
 * @param baseEffect of everything, today: a group's exposure is kept in units below it
 */
export function teachGroup(parties: Parties, group: Group, beforeHour: number, baseEffect: number): void {
  if (group.taughtTo >= beforeHour) return
  group.taughtTo = beforeHour
  let taught = false
  takeHoursBefore(group.hours, beforeHour, (hour, exposure, reports) => {
    teachLevel(group.level, (hour + 1) * HOUR_MS, exposure * baseEffect, reports)
    taught = true
  })
  if (!taught) return
  parties.known = true
  const { observed, expected } = group.level
  group.effect =
    expected < COLD_EXPECTED
      ? gammaQuantile(NEW_GROUP_PROBABILITY, GROUP_K + observed, GROUP_K + expected)
      : levelValue(group.level, GROUP_K)
}
