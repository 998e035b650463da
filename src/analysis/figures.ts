/**
 * A figure as it stands in a sentence: whole from 100 on, one decimal from 1 on, one significant digit below.
 *
 * A reader compares figures; more digits than that are noise here. Never in exponent form; what is not 0 is never written as "0".
 *
 * @param value >= 0
 * @example figure(12.345) // '12.3'; figure(0.0349) // '0.03'; figure(1e-9) // 'almost 0'
 */
export function figure(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value))
  if (value >= 1) return String(Math.round(value * 10) / 10)
  return value < 1e-6 ? 'almost 0' : String(Number(value.toPrecision(1)))
}

/** `1 report`, `2 reports`, `0.4 reports`. */
export function counted(value: number, noun: string): string {
  const text = figure(value)
  return `${text} ${noun}${text === '1' ? '' : 's'}`
}

/** The verb that goes with a figure: `0.6 are usual`, `1 is usual`. */
export function isOrAre(value: number): string {
  return figure(value) === '1' ? 'is' : 'are'
}
