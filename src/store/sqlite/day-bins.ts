import { DAY_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { DurationMs } from '../../domain/instant.ts'

/** Width of a bin of solve time. */
export const BIN_MS: DurationMs = 15 * MINUTE_MS
export const BINS_PER_DAY = DAY_MS / BIN_MS

/** Expected reports are counted in whole millionths, so that the parts add up to the whole exactly, in any order. */
export const MILLIONTHS = 1_000_000

/** What is counted of one combination in one bin. */
export interface BinCounts {
  /** Which bin of its day, 0..95; where a row holds types, counted on from 96 times the number of the type. */
  readonly bin: number
  issued: number
  bad: number
  good: number
  /** Reports expected of the tasks issued, ever, in millionths. */
  expected: number
}

/** Told of each bin in order. */
export type BinVisitor = (bin: number, issued: number, bad: number, good: number, expected: number) => void

/**
 * One day of one combination, as it is stored. Where all of it lies in one bin and is small, which is so wherever tasks are few,
 * one integer below 2^53: it costs a reader no object. From the low end: 7 bits of place, 2 of bad, 2 of good, 8 of
 * issued, then expected. Else bytes: for each bin its place, counted from the one before, then what it holds, each as a
 * varint (7 bits a byte, low ones first; the sign in the lowest bit), about 8 bytes a bin.
 */
export type PackedBins = number | Uint8Array

const BAD_AT = 2 ** 7
const GOOD_AT = 2 ** 9
const ISSUED_AT = 2 ** 11
const EXPECTED_AT = 2 ** 19
const EXPECTED_MAX = 2 ** 34 - 1

/** @param bins in any order, each at most once; those with nothing in them are left out */
export function packBins(bins: readonly BinCounts[]): PackedBins {
  const sorted = bins.filter(holdsSomething).sort((a, b) => a.bin - b.bin)
  const [only] = sorted
  if (only !== undefined && sorted.length === 1 && isSmall(only)) {
    const { bin, issued, bad, good, expected } = only
    return bin + bad * BAD_AT + good * GOOD_AT + issued * ISSUED_AT + expected * EXPECTED_AT
  }
  const bytes = new Uint8Array(sorted.length * 5 * VARINT_MAX)
  let at = 0
  let last = 0
  for (const { bin, issued, bad, good, expected } of sorted) {
    at = write(bytes, at, bin - last)
    last = bin
    at = write(bytes, at, issued)
    at = write(bytes, at, bad)
    at = write(bytes, at, good)
    at = write(bytes, at, expected)
  }
  return bytes.slice(0, at)
}

function holdsSomething({ issued, bad, good, expected }: BinCounts): boolean {
  return issued !== 0 || bad !== 0 || good !== 0 || expected !== 0
}

function isSmall({ bin, issued, bad, good, expected }: BinCounts): boolean {
  return (
    bin < BAD_AT &&
    issued >= 0 &&
    issued < 256 &&
    bad >= 0 &&
    bad < 4 &&
    good >= 0 &&
    good < 4 &&
    expected >= 0 &&
    expected <= EXPECTED_MAX
  )
}

/** Shows each bin of packed ones, in order. @throws Error when the bytes are cut short: a damaged store */
export function eachBin(packed: PackedBins, visit: BinVisitor): void {
  if (typeof packed === 'number') {
    const expected = Math.floor(packed / EXPECTED_AT)
    const low = packed - expected * EXPECTED_AT
    visit(low & 127, low >>> 11, (low >>> 7) & 3, (low >>> 9) & 3, expected)
    return
  }
  let at = 0
  let bin = 0
  const read = (): number => {
    let byte = packed[at++]
    if (byte === undefined) throw new Error('a row of the counters is cut short')
    // Nearly every number fits into one byte or two, so the general way comes last.
    if (byte < 128) return byte & 1 ? -(byte >>> 1) - 1 : byte >>> 1
    let value = byte & 127
    let scale = 128
    do {
      byte = packed[at++]
      if (byte === undefined) throw new Error('a row of the counters is cut short')
      value += (byte & 127) * scale
      scale *= 128
    } while (byte >= 128)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  while (at < packed.length) {
    bin += read()
    const issued = read()
    const bad = read()
    const good = read()
    visit(bin, issued, bad, good, read())
  }
}

/** Adds `more` to what is packed already. */
export function addBins(packed: PackedBins, more: readonly BinCounts[]): PackedBins {
  const sums = new Map<number, BinCounts>()
  eachBin(packed, (bin, issued, bad, good, expected) => {
    sums.set(bin, { bin, issued, bad, good, expected })
  })
  for (const one of more) {
    const sum = sums.get(one.bin)
    if (sum === undefined) sums.set(one.bin, { ...one })
    else {
      sum.issued += one.issued
      sum.bad += one.bad
      sum.good += one.good
      sum.expected += one.expected
    }
  }
  return packBins([...sums.values()])
}

// 54 bits and a sign.
const VARINT_MAX = 8

function write(bytes: Uint8Array, at: number, value: number): number {
  let left = value >= 0 ? value * 2 : -value * 2 - 1
  while (left >= 128) {
    bytes[at++] = (left % 128) | 128
    left = Math.floor(left / 128)
  }
  bytes[at++] = left
  return at
}
