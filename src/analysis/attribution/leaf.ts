/** One finest cell of the window that is to be explained: everything else is a sum of these. */
export interface Leaf {
  /** One value an attribute, in the order of the attributes; null where the leaf has none (a label not set). */
  readonly values: readonly (string | null)[]
  /** Reports seen, >= 0; need not be whole. */
  readonly observed: number
  /** Reports expected had nothing changed, >= 0. */
  readonly expected: number
}

/** Observed and expected reports of any union of leaves. */
export interface Sum {
  readonly observed: number
  readonly expected: number
}
