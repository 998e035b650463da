/**
 * Figures in a sentence that are none of these numbers: a figure is a number rounded to the decimals it is printed with.
 *
 * @param sentence without the names in it; times of day and dates are read as figures too, so take them out first
 */
export function strayFigures(sentence: string, numbers: readonly number[]): string[] {
  return (sentence.match(/\d+(?:\.\d+)?/g) ?? []).filter((text) => {
    const decimals = text.split('.')[1]?.length ?? 0
    const half = 0.5 * 10 ** -decimals
    return !numbers.some((number) => Math.abs(number - Number(text)) <= half * (1 + 1e-9))
  })
}

/** All finite numbers in a value, however deep. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [value] : []
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap(numbersIn)
}
