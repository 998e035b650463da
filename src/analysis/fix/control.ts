/** Reports of unaffected places since the moment in question, and what was expected of them by now. */
export interface Control {
  readonly reports: number
  readonly expected: number
}

/** Inverse variance of the common factor: from one day to the next all reporters together vary by about 30 %. */
const SPREAD = 10

/**
 * How readily people report just now, compared with what is usual: (10 + reports) / (10 + expected) of unaffected places.
 *
 * Who is on holiday reports nothing, and that is no fix. So the expectation after a fix is multiplied by this factor, **where it is
 * below 1**: evidence of a fix is only ever slowed by it. A factor above 1 (a campaign: everybody reports more) would make the same
 * silence count double, on the word of other places; evidence of a fix does without it. For evidence that something is *not* fixed it
 * is the other way round: there a factor above 1 explains reports away, and one below 1 is left out. `slowed` and `raised` say so.
 *
 * Shrunk: few control reports move it little. Without any control it is 1, which `effectOf` says.
 *
 * @throws RangeError for a negative count
 * @example controlFactor({ reports: 40, expected: 100 }) // 0.4545...
 */
export function controlFactor({ reports, expected }: Control): number {
  if (!(reports >= 0 && expected >= 0)) throw new RangeError(`${reports} and ${expected} are no counts`)
  return (SPREAD + reports) / (SPREAD + expected)
}

/** The expectation that counts for a fix. */
export function slowed(matured: number, control: Control): number {
  return matured * Math.min(1, controlFactor(control))
}

/** The expectation that counts for "not fixed". */
export function raised(matured: number, control: Control): number {
  return matured * Math.max(1, controlFactor(control))
}
