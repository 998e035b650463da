import type { IncidentFacts, Ratio } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { dayOf, toIso } from '../domain/instant.ts'
import { counted, figure } from './figures.ts'

type Facts = Omit<IncidentFacts, 'because' | 'alternatives'>

/** Which sentence an incident gets: every number in it is one of the facts beside it. */
export function becauseOf(facts: Facts): string {
  switch (facts.situation) {
    case 'one-account':
      return oneAccountSentence(facts)
    case 'split':
      return splitSentence(facts)
    case 'never-worked':
      return `${evidence(facts)} This place has no time in which it worked.`
    case 'regression':
      return evidence(facts)
  }
}

function evidence(facts: Facts): string {
  return (
    `${nameOf(facts)}: ${counted(facts.reports, 'report')} from ${counted(facts.accounts, 'customer')} on tasks ` +
    `solved since ${since(facts)}, where ${figure(facts.expected)} ${verb(facts.expected)} expected; ${times(facts.ratio)}.`
  )
}

function splitSentence(facts: Facts): string {
  const { rejecting, accepting, undecided } = facts.sites ?? { rejecting: [], accepting: [], undecided: [] }
  const open = undecided.length === 0 ? '' : `, ${counted(undecided.length, 'site')} not told apart yet`
  return (
    `${nameOf(facts)}: ${counted(rejecting.length, 'site')} ${rejecting.length === 1 ? 'rejects' : 'reject'}, ` +
    `${counted(accepting.length, 'site')} ${accepting.length === 1 ? 'accepts' : 'accept'}${open}. ` +
    `Where it is rejected: ${counted(facts.reports, 'report')} from ${counted(facts.accounts, 'customer')} on tasks ` +
    `solved since ${since(facts)}, where ${figure(facts.expected)} ${verb(facts.expected)} expected; ${times(facts.ratio)}.`
  )
}

/** The sentence of a one-account finding. */
function oneAccountSentence(facts: Facts): string {
  const who = facts.where['account'] ?? `group ${facts.where['group']}`
  return (
    `${nameOf(facts)}: ${counted(facts.reports, 'report')} from ${who} on tasks solved since ${since(facts)}, where at most ` +
    `${figure(facts.expected)} ${verb(facts.expected)} expected; ${times(facts.ratio)}; other customers' reports there are not unusual.`
  )
}

function nameOf({ where }: Facts): string {
  const { type, site, solver, region } = where
  const words = [type ?? 'All types']
  if (site !== undefined) words.push(`at ${site}`)
  if (solver !== undefined) words.push(`solved by ${solver}`)
  if (region !== undefined) words.push(`in region ${region}`)
  for (const [name, value] of Object.entries(where))
    if (name.startsWith('labels.')) words.push(`with ${name.slice('labels.'.length)} ${value}`)
  return words.join(' ')
}

function since({ onset }: Facts): string {
  const { at, from, to } = onset
  const sameDay = dayOf(from) === dayOf(at) && dayOf(to) === dayOf(at)
  const bounds = sameDay
    ? `${time(from)} to ${time(to)}`
    : `${day(from)} ${time(from)} to ${day(to)} ${time(to)}`
  return `${day(at)} ${time(at)} UTC (${bounds})`
}

function day(at: Instant): string {
  return toIso(at).slice(0, 10)
}

function time(at: Instant): string {
  return toIso(at).slice(11, 16)
}

function times(ratio: Ratio): string {
  return `${figure(ratio.estimate)} times as many (${figure(ratio.low)} to ${figure(ratio.high)})`
}

function verb(value: number): string {
  return figure(value) === '1' ? 'was' : 'were'
}
