import { averageRunLength } from './cusum-run-length.ts'

// Beyond it exp(-mean) is no longer a normal number.
const MEAN_MAX = 700

/**
 * Average run length of an upper CUSUM chart of Poisson counts, exact.
 *
 *   S <- max(0, S + X - k) ,   X ~ Poisson(mean) ,   alarm when S > h
 *
 * With k and h on a lattice of width 1/m the chart is in one of h*m + 1 states, and the chain of these states has an exact solution
 * (Lucas 1985). Knowing the rate before and after, this chart is the fastest there is at its run length (Moustakides 1986): what
 * detectors that do not know it are measured against. For a change from rate a to rate b the best k is (b - a) / ln(b / a).
 *
 * @param mean true mean of the counts, in (0, 700]
 * @param kTimesM reference value k in units of 1/m: integer >= 1
 * @param hTimesM threshold h in units of 1/m: integer >= 1. A chart exactly on it has not alarmed. Cost grows with its cube.
 * @param m lattice points per unit: integer >= 1
 * @param start where the chart starts, in units of 1/m: integer 0..hTimesM
 * @returns counts until the alarm, >= 1
 * @throws RangeError naming the argument outside its range.
 * @see J. M. Lucas (1985), "Counted data CUSUM's", Technometrics 27(2); the same arguments as `pois.cusum.arl` of the R package spc.
 * @example
 * poissonCusumArl(0.5, 9, 40, 10) // 566.65 (spc 0.6.7)
 */
export function poissonCusumArl(
  mean: number,
  kTimesM: number,
  hTimesM: number,
  m: number,
  start = 0,
): number {
  if (!(mean > 0 && mean <= MEAN_MAX)) throw new RangeError(`mean is ${mean}, not in (0, ${MEAN_MAX}]`)
  for (const [name, value] of Object.entries({ kTimesM, hTimesM, m }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} is ${value}, no integer from 1`)
  if (!Number.isSafeInteger(start) || start < 0 || start > hTimesM)
    throw new RangeError(`start is ${start}, no integer from 0 to ${hTimesM}`)

  const countMax = Math.floor((hTimesM + kTimesM) / m)
  const { probability, above } = poissonProbabilities(mean, countMax)
  const alarm = new Float64Array(hTimesM + 1)
  const steps = Array.from(alarm, (_, state) => {
    const row = new Float64Array(hTimesM + 1)
    const last = Math.floor((hTimesM + kTimesM - state) / m)
    for (let count = 0; count <= last; count++) {
      const next = Math.max(0, state + count * m - kTimesM)
      row[next] = (row[next] as number) + (probability[count] as number)
    }
    alarm[state] = above[last] as number
    return row
  })
  return averageRunLength({ steps, alarm })[start] as number
}

/** P(X = n) and P(X > n) for n = 0..max. Tails are sums, never 1 minus something: the rare alarm is all that counts. */
function poissonProbabilities(mean: number, max: number): { probability: Float64Array; above: Float64Array } {
  const probability = new Float64Array(max + 1)
  let term = Math.exp(-mean)
  for (let n = 0; n <= max; n++) {
    probability[n] = term
    term *= mean / (n + 1)
  }
  let tail = 0
  // Past the mean the terms fall ever faster; before it they still rise.
  for (let n = max + 1; term > 0 && (n <= mean || term > tail * 1e-18); n++) {
    tail += term
    term *= mean / (n + 1)
  }
  const above = new Float64Array(max + 1)
  for (let n = max; n >= 0; n--) {
    above[n] = tail
    tail += probability[n] as number
  }
  return { probability, above }
}
