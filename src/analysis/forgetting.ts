import type { Instant } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import type { Eyes } from './look.ts'
import { coversLeaf, holdsSegment, isApart } from './place.ts'
import { dropFromRing, eachReport } from './report-ring.ts'
import { dropThrough, removeReports, SLOT_MS, slotOf } from './solve-bins.ts'

/**
 * An incident begins: its excess leaves all segments that see it beside other things, or they would alarm about the same. Of its reports
 * as many stay as were to be expected, every so many-th, because their exposure stays. From now on neither counts there
 * (AlarmBook.countsIn).
 */
export function takeOutExcess({ state, index }: Eyes, alarm: Alarm): void {
  const keptShare = Math.min(1, 1 / alarm.ratio.estimate)
  for (let i = 0; i < index.size; i++) {
    const segment = index.at(i)
    if (segment.bins.length === 0 || isApart(alarm, segment) || holdsSegment(alarm, segment)) continue
    let due = 0
    eachReport(state.reports, segment.ring, ({ solvedAt, leaf, atSite, atType }) => {
      if (solvedAt < alarm.onset.from || solvedAt >= alarm.openedAt || solvedAt <= segment.notBefore) return
      if (!(segment.kind === 'type' ? atType : atSite) || !coversLeaf(alarm, index.leafAt(leaf))) return
      due += keptShare
      if (due >= 1) due -= 1
      else removeReports(segment.bins, slotOf(solvedAt), slotOf(solvedAt) + 1, 1)
    })
  }
}

/** An incident is over: nothing solved up to then counts any more where it stood, and nobody else need know its reports. */
export function forgetIncident({ state, index }: Eyes, alarm: Alarm, at: Instant): void {
  const throughSlot = slotOf(at)
  const through = (throughSlot + 1) * SLOT_MS - 1
  for (let i = 0; i < index.size; i++) {
    const segment = index.at(i)
    if (segment.ring.count === 0 && segment.bins.length === 0) continue
    if (isApart(alarm, segment)) continue
    const isWhole = holdsSegment(alarm, segment)
    if (isWhole) {
      dropThrough(segment.bins, throughSlot)
      segment.notBefore = through
    }
    dropFromRing(
      state.reports,
      segment.ring,
      ({ solvedAt, leaf }) =>
        solvedAt <= through &&
        (isWhole || (solvedAt >= alarm.onset.from && coversLeaf(alarm, index.leafAt(leaf)))),
    )
  }
}

/** One group's finding is over: its reports up to then leave the place it was about. */
export function forgetGroup({ state, index }: Eyes, alarm: Alarm, at: Instant): void {
  const segment = index.at(alarm.segment)
  const solved: Instant[] = []
  eachReport(state.reports, segment.ring, ({ solvedAt, account, atSite, atType }) => {
    const isIts = state.parties.accounts[account]?.group === alarm.group
    if (isIts && solvedAt <= at && (segment.kind === 'type' ? atType : atSite)) solved.push(solvedAt)
  })
  for (const solvedAt of solved) removeReports(segment.bins, slotOf(solvedAt), slotOf(solvedAt) + 1, 1)
  dropFromRing(
    state.reports,
    segment.ring,
    ({ solvedAt, account }) => solvedAt <= at && state.parties.accounts[account]?.group === alarm.group,
  )
}
