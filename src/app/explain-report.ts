import type { StoredReport, Verdict } from '../domain/report.ts'

/**
 * What Assay says of one report. This release counts reports and raises incidents, but does not judge single ones: it
 * says so, instead of letting "undetermined" look like a judgement.
 */
export function explainReport(report: StoredReport): { verdict: Verdict; because: string } {
  const what = report.claim === 'bad' ? 'The report' : 'The positive report'
  return {
    verdict: 'undetermined',
    because: `${what} is counted. Single reports are not judged yet by this version.`,
  }
}
