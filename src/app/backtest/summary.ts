import type { BacktestResult } from '../../analysis/backtest/backtest.ts'

export interface SummaryContext {
  readonly falseIncidentsPerWeek: number
  readonly leftOut: number
  readonly seconds: number
}

export function summaryText(result: BacktestResult, _context: SummaryContext): string {
  return `${JSON.stringify(result.summary)}\n`
}
