import type { Instant } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import { addToTally, createTally } from './credibility/tally.ts'
import { FIT_EVERY_MS } from './effects.ts'
import { factorOf } from './learning.ts'
import { PRIOR_RATE } from './method.ts'
import { groupOfRow, REST_GROUP, TRAFFIC_HALF_DAYS, trafficTasks } from './mix-table.ts'
import type { MixIndex } from './mix-table.ts'
import type { Part } from './place.ts'
import { coversLeaf, partsOf } from './place.ts'
import { eachReport } from './report-ring.ts'
import type { Reporters } from './reporters.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndex } from './segments.ts'
import {
  addExposure,
  addReport,
  binEnd,
  binIssued,
  binStart,
  pendingFactors,
  SLOT_MS,
  slotOf,
} from './solve-bins.ts'
import type { ModelState } from './state.ts'

/**
 * What was taken for quiet before an incident was seen goes over to its tally when the alarm opens, or opens again: the reports are known
 * one by one; of the tasks, as many as the group's traffic of that half-day says for the time since the onset. An alarm whose place or
 * onset changes later keeps what it has.
 */
export class Backdating {
  readonly #state: ModelState
  readonly #index: SegmentIndex
  readonly #mix: MixIndex
  readonly #reporters: Reporters
  readonly #factors = new Float64Array(4)

  constructor(state: ModelState, index: SegmentIndex, mix: MixIndex, reporters: Reporters) {
    this.#state = state
    this.#index = index
    this.#mix = mix
    this.#reporters = reporters
  }

  /** Does nothing for an alarm that has been backdated and still is counted. */
  backdate(alarm: Alarm): void {
    if (alarm.tally.begun && alarm.tally.settled === null) return
    Object.assign(alarm.tally, { ...createTally(), begun: true })
    const mixOf = (leaf: number): number => this.#state.leaves.mix[leaf] as number
    const parts = partsOf(alarm, this.#index, mixOf)
    const reported = this.#reports(alarm, parts)
    const { all, witnesses } = this.#tasks(alarm, reported, mixOf)
    if (all > 0) this.#bins(alarm, parts, witnesses / all)
  }

  /** @returns reports since the onset, by site and group */
  #reports(alarm: Alarm, parts: readonly Part[]): Map<number, Map<number, number>> {
    const { reports, parties, now } = this.#state
    const { bins } = alarm.tally
    const bySite = new Map<number, Map<number, number>>()
    for (const { segment } of parts)
      eachReport(reports, segment.ring, (entry) => {
        const leaf = this.#index.leafAt(entry.leaf)
        if (entry.solvedAt < alarm.onset.from || !coversLeaf(alarm, leaf)) return
        const group = parties.accounts[entry.account]?.group ?? REST_GROUP
        const byGroup = bySite.get(leaf.site.index) ?? new Map<number, number>()
        bySite.set(leaf.site.index, byGroup.set(group, (byGroup.get(group) ?? 0) + 1))
        if (this.#reporters.isWitness(group)) addReport(bins, slotOf(entry.solvedAt), slotOf(now), 1)
      })
    return bySite
  }

  /** @returns reports usual on the tasks since the onset, of all and of those whose reports may follow failures */
  #tasks(
    alarm: Alarm,
    reported: ReadonlyMap<number, ReadonlyMap<number, number>>,
    mixOf: (leaf: number) => number,
  ): { all: number; witnesses: number } {
    const { mixTable, parties } = this.#state
    let [all, witnesses] = [0, 0]
    for (const [site, share] of this.#sitesOf(alarm, mixOf)) {
      const reports = new Map(reported.get(site.index))
      const rate = PRIOR_RATE * factorOf(this.#index, site)
      const move = (group: number, row: number, tasks: number, its: number): void => {
        const expected = tasks * rate * (parties.groups[group]?.effect ?? 1)
        const failureShare = this.#reporters.failureShare(site, group, row)
        const usuallyBad = tasks * failureShare
        addToTally(alarm.tally, group, { tasks, reports: its, expected, usuallyBad })
        this.#reporters.noteQuiet(group, failureShare, -tasks, -its)
        all += expected
        if (this.#reporters.isWitness(group)) witnesses += expected
      }
      for (const row of this.#mix.rowsOf(site.index)) {
        const group = groupOfRow(mixTable, row)
        const tasks = share * this.#tasksSince(row, alarm.onset.from)
        if (group === REST_GROUP || tasks === 0) continue
        const its = reports.get(group) ?? 0
        reports.delete(group)
        move(group, row, Math.max(tasks, its), its)
      }
      for (const [group, its] of reports) move(group, -1, its, its)
    }
    return { all, witnesses }
  }

  /** What was issued since the onset, over time. @param share of it that is of groups whose reports may follow failures */
  #bins(alarm: Alarm, parts: readonly Part[], share: number): void {
    const newest = slotOf(this.#state.now)
    for (const { segment, share: inside } of parts) {
      const factor = share * inside * factorOf(this.#index, segment)
      const { bins } = segment
      for (let i = 0; i < bins.length; i++) {
        const from = binStart(bins, i)
        const to = binEnd(bins, i)
        const since = Math.max(from, Math.floor(alarm.onset.from / SLOT_MS) * SLOT_MS)
        if (since >= to) continue
        // Of a wide bin, spread over its slots.
        const each = (factor * binIssued(bins, i) * SLOT_MS) / (to - from)
        for (let at = since; at < to; at += SLOT_MS) {
          pendingFactors(at + SLOT_MS / 2, this.#factors)
          addExposure(alarm.tally.bins, slotOf(at), newest, each, this.#factors)
        }
      }
    }
  }

  /** Tasks of a row since an instant; the half-day that holds it counts in proportion. */
  #tasksSince(row: number, since: Instant): number {
    const { fitted, now, mixTable } = this.#state
    let sum = 0
    for (let ago = 0; ago < TRAFFIC_HALF_DAYS; ago++) {
      const start = (fitted - ago) * FIT_EVERY_MS
      const end = Math.min(now, start + FIT_EVERY_MS)
      if (end <= since) break
      const part = end <= start ? 1 : (end - Math.max(start, since)) / (end - start)
      sum += part * trafficTasks(mixTable, row, ago)
    }
    return sum
  }

  /** The sites that an incident touches, with the share of each one's recent tasks that it holds. */
  #sitesOf(alarm: Alarm, mixOf: (leaf: number) => number): [Segment, number][] {
    const sites = new Map<Segment, { all: number; inside: number }>()
    for (const type of this.#index.types()) {
      const { type: named } = alarm.where
      if (named !== undefined && type.type !== named) continue
      for (const index of this.#index.members(type).leaves) {
        const leaf = this.#index.leafAt(index)
        const its = sites.get(leaf.site) ?? { all: 0, inside: 0 }
        its.all += mixOf(index)
        if (coversLeaf(alarm, leaf)) its.inside += mixOf(index)
        sites.set(leaf.site, its)
      }
    }
    return [...sites].flatMap(([site, { all, inside }]) => (inside > 0 ? [[site, inside / all]] : []))
  }
}
