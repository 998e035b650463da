/**
 * The cap: of one group in one segment and hour, at most
 *
 *   c = 2 + ceil(8 * l)
 *
 * reports count, with l what was expected of the pair in an hour. From the c-th on the pair's clock stands still: neither
 * its reports nor its new exposure count in that segment until the hour ends. A stopped martingale is a martingale, so
 * the promise about false alarms is untouched, while one stuck retry loop cannot fill a segment. Dropping the reports
 * but still charging the exposure would blind large customers instead.
 */
export interface PairHours {
  hour: number
  current: PairTable
  former: PairTable
}

interface PairTable {
  index: Map<number, number>
  data: Float64Array
}

// Twice what 1 + ceil(4 l) would be: it keeps 1.0, 0.94 and 0.60 of the information at ratios 3, 10 and 30 instead of 0.98, 0.72 and
// 0.43, and leave-one-out holds back what it lets through.
const CAP_BASE = 2
const CAP_PER_EXPECTED = 8

const EXPECTED = 0
const COUNTED = 1
const STOPPED_AT = 2
const STRIDE = 3
const FIRST_ROWS = 256
/** Pairs kept per hour; beyond it pairs share rows, which can only stop them earlier. */
const PAIRS_MAX = 400_000
// Groups are below 2^17 (method.ts), so segment and group make one exact number.
const GROUP_SPAN = 2 ** 17

export function createPairHours(): PairHours {
  return { hour: 0, current: createTable(), former: createTable() }
}

function createTable(): PairTable {
  return { index: new Map(), data: new Float64Array(FIRST_ROWS * STRIDE) }
}

/** Begins the hour that holds "now", if it is a new one. */
export function beginHour(pairs: PairHours, hour: number): void {
  if (hour <= pairs.hour) return
  const follows = hour === pairs.hour + 1
  pairs.former = follows ? pairs.current : createTable()
  pairs.current = createTable()
  pairs.hour = hour
}

/** Charges a task's expectation to its pair. @returns false if the pair's clock stands still */
export function chargePair(pairs: PairHours, segment: number, group: number, expected: number): boolean {
  const { data, at } = rowOf(pairs.current, segment, group)
  data[at + EXPECTED] = (data[at + EXPECTED] as number) + expected
  return data[at + STOPPED_AT] === 0
}

/**
 * Decides whether a report counts.
 * @param solvedAt of its task: one that was issued while the pair's clock stood still in the hour before was never
 *   charged, so its report does not count either
 */
export function admitReport(
  pairs: PairHours,
  segment: number,
  group: number,
  solvedAt: number,
  now: number,
): boolean {
  const { data, at } = rowOf(pairs.current, segment, group)
  if (data[at + STOPPED_AT] !== 0) return false
  const before = findRow(pairs.former, segment, group)
  const stoppedAt = before < 0 ? 0 : (pairs.former.data[before + STOPPED_AT] as number)
  if (stoppedAt !== 0 && solvedAt > stoppedAt) return false
  const counted = (data[at + COUNTED] as number) + 1
  data[at + COUNTED] = counted
  if (counted >= CAP_BASE + Math.ceil(CAP_PER_EXPECTED * pairExpected(pairs, segment, group)))
    data[at + STOPPED_AT] = now
  return true
}

/** What is expected of the pair in an hour: the larger of this hour's so far and the last one's. */
export function pairExpected(pairs: PairHours, segment: number, group: number): number {
  return Math.max(expectedIn(pairs.current, segment, group), expectedIn(pairs.former, segment, group))
}

/** What was expected of the pair in this hour and the last one together. */
export function pairExpectedTogether(pairs: PairHours, segment: number, group: number): number {
  return expectedIn(pairs.current, segment, group) + expectedIn(pairs.former, segment, group)
}

function expectedIn(table: PairTable, segment: number, group: number): number {
  const at = findRow(table, segment, group)
  return at < 0 ? 0 : (table.data[at + EXPECTED] as number)
}

function findRow(table: PairTable, segment: number, group: number): number {
  const row = table.index.get(segment * GROUP_SPAN + group)
  return row === undefined ? -1 : row * STRIDE
}

function rowOf(table: PairTable, segment: number, group: number): { data: Float64Array; at: number } {
  const key = segment * GROUP_SPAN + group
  let row = table.index.get(key)
  if (row === undefined) {
    row = table.index.size
    if (row >= PAIRS_MAX) row = key % PAIRS_MAX
    else {
      table.index.set(key, row)
      if ((row + 1) * STRIDE > table.data.length) {
        const grown = new Float64Array(table.data.length * 2)
        grown.set(table.data)
        table.data = grown
      }
    }
  }
  return { data: table.data, at: row * STRIDE }
}
