import { HOUR_MS } from '../../src/domain/instant.ts'
import type { Baseline } from './baseline.ts'

/** Weight of the newest hour. */
const WEIGHT = 0.2
/**
 * Least standard deviation, in reports: without one a segment that never had a report would alarm at its first at every setting. Small
 * enough that at three standard deviations a single report out of nothing still does, as the plain chart does.
 */
const SIGMA_MIN = 0.3
/** Hours of silence after which mean and variance are nothing: 0.8 ^ 100 is 2e-10. */
const FORGOTTEN_HOURS = 100

interface Chart {
  hour: number
  mean: number
  variance: number
}

/**
 * (b) Hourly counts of a segment against their exponentially weighted mean and standard deviation. The running hour is held against
 * the hours before it at every report, so that the chart need not wait for the hour to end. Retuned by the number of deviations.
 */
export function createEwma(): Baseline {
  const charts = new Map<number, Chart>()
  return {
    name: '3-sigma EWMA',
    usual: 3,
    strictness(history, segment, at) {
      const hour = Math.floor(at / HOUR_MS)
      let chart = charts.get(segment)
      if (chart === undefined) charts.set(segment, (chart = { hour, mean: 0, variance: 0 }))
      for (let ago = Math.min(FORGOTTEN_HOURS, hour - chart.hour); ago > 0; ago--)
        learn(chart, history.reportsInHour(segment, at, ago))
      chart.hour = hour
      const count = history.reportsInHour(segment, at)
      return Math.max(0, (count - chart.mean) / Math.max(SIGMA_MIN, Math.sqrt(chart.variance)))
    },
  }
}

function learn(chart: Chart, count: number): void {
  const off = count - chart.mean
  chart.mean += WEIGHT * off
  chart.variance = (1 - WEIGHT) * (chart.variance + WEIGHT * off * off)
}
