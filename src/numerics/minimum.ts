/**
 * A local minimum of a function of a few variables, without derivatives: Nelder and Mead's simplex.
 *
 * It walks downhill by reflecting the worst corner of a simplex through the others. For a handful of variables of similar scale; it is started
 * anew from where it stopped until that gains no more than `tolerance`, since a simplex may collapse short of the minimum.
 *
 * @param of the function; may answer Infinity outside its domain, but not at `start`
 * @param start one value a variable
 * @param step size of the first simplex, in the variables' units
 * @param tolerance in the function's units: how much a restart may gain and be called nothing
 * @throws RangeError where the function is no finite number at `start`
 * @see J. A. Nelder and R. Mead (1965), "A simplex method for function minimization", The Computer Journal 7(4)
 * @example minimum(([x = 0]) => (x - 3) ** 2, [0], 1, 1e-12) // { at: [3.000...], value: about 0 }
 */
export function minimum(
  of: (at: readonly number[]) => number,
  start: readonly number[],
  step: number,
  tolerance: number,
): { at: readonly number[]; value: number } {
  const first = of(start)
  if (!Number.isFinite(first)) throw new RangeError(`the function is ${first} at its start`)
  let best = { at: start, value: first }
  for (let restart = 0; restart < RESTARTS_MAX; restart++) {
    const found = descend(of, best.at, step, tolerance)
    const gained = best.value - found.value
    if (gained > 0) best = found
    if (!(gained > tolerance)) break
  }
  return best
}

const RESTARTS_MAX = 20
const STEPS_MAX = 2_000

interface Corner {
  readonly at: readonly number[]
  readonly value: number
}

function descend(
  of: (at: readonly number[]) => number,
  start: readonly number[],
  step: number,
  tolerance: number,
): Corner {
  const corner = (at: readonly number[]): Corner => ({ at, value: of(at) })
  const corners = [
    corner(start),
    ...start.map((_, i) => corner(start.map((value, j) => (i === j ? value + step : value)))),
  ]
  for (let i = 0; i < STEPS_MAX; i++) {
    corners.sort((a, b) => a.value - b.value)
    const best = corners[0] as Corner
    const worst = corners.at(-1) as Corner
    const second = corners.at(-2) as Corner
    if (worst.value - best.value <= tolerance / 10) break
    const centre = start.map(
      (_, j) => corners.slice(0, -1).reduce((sum, { at }) => sum + (at[j] as number), 0) / start.length,
    )
    const through = (by: number) =>
      corner(centre.map((value, j) => value + by * (value - (worst.at[j] as number))))
    const reflected = through(1)
    let next: Corner
    if (reflected.value < best.value) {
      const further = through(2)
      next = further.value < reflected.value ? further : reflected
    } else if (reflected.value < second.value) next = reflected
    else next = through(reflected.value < worst.value ? 0.5 : -0.5)
    if (next.value < Math.min(worst.value, reflected.value) || next === reflected)
      corners[corners.length - 1] = next
    else
      for (let k = 1; k < corners.length; k++)
        corners[k] = corner((corners[k] as Corner).at.map((value, j) => ((best.at[j] as number) + value) / 2))
  }
  return corners.reduce((a, b) => (b.value < a.value ? b : a))
}
