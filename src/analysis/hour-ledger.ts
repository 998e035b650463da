/**
 * What waits out its quarantine: per hour of solve time, the exposure and the reports that will one day teach a level its
 * value. In hours with nothing there is no entry, so an idle segment's ledger is empty.
 */
export interface HourLedger {
  length: number
  data: Float32Array
}

const HOUR = 0
const EXPOSURE = 1
const REPORTS = 2
const STRIDE = 3
// A ledger that waits out its quarantine holds some 25 hours: doubling would waste as much again.
const GROWS_BY = 7

// One for all that are empty: most segments are idle, and an empty array of their own would be most of their weight.
const NONE = new Float32Array(0)

export function createHourLedger(): HourLedger {
  return { length: 0, data: NONE }
}

/** Adds to one hour's entry, wherever it stands: feeds come out of order. */
export function addToHour(ledger: HourLedger, hour: number, exposure: number, reports: number): void {
  let i = ledger.length
  while (i > 0 && (ledger.data[(i - 1) * STRIDE + HOUR] as number) > hour) i--
  if (i === 0 || ledger.data[(i - 1) * STRIDE + HOUR] !== hour) {
    if (ledger.length * STRIDE === ledger.data.length) {
      const grown = new Float32Array((ledger.length + GROWS_BY) * STRIDE)
      grown.set(ledger.data)
      ledger.data = grown
    }
    ledger.data.copyWithin((i + 1) * STRIDE, i * STRIDE, ledger.length * STRIDE)
    ledger.data[i * STRIDE + HOUR] = hour
    ledger.data[i * STRIDE + EXPOSURE] = 0
    ledger.data[i * STRIDE + REPORTS] = 0
    ledger.length += 1
    i += 1
  }
  const at = (i - 1) * STRIDE
  ledger.data[at + EXPOSURE] = Math.max(0, (ledger.data[at + EXPOSURE] as number) + exposure)
  ledger.data[at + REPORTS] = Math.max(0, (ledger.data[at + REPORTS] as number) + reports)
}

/** Takes out all entries before `hour`, oldest first. */
export function takeHoursBefore(
  ledger: HourLedger,
  hour: number,
  take: (hour: number, exposure: number, reports: number) => void,
): void {
  let count = 0
  while (count < ledger.length && (ledger.data[count * STRIDE + HOUR] as number) < hour) {
    const at = count * STRIDE
    take(ledger.data[at] as number, ledger.data[at + EXPOSURE] as number, ledger.data[at + REPORTS] as number)
    count++
  }
  if (count === 0) return
  ledger.data.copyWithin(0, count * STRIDE, ledger.length * STRIDE)
  ledger.length -= count
  if (ledger.length === 0) ledger.data = NONE
}

/** Visits entries from `hour` on, oldest first. */
export function hoursFrom(
  ledger: HourLedger,
  hour: number,
  visit: (hour: number, exposure: number, reports: number) => void,
): void {
  for (let i = 0; i < ledger.length; i++) {
    const at = i * STRIDE
    if ((ledger.data[at] as number) >= hour)
      visit(
        ledger.data[at] as number,
        ledger.data[at + EXPOSURE] as number,
        ledger.data[at + REPORTS] as number,
      )
  }
}

/** Forgets entries from `hour` on. */
export function dropHoursFrom(ledger: HourLedger, hour: number): void {
  while (ledger.length > 0 && (ledger.data[(ledger.length - 1) * STRIDE + HOUR] as number) >= hour)
    ledger.length -= 1
}

/** Restates all exposure in another unit. */
export function scaleHours(ledger: HourLedger, by: number): void {
  for (let i = 0; i < ledger.length; i++)
    ledger.data[i * STRIDE + EXPOSURE] = (ledger.data[i * STRIDE + EXPOSURE] as number) * by
}
