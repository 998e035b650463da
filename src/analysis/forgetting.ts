import type { Instant } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import type { Eyes } from './look.ts'
import { coversLeaf, holdsSegment, isApart } from './place.ts'
import { dropFromRing, eachReport } from './report-ring.ts'
import type { Segment } from './segment.ts'
import { dropThrough, removeReports, SLOT_MS, slotOf } from './solve-bins.ts'

/**
 * An incident is over: nothing solved up to then counts any more where it stood, and its excess leaves all segments that see a part
 * of it, or they would alarm about what has just been dealt with.
 */
export function forgetIncident({ state, index }: Eyes, alarm: Alarm, at: Instant): void {
  const throughSlot = slotOf(at)
  const through = (throughSlot + 1) * SLOT_MS - 1
  const keptShare = Math.min(1, 1 / alarm.ratio.estimate)
  for (let i = 0; i < index.size; i++) {
    const segment = index.at(i)
    if (segment.bins.length === 0 || isApart(alarm, segment)) continue
    if (holdsSegment(alarm, segment)) {
      dropThrough(segment.bins, throughSlot)
      segment.notBefore = through
      dropFromRing(state.reports, segment.ring, ({ solvedAt }) => solvedAt <= through)
      continue
    }
    // Of its reports as many stay as were to be expected: every so many-th of them.
    let due = 0
    takeOut(segment, ({ solvedAt, leaf }) => {
      if (solvedAt < alarm.onset.from || solvedAt > through || !coversLeaf(alarm, index.leafAt(leaf)))
        return false
      due += keptShare
      if (due >= 1) {
        due -= 1
        return false
      }
      return true
    })
  }

  function takeOut(segment: Segment, isOver: (entry: { solvedAt: Instant; leaf: number }) => boolean): void {
    dropFromRing(state.reports, segment.ring, (entry) => {
      const inSums = segment.kind === 'type' ? entry.atType : entry.atSite
      if (entry.solvedAt <= segment.notBefore || !isOver(entry)) return false
      if (inSums) {
        const slot = slotOf(entry.solvedAt)
        removeReports(segment.bins, slot, slot + 1, 1)
      }
      return true
    })
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
