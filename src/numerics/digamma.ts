/**
 * The derivative of ln gamma.
 *
 * Steps up by psi(x) = psi(x + 1) - 1/x to where the asymptotic series is exact to 1e-13.
 *
 * @param x > 0
 * @throws RangeError for x <= 0 or NaN: a caller's mistake
 * @see Abramowitz & Stegun 6.3.5 and 6.3.18
 * @example digamma(1) // -0.5772156649015329, minus Euler's constant
 */
export function digamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`digamma needs x > 0, not ${x}`)
  let value = 0
  let at = x
  for (; at < 8; at++) value -= 1 / at
  const t = 1 / (at * at)
  return (
    value +
    Math.log(at) -
    0.5 / at -
    t * (1 / 12 - t * (1 / 120 - t * (1 / 252 - t * (1 / 240 - t * (1 / 132 - (t * 691) / 32760)))))
  )
}
