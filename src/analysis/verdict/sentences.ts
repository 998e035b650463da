import type { Where } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import { toIso } from '../../domain/instant.ts'
import type { Verdict } from '../../domain/report.ts'
import { counted, figure, isOrAre } from '../figures.ts'
import type { IncidentCell, QuietCell, VerdictEvidence } from './evidence.ts'
import type { Reason } from './verdict.ts'

const NAMES: Readonly<Record<Verdict, string>> = {
  supported: 'Supported',
  unsupported: 'Not supported',
  undetermined: 'Undetermined',
}

/** The operator's sentence: what others saw there, and what is known of the reporter. */
export function sentenceFor(evidence: VerdictEvidence, verdict: Verdict, reason: Reason): string {
  const { cell, claim } = evidence
  const seen = cell.state === 'incident' ? inIncident(cell) : atQuietPlace(cell, placeOf(evidence))
  if (claim === 'good')
    switch (reason) {
      case 'quiet':
        return `Supported: evidence of no fault, ${seen}.`
      case 'incident':
        return `Not supported: ${seen}, so that nearly everything there was bad.`
      case 'incident-in-part':
        return `Undetermined: ${seen}, which leaves good results too.`
      default:
        return `Undetermined: no evidence either way, ${seen}; reports or their absence on more tasks there are missing.`
    }
  const record = recordOf(evidence)
  switch (reason) {
    case 'incident':
      return `Supported: ${seen}; ${record}.`
    case 'own-fault': {
      const alone = `only this customer sees a fault: ${ownOf(evidence)}; ${seen}`
      return verdict === 'supported'
        ? `Supported: ${alone}; ${record}.`
        : `Undetermined: ${alone}, which explains a part of its reports there; ${record}.`
    }
    case 'reliable-reporter':
      return `Supported: ${seen}, and some results fail everywhere; ${record}.`
    case 'unreliable-reporter':
      return `Not supported: ${seen}; ${record}.`
    case 'quiet':
      return verdict === 'unsupported'
        ? `Not supported: evidence of no fault, ${seen}; ${record}.`
        : `Undetermined: evidence of no fault of the place, ${seen}, which does not rule out this one result; ${record}.`
    case 'incident-in-part':
      return `Undetermined: ${seen}, which explains a part of the reports there; ${record}.`
    case 'no-evidence':
      return `Undetermined: no evidence of a fault, and none of its absence, ${seen}; more tasks of other customers are missing; ${record}.`
  }
}

/**
 * The reporter's sentence. It is made of `place`, `solvedAt`, `own`, the claim, the verdict and the reason, and of nothing else: whoever reports must
 * learn nothing of other customers.
 */
export function sentenceForReporter(
  { place, solvedAt, own, claim }: VerdictEvidence,
  verdict: Verdict,
  reason: Reason,
): string {
  const at = place.site === null ? '' : ` at ${place.site}`
  const task = `this ${place.type} task${at}, solved ${moment(solvedAt)}`
  const counts =
    `of your ${counted(own.tasks, 'task')} there from ${moment(own.from)} to ${moment(own.to)} you reported ` +
    `${figure(own.reports)} as bad, where ${figure(own.expected)} ${isOrAre(own.expected)} usual for you`
  return `${NAMES[verdict]}: for ${task}, ${judged(claim, verdict, reason)}; ${counts}.`
}

/** What the verdict says of the one result, without a word on why others make it likely. */
function judged(claim: VerdictEvidence['claim'], verdict: Verdict, reason: Reason): string {
  if (verdict === 'supported') return `what we know agrees that the result was ${claim}`
  if (verdict === 'unsupported') return `what we know speaks against a ${claim} result`
  switch (reason) {
    case 'quiet':
      return 'we have evidence that the place works, but none about this one result'
    case 'own-fault':
      return 'your reports are more than usual, which does not tell about this one result'
    case 'incident-in-part':
      return 'we have evidence of a fault, but not that it reached this one result'
    default:
      return 'we have no evidence yet, which is not evidence that nothing was wrong'
  }
}

function inIncident({ situation, where, onset, from, to, ratio, reports, expected }: IncidentCell): string {
  const name = nameOf(where)
  const lead =
    situation === 'never-worked'
      ? `part of the incident on ${name}, which never worked since its first task at ${moment(onset.at)}`
      : situation === 'split'
        ? `part of the split on ${name}, where some sites reject since ${moment(onset.at)}`
        : `part of the incident on ${name} since ${moment(onset.at)}`
  return (
    `${lead}: other customers sent ${counted(reports, 'report')} on tasks solved there from ${moment(from)} to ${moment(to)}, where ` +
    `${figure(expected)} ${isOrAre(expected)} usual by now, ${figure(ratio.estimate)} times as many ` +
    `(${figure(ratio.low)} to ${figure(ratio.high)})`
  )
}

function atQuietPlace({ from, to, reports, expected }: QuietCell, place: string): string {
  return (
    `on ${place} other customers sent ${counted(reports, 'report')} on tasks solved from ${moment(from)} to ${moment(to)}, ` +
    `where ${figure(expected)} ${isOrAre(expected)} usual by now`
  )
}

/** What is known of the reporter; true by the interval of its credibility. */
function recordOf({ reporter }: VerdictEvidence): string {
  const { low, high } = reporter.lnRatio
  if (low > 0) return "this customer's reports follow failures"
  if (high < 0) return 'this customer reports good results more readily than bad ones'
  return `it is not known that this customer's reports follow failures (${counted(reporter.informative, 'informative task')})`
}

function ownOf({ own }: VerdictEvidence): string {
  return (
    `${counted(own.reports, 'report')} on its ${counted(own.tasks, 'task')} there from ${moment(own.from)} to ${moment(own.to)}, ` +
    `where ${figure(own.expected)} ${isOrAre(own.expected)} usual for it`
  )
}

function placeOf({ place }: VerdictEvidence): string {
  return place.site === null ? place.type : `${place.type} at ${place.site}`
}

function nameOf(where: Where): string {
  const { type = 'all types', site, ...others } = where
  const rest = Object.entries(others).map(([attribute, value]) => `, ${attribute} ${value}`)
  return `${type}${site === undefined ? '' : ` at ${site}`}${rest.join('')}`
}

function moment(at: Instant): string {
  const iso = toIso(at)
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
