/**
 * What one case adds to a risk-adjusted CUSUM: the log-likelihood ratio of "the odds of failure are multiplied" to "they are as expected".
 *
 *   score = y ln R - ln(1 - p + R p) ,   y = 1 for a failure, else 0
 *
 * A failure that was likely anyway says little, one that was unlikely much; the chart `S <- max(0, S + score)` so compares each case
 * with its own risk, as Assay compares each report with its own expectation.
 *
 * @param risk expected probability of failure of this case, in [0, 1]
 * @param oddsRatio by how much the odds are multiplied under the alternative, > 0 and not 1
 * @returns nats; > 0 where the case speaks for the alternative
 * @throws RangeError naming the argument outside its range.
 * @see S. H. Steiner, R. J. Cook, V. T. Farewell and T. Treasure (2000), "Monitoring surgical performance using risk-adjusted
 *   cumulative sum charts", Biostatistics 1(4).
 * @example
 * const risk = 1 / (1 + Math.exp(3.68)) // Parsonnet score 0
 * riskAdjustedCusumScore(risk, 2, true) // 0.669
 * riskAdjustedCusumScore(risk, 2, false) // -0.024
 */
export function riskAdjustedCusumScore(risk: number, oddsRatio: number, failed: boolean): number {
  if (!(risk >= 0 && risk <= 1)) throw new RangeError(`risk is ${risk}, not in [0, 1]`)
  if (!(oddsRatio > 0 && oddsRatio < Infinity && oddsRatio !== 1))
    throw new RangeError(`oddsRatio is ${oddsRatio}, not above 0 and other than 1`)
  return (failed ? Math.log(oddsRatio) : 0) - Math.log1p(risk * (oddsRatio - 1))
}
