import type { BacktestResult } from '../../analysis/backtest/backtest.ts'
import type { Incident, Situation } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, WEEK_MS } from '../../domain/instant.ts'
import { plain } from '../cli/table.ts'
import { counted, countOf, dayOf, durationOf, minuteOf, placeOf, shareOf, timesOf } from './summary-words.ts'

/** What the summary says beside what the replay came to. */
export interface SummaryContext {
  readonly falseIncidentsPerWeek: number
  /** Lines that were no records. */
  readonly leftOut: number
  readonly seconds: number
}

/** Rows of each list; the rest is only counted. */
const ROWS_MAX = 12
const OWN_FINDINGS_MAX = 4
const ACTIONS_MAX = 10
const SITES_NAMED_MAX = 4
/** What is usual is learned from tasks older than a day, from the third day on (docs/method.md). */
const LEARNING_MS = 2 * DAY_MS
/** Below this much history nothing that is said, or not said, means much. */
const HISTORY_MIN_MS = 3 * DAY_MS
/** An incident takes five to ten reports from several customers; with fewer in all there is none to be found. */
const REPORTS_MIN = 20

const HEADINGS: readonly { readonly situation: Situation; readonly heading: string }[] = [
  { situation: 'regression', heading: 'Used to be accepted, then rejected' },
  { situation: 'split', heading: 'Accepted by some sites, rejected by others' },
  { situation: 'never-worked', heading: 'Never worked well' },
]

/**
 * A backtest for people: what they would have been told, how soon, what became of it, and what could not be judged. Instants are UTC.
 * @returns text that ends with a newline; what came from outside is safe for a terminal
 */
export function summaryText(result: BacktestResult, context: SummaryContext): string {
  const { incidents } = result
  const shared = incidents.filter(({ situation }) => situation !== 'one-account')
  const own = incidents.filter(({ situation }) => situation === 'one-account')
  const sections = [
    headline(result, shared, context),
    ...HEADINGS.map(({ situation, heading }) =>
      timeline(
        heading,
        shared.filter((one) => one.situation === situation),
        result.span?.to ?? 0,
      ),
    ),
    ownFindings(own),
    actionsDone(result),
    reportsSeen(result),
    notJudged(result, context),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(plain).join('\n'))
    .join('\n\n')}\n`
}

function headline(result: BacktestResult, shared: readonly Incident[], context: SummaryContext): string[] {
  const { span, summary, told } = result
  if (span === null)
    return [
      told.tasks === 0
        ? 'Nothing could be judged: there are no task records.'
        : `Nothing could be judged: none of ${counted(told.tasks, 'task record')} is of a task that was ready.`,
    ]
  const period = `${dayOf(span.from)} to ${dayOf(span.to)}: ${counted(summary.tasks, 'task')}, ${counted(summary.reports, 'report')}, ${lengthOf(span.to - span.from)}`
  const knob = `set to at most ${context.falseIncidentsPerWeek} false ${context.falseIncidentsPerWeek === 1 ? 'incident' : 'incidents'} a week`
  if (shared.length === 0) {
    const isBlind = span.to - span.from < HISTORY_MIN_MS || summary.reports < REPORTS_MIN
    const said = isBlind
      ? 'Assay would have told you of no incident, but this history is too small to say that all was well (see below).'
      : 'Assay would have told you of no incident.'
    return [said, `${period}; ${knob}.`]
  }
  const waits = shared.map(waitMs).sort((a, b) => a - b)
  const needed = shared
    .map(({ history, reports }) => history[0]?.facts?.reports ?? reports)
    .sort((a, b) => a - b)
  const over = shared.filter(({ state }) => state === 'fixed' || state === 'resolved').length
  return [
    `Assay would have told you of ${counted(shared.length, 'incident')}: ` +
      (shared.length === 1
        ? `${durationOf(waits[0] as number)} after it began, after ${counted(needed[0] as number, 'report')}.`
        : `half of them within ${durationOf(middle(waits))} of their beginning, after ${counted(middle(needed), 'report')} or fewer.`),
    outcome(over, shared.length),
    `${period}; ${knob}.`,
  ]
}

function outcome(over: number, all: number): string {
  if (over === all) return all === 1 ? 'It was over by the end.' : 'All of them were over by the end.'
  if (over === 0)
    return all === 1 ? 'It was still open at the end.' : 'All of them were still open at the end.'
  return `${countOf(over)} of them ${over === 1 ? 'was' : 'were'} over by the end, ${countOf(all - over)} still open.`
}

/** The incidents of one situation, one or two lines each. */
function timeline(heading: string, incidents: readonly Incident[], end: Instant): string[] {
  if (incidents.length === 0) return []
  const rows = incidents.slice(0, ROWS_MAX).map((incident) => {
    const first = incident.history[0]?.facts ?? incident
    return [
      minuteOf(incident.openedAt),
      durationOf(waitMs(incident)),
      `${countOf(first.reports)} (${expectedOf(first.expected)} usual)`,
      timesOf(incident.ratio.estimate),
      fateOf(incident, end),
      placeOf(incident.where),
    ]
  })
  const head = ['told at (UTC)', 'after', 'reports it took', 'now', 'what became of it', 'where']
  const lines = table([head, ...rows])
  const withSites = lines.flatMap((line, index) => {
    const sites = index === 0 ? undefined : incidents[index - 1]?.sites
    return sites === undefined
      ? [line]
      : [line, `      rejecting: ${named(sites.rejecting)}; accepting: ${named(sites.accepting)}`]
  })
  return [
    `${heading} (${incidents.length})`,
    ...withSites.map((line) => `  ${line}`),
    ...more(incidents.length, ROWS_MAX),
  ]
}

/** From the estimated beginning to the moment at which it would have been told. */
function waitMs({ openedAt, onset, history }: Incident): number {
  // A later estimate knows more, unless it has moved behind the alarm.
  const begun = onset.at <= openedAt ? onset.at : (history[0]?.facts?.onset.at ?? openedAt)
  return Math.max(0, openedAt - begun)
}

function fateOf({ state, onset, openedAt, history }: Incident, end: Instant): string {
  const begun = Math.min(onset.at, openedAt)
  const ended = history.findLast(({ event }) => event === 'confirmed-fixed' || event === 'resolved')
  if (state === 'fixed' && ended !== undefined) return `fixed after ${durationOf(ended.at - begun)}`
  if (state === 'resolved' && ended !== undefined) return `resolved after ${durationOf(ended.at - begun)}`
  return `still open after ${durationOf(Math.max(0, end - begun))}`
}

/** What single customers' own findings there were: nobody is alarmed by them, so they are told in short. */
function ownFindings(own: readonly Incident[]): string[] {
  if (own.length === 0) return []
  const byCustomer = Map.groupBy(own, ({ where }) => where['account'] ?? where['group'] ?? '')
  const loudest = [...byCustomer].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  const lines = loudest.slice(0, OWN_FINDINGS_MAX).map(([customer, theirs]) => {
    const last = theirs[theirs.length - 1] as Incident
    const { account: _, group: __, ...place } = last.where
    const times = theirs.length === 1 ? 'once' : `${countOf(theirs.length)} times`
    return `  ${customer}: ${times}, last ${minuteOf(last.openedAt)}, ${placeOf(place)}, ${timesOf(last.ratio.estimate)}`
  })
  return [
    `One customer's own findings (${own.length}, of ${counted(loudest.length, 'customer')}): listed, nobody is alarmed`,
    ...lines,
    ...(loudest.length > OWN_FINDINGS_MAX
      ? [`  ... and ${counted(loudest.length - OWN_FINDINGS_MAX, 'more customer')}; --json lists all`]
      : []),
  ]
}

function actionsDone({ actions }: BacktestResult): string[] {
  if (actions.length === 0) return []
  const lines = actions.slice(0, ACTIONS_MAX).map(({ action, effect }) => {
    const note = action.note === null ? '' : ` (${action.note.slice(0, 60)})`
    return `  ${minuteOf(action.at)}  ${action.kind}, ${placeOf(action.where)}${note}: ${effect.answer}. ${effect.because}`
  })
  return ['What the team did, and whether it helped', ...lines, ...more(actions.length, ACTIONS_MAX)]
}

function reportsSeen({ summary, verdicts, told, span }: BacktestResult): string[] {
  if (span === null) return []
  const standing = verdicts.supported + verdicts.unsupported + verdicts.undetermined
  const dropped = told.reports - summary.reports
  const lines = [
    `Reports: ${countOf(summary.reports)} of ${countOf(told.reports)} counted` +
      (dropped === 0
        ? '.'
        : '; the others were said twice, too late, or of tasks that are unknown, failed or of another customer.'),
  ]
  if (standing > 0)
    lines.push(
      `  ${counted(verdicts.inIncidents, 'report')} (${shareOf(verdicts.inIncidents, standing)}) ${verdicts.inIncidents === 1 ? 'is' : 'are'} part of incidents. ` +
        `Supported: ${countOf(verdicts.supported)}; unsupported: ${countOf(verdicts.unsupported)}; could not tell: ${countOf(verdicts.undetermined)}.`,
    )
  return lines
}

/** What nobody should read into the silence of this summary. */
function notJudged(
  { span, summary, told, scratchBytes }: BacktestResult,
  { leftOut, seconds }: SummaryContext,
): string[] {
  const lines: string[] = []
  if (span !== null) {
    const learnedBy = span.from + LEARNING_MS
    lines.push(
      span.to - span.from < HISTORY_MIN_MS
        ? `  The history is shorter than three days. What is usual takes two days to learn, so hardly anything could be told.`
        : `  Until ${minuteOf(learnedBy)} what is usual was still being learned: faults from before then may look usual.`,
    )
    if (summary.reports === 0)
      lines.push(
        told.reports === 0
          ? '  There are no reports: without them nothing can be told, good or bad.'
          : '  No report counted: nothing can be told, good or bad.',
      )
    else if (summary.reports < REPORTS_MIN)
      lines.push(
        `  ${counted(summary.reports, 'report')} in all: an incident takes five to ten of one place, from several customers.`,
      )
  }
  if (leftOut > 0)
    lines.push(
      `  ${counted(leftOut, 'line')} ${leftOut === 1 ? 'was no record and was' : 'were no records and were'} left out.`,
    )
  if (lines.length === 0) return []
  const scratch = scratchBytes === 0 ? '' : ` and ${(scratchBytes / 1e9).toFixed(1)} GB of scratch`
  return ['What could not be judged', ...lines, '', `(${seconds} s${scratch}; --json has every detail)`]
}

function lengthOf(ms: number): string {
  return ms < 2 * WEEK_MS ? durationOf(ms) : `${(ms / WEEK_MS).toFixed(1)} weeks`
}

function expectedOf(expected: number): string {
  return expected >= 10 ? countOf(expected) : String(Number(expected.toPrecision(expected >= 1 ? 2 : 1)))
}

/** The upper of the two middle ones: "half of them within" is true of it. */
function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] as number
}

function named(sites: readonly string[]): string {
  if (sites.length === 0) return 'none'
  const rest = sites.length - SITES_NAMED_MAX
  return `${sites.slice(0, SITES_NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function more(count: number, shown: number): string[] {
  return count > shown ? [`  ... and ${count - shown} more; --json lists all`] : []
}

/** Columns as wide as their widest cell; the last is free. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] as number)))
      .join('  '),
  )
}
