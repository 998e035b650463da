import { DAY_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { DurationMs } from '../../domain/instant.ts'

/** Width of a bin of solve time. */
export const BIN_MS: DurationMs = 15 * MINUTE_MS
export const BINS_PER_DAY = DAY_MS / BIN_MS

/** Expected reports are counted in whole millionths, so that the parts add up to the whole exactly, in any order. */
export const MILLIONTHS = 1_000_000

/** What is counted of one combination in one bin. */
export interface BinCounts {
  /** Which bin of its day, 0..95; where a row is about several things, counted on by 96 for each. */
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
 * one integer below 2^53. From the low end: 7 bits of place, 2 of bad, 2 of good, 8 of issued, then expected.
 *
 * Else text: for each bin its place, counted from the one before, then issued, bad, good and expected, each as a varint of
 * 5 bits a character, low ones first; 32 says that more follow, and 48 is added to make it printable. Of bad and good, which a
 * damaged log could make negative, the sign is in the lowest bit. About 8 characters a bin. Text and not bytes, since
 * the engine's driver makes a string in half the time it takes to make an array of bytes.
 */
export type PackedBins = number | string

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
  let text = ''
  let last = 0
  for (const { bin, issued, bad, good, expected } of sorted) {
    text +=
      varint(bin - last) + varint(issued) + varint(zigzag(bad)) + varint(zigzag(good)) + varint(expected)
    last = bin
  }
  return text
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

/** Shows each bin of packed ones, in order. @throws Error when the text is cut short or is none of ours: a damaged store */
export function eachBin(packed: PackedBins, visit: BinVisitor): void {
  if (typeof packed === 'number') {
    const expected = Math.floor(packed / EXPECTED_AT)
    const low = packed - expected * EXPECTED_AT
    visit(low & 127, low >>> 11, (low >>> 7) & 3, (low >>> 9) & 3, expected)
    return
  }
  let at = 0
  let bin = 0
  const next = (): number => {
    const digit = packed.charCodeAt(at++) - ZERO
    // Also where there is no character any more, which makes it no number.
    if (!(digit >= 0 && digit < 64)) throw new Error('a row of the counters is damaged')
    return digit
  }
  const read = (): number => {
    let digit = next()
    let value = digit & 31
    for (let scale = 32; digit >= 32; scale *= 32) {
      digit = next()
      value += (digit & 31) * scale
    }
    return value
  }
  const readSigned = (): number => {
    const value = read()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
  while (at < packed.length) {
    bin += read()
    visit(bin, read(), readSigned(), readSigned(), read())
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

const ZERO = 48
const DIGITS = Array.from({ length: 64 }, (_, digit) => String.fromCharCode(ZERO + digit))

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

/** @throws RangeError below 0: there is no such count */
function varint(value: number): string {
  if (!(value >= 0)) throw new RangeError(`${value} cannot be counted`)
  let text = ''
  let left = value
  while (left >= 32) {
    text += DIGITS[(left % 32) + 32] as string
    left = Math.floor(left / 32)
  }
  return text + (DIGITS[left] as string)
}
