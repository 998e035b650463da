// Acklam's rational approximation: relative error below 1.2e-9 over the whole range.
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
]
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572]
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416]
const TAIL = 0.02425

/**
 * The value below which a standard normal variable falls with this probability.
 *
 * @param probability in (0, 1)
 * @throws RangeError outside
 * @see P. J. Acklam (2003), "An algorithm for computing the inverse normal cumulative distribution function"
 * @example normalQuantile(0.975) // 1.95996...
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1))
    throw new RangeError(`normalQuantile needs a probability inside (0, 1), not ${probability}`)
  if (probability < TAIL) return tail(Math.sqrt(-2 * Math.log(probability)))
  if (probability > 1 - TAIL) return -tail(Math.sqrt(-2 * Math.log(1 - probability)))
  const q = probability - 0.5
  const r = q * q
  return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1)
}

function tail(q: number): number {
  return polynomial(C, q) / (polynomial(D, q) * q + 1)
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}
