/**
 * What one expected report tells of a rate that is `ratio` times the usual, in nats.
 *
 *   I(r) = r ln r - r + 1
 *
 * @param ratio > 0; 1 tells nothing
 * @example information(10) // 14.03
 */
export function information(ratio: number): number {
  return ratio * Math.log(ratio) - ratio + 1
}
