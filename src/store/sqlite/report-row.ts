import { REPORT_FLAGS } from '../../domain/report.ts'
import type { Claim, PathClass, ReportFlag, StandingClaim } from '../../domain/report.ts'

/** Bits of a report row's `claim`: whether it is good, then one for each of REPORT_FLAGS in order. */
export const GOOD = 1
export const CLASS_MISMATCH = bitOf('class-mismatch')
export const CLAIM_CHANGED = bitOf('claim-changed')
export const EARLY = bitOf('early')

function bitOf(flag: ReportFlag): number {
  return 2 << REPORT_FLAGS.indexOf(flag)
}

export function claimOf(bits: number): Claim {
  return (bits & GOOD) === 0 ? 'bad' : 'good'
}

// Flags of rows are few and shared; readers must not change them.
const FLAGS: readonly (readonly ReportFlag[])[] = Array.from(
  { length: 2 << REPORT_FLAGS.length },
  (_, bits) => Object.freeze(REPORT_FLAGS.filter((flag) => (bits & bitOf(flag)) !== 0)),
)

export function flagsOf(bits: number): readonly ReportFlag[] {
  const flags = FLAGS[bits]
  if (flags === undefined) throw new Error(`a report row has claim ${bits}, which means nothing`)
  return flags
}

/** The 2-bit form in which the index keeps what stands for a task. The order is part of the stored format. */
export const STANDING: readonly StandingClaim[] = ['none', 'bad', 'good', 'changed']

/** @returns the index's code for what stands after a row with these bits */
export function standingAfter(bits: number): number {
  return (bits & CLAIM_CHANGED) !== 0 ? 3 : (bits & GOOD) === 0 ? 1 : 2
}

/** Stored codes of a path's class. */
export const PATH_CLASSES: readonly PathClass[] = [null, 'image', 'token']
