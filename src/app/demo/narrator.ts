import type { Action } from '../../domain/action.ts'
import type { Where } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { FaultTruth } from '../../simulator/truth.ts'
import { effectInWords } from '../cli/action.ts'
import type { Match } from './match.ts'
import { truthBehind } from './match.ts'
import type { SeenAction, SeenEvent, SeenIncident } from './operator.ts'
import type { Page } from './page.ts'
import { clockFace } from './page.ts'
import type { Story } from './story.ts'

/** What has happened so far. */
export interface Progress {
  readonly tasks: number
  readonly reports: number
}

/** Something to tell when its time has come. */
interface Beat {
  readonly at: Instant
  readonly tell: (progress: Progress) => void
}

/** How an incident was last told. */
interface Told {
  readonly as: string
  readonly events: number
}

/** Tells the story as it happens, a line or two at a time: what is true, what the team does, what Assay makes of it. */
export class Narrator {
  readonly #story: Story
  readonly #page: Page
  readonly #beats: readonly Beat[]
  readonly #told = new Map<string, Told>()
  readonly #incidents = new Map<string, SeenIncident>()
  /** By the id under which the server lists it: the action's place in the story. */
  readonly #actions = new Map<string, number>()
  readonly #answers: (string | null)[]
  #beat = 0

  constructor(story: Story, page: Page) {
    this.#story = story
    this.#page = page
    this.#beats = this.#beatsOf(story)
    this.#answers = story.scenario.actions.map(() => null)
  }

  get incidents(): readonly SeenIncident[] {
    return [...this.#incidents.values()]
  }

  get answers(): readonly (string | null)[] {
    return this.#answers
  }

  /** Whether there is an action whose answer is still to come. */
  get waitsForAnswers(): boolean {
    return [...this.#actions.values()].some((index) => this.#answers[index] === null)
  }

  /** Of each thing that broke, the first incident that says it right, or else one that says it a little too narrow or wide. */
  get found(): readonly (SeenIncident | null)[] {
    return this.#story.truths.map((truth) => {
      const of = (match: Match): SeenIncident | undefined =>
        this.incidents.find((incident) => {
          const behind = truthBehind(incident, this.#story.truths)
          return behind?.truth === truth && behind.match === match
        })
      return of('right') ?? of('narrower') ?? of('wider') ?? null
    })
  }

  /** Tells what has come to pass by now. */
  catchUp(now: Instant, progress: Progress): void {
    for (
      let beat = this.#beats[this.#beat];
      beat !== undefined && beat.at <= now;
      beat = this.#beats[this.#beat]
    ) {
      this.#beat++
      beat.tell(progress)
    }
  }

  /** What the team did, and under which id it is on record. */
  acted(action: Action, id: string): void {
    const index = this.#story.scenario.actions.findIndex((planned) => planned.action === action)
    const planned = this.#story.scenario.actions[index]
    this.#actions.set(id, index)
    const truth = planned?.effective === true ? 'it is the cure' : 'it changes nothing'
    this.#page.say(
      action.at,
      'team',
      `A ${action.kind} for ${placeInWords(action.where)}: "${action.note ?? ''}". They record it as an action.`,
      `(In truth ${truth}. Assay is not told.)`,
    )
  }

  /** Looks at all incidents, the oldest first, and at the actions, and tells what is new. */
  look(incidents: readonly SeenIncident[], actions: readonly SeenAction[], now: Instant): void {
    for (const incident of incidents) {
      this.#incidents.set(incident.id, incident)
      const told = this.#told.get(incident.id)
      const as = JSON.stringify([incident.situation, Object.entries(incident.where).sort()])
      if (told === undefined) this.#opened(incident)
      // The first entry is the opening itself.
      for (const event of incident.history.slice(told?.events ?? 1)) this.#happened(incident, event)
      if (told !== undefined && told.as !== as) this.#retold(incident, now)
      this.#told.set(incident.id, { as, events: incident.history.length })
    }
    for (const { id, effect } of actions) {
      const index = this.#actions.get(id)
      if (index === undefined || this.#answers[index] !== null || effect.answer === 'too-early') continue
      this.#answers[index] = effect.answer
      const note = this.#story.scenario.actions[index]?.action.note ?? ''
      const answer = effectInWords({ ...effect, hoursLeft: null })
      this.#page.say(now, 'Assay', `Did "${note}" help? ${capitalized(answer)}.`)
    }
  }

  /** What was true, and what was said of it. */
  sumUp(now: Instant): void {
    const page = this.#page
    const { truths, scenario } = this.#story
    page.title('What was true, and what Assay said')
    const { found } = this
    truths.forEach((truth, index) => {
      const incident = found[index]
      const said =
        incident === null || incident === undefined
          ? `not told by ${clockFace(now)}`
          : `told as ${incident.situation} (${incident.id}), ${minutesAfter(truth, incident)} minutes and ${openedWith(incident)} reports later`
      page.plain(`${index + 1}. From ${clockFace(truth.fault.from)} ${truthInWords(truth)}:`)
      page.plain(`   ${said}.`)
      scenario.actions.forEach(({ action, fault, effective }, place) => {
        if (fault !== truth.fault) return
        const answer = effectInWords({
          answer: this.#answers[place] ?? 'too-early',
          hoursLeft: null,
          because: '',
        })
        page.plain(
          `   Did "${action.note ?? ''}" help? In truth ${effective === true ? 'yes' : 'no'}; Assay says: ${answer}.`,
        )
      })
    })
    const announced = this.incidents.filter(
      ({ id, situation }) => situation !== 'one-account' && !found.some((one) => one?.id === id),
    )
    page.plain(
      announced.length === 0
        ? 'No other incident was announced.'
        : `Besides, ${announced.length} more ${announced.length === 1 ? 'incident was' : 'incidents were'} announced: ${announced.map(({ id }) => id).join(', ')}.`,
    )
    page.plain('The demo goes on until it is stopped (Ctrl-C).')
    page.plain('')
  }

  #opened(incident: SeenIncident): void {
    const { situation, id, because } = incident
    const openedAt = Date.parse(incident.openedAt)
    const behind = truthBehind(incident, this.#story.truths)
    if (situation === 'one-account' && behind?.match !== 'right' && behind?.match !== 'narrower') {
      // Listed for whoever looks, announced to nobody: a line of it is enough here too.
      const { account = '', ...place } = incident.where
      const truth = behind === null ? 'nothing is broken there' : 'its share in what broke'
      this.#page.note(
        openedAt,
        'Assay',
        `(Noted, not announced: ${account} alone at ${placeInWords(place)}; in truth ${truth}.)`,
      )
      return
    }
    this.#page.say(
      openedAt,
      'Assay',
      situation === 'one-account' ? `For the list only: ${because}` : `${capitalized(situation)}. ${because}`,
      behind === null
        ? '(In truth nothing is broken there.)'
        : `(True since ${clockFace(behind.truth.fault.from)}, ${minutesAfter(behind.truth, incident)} minutes before. ${MATCHES[behind.match]})`,
    )
    this.#page.aside(`npm run -s assay -- incident show ${id}`)
  }

  /** The same incident, told of another place or as another situation: more has come in. */
  #retold(incident: SeenIncident, now: Instant): void {
    if (incident.state === 'resolved') return
    const behind = truthBehind(incident, this.#story.truths)
    this.#page.say(
      now,
      'Assay',
      `${incident.id} is now told as ${incident.situation}: ${incident.because}`,
      behind === null ? '(In truth nothing is broken there.)' : `(${MATCHES[behind.match]})`,
    )
  }

  #happened({ id }: SeenIncident, { at, event, because, other }: SeenEvent): void {
    const words = {
      'confirmed-fixed': 'is confirmed fixed',
      'not-fixed': 'is not fixed',
      reopened: 'is open again',
      merged: `takes in ${other ?? ''}`,
      unmerged: `gives back ${other ?? ''}`,
    }[event]
    if (words === undefined) return
    this.#page.say(Date.parse(at), 'Assay', `${id} ${words}.${because === undefined ? '' : ` ${because}`}`)
  }

  #beatsOf({ scenario, truths }: Story): Beat[] {
    const { world, warmUpUntil } = scenario
    const { startAt } = world.settings
    const page = this.#page
    const quietDays = Math.floor((warmUpUntil - startAt) / DAY_MS)
    const beats: Beat[] = [
      {
        at: startAt,
        tell: () =>
          page.say(
            startAt,
            'world',
            `${world.sites.length} sites, ${world.types.length} task types, ${world.accounts.length} customers; about ${count(world.tasksPerWeek / 7)} tasks a day.`,
            `First come ${quietDays} quiet days in a hurry, so that Assay can learn what is usual. All times are the simulated world's.`,
          ),
      },
    ]
    for (let day = 1; day <= quietDays; day++) {
      const at = startAt + day * DAY_MS
      beats.push({
        at,
        tell: ({ tasks, reports }) =>
          page.say(
            at,
            'world',
            `${day === 1 ? 'A day has' : `${day} days have`} passed: ${count(tasks)} tasks fed, ${count(reports)} reports taken. Some reports are always there.`,
          ),
      })
    }
    truths.forEach((truth, index) => {
      const { fault, healthyReportsPerHour, brokenReportsPerHour } = truth
      beats.push({
        at: fault.from,
        tell: () => {
          page.title(`${index + 1}. ${capitalized(fault.name)}`)
          page.say(
            fault.from,
            'world',
            `${truthInWords(truth)}.`,
            `There, ${perHour(healthyReportsPerHour)} reports an hour become ${perHour(brokenReportsPerHour)}, ${index === 0 ? 'once people notice: half of them need a quarter of an hour or more' : 'once people notice'}.`,
          )
        },
      })
      beats.push({
        at: fault.until,
        tell: () =>
          page.say(fault.until, 'world', `${placesInWords(truth)}: as good as before, from now on.`),
      })
    })
    return beats.sort((a, b) => a.at - b.at)
  }
}

const MATCHES: Readonly<Record<Match, string>> = {
  right: 'It is told right.',
  narrower: 'It is told narrower than it is.',
  wider: 'It is told wider than it is.',
  part: 'It is one customer’s share in it.',
}

function truthInWords(truth: FaultTruth): string {
  const { fault, split } = truth
  const { effect } = fault
  const much =
    effect.kind === 'factor' ? `${effect.factor} times as many` : `${Math.round(100 * effect.share)} % of the`
  if (split !== null)
    return `${listed(split.rejecting)} reject ${much} ${split.class.type ?? ''} tokens as before; ${split.accepting.length} other sites accept them`
  const [where = {}] = fault.where
  const own = where.account === undefined ? '' : ` of ${where.account} alone`
  return `${where.site ?? ''} rejects ${much} ${where.type ?? ''} solutions${own}${effect.kind === 'factor' ? ' as before' : ''}`
}

function placesInWords({ fault, split }: FaultTruth): string {
  return split === null ? placeInWords(fault.where[0] ?? {}) : listed(split.rejecting)
}

function placeInWords({ type, site, account, ...more }: Where): string {
  const rest = Object.entries(more).map(([name, value]) => `${name} ${value}`)
  const place = [type, ...rest].filter((part) => part !== undefined).join(' ') || 'everything'
  return `${place}${site === undefined ? '' : ` at ${site}`}${account === undefined ? '' : ` for ${account}`}`
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) as string}`
}

function minutesAfter({ fault }: FaultTruth, { openedAt }: SeenIncident): number {
  return Math.floor((Date.parse(openedAt) - fault.from) / MINUTE_MS)
}

function openedWith({ history, reports }: SeenIncident): number {
  return history[0]?.reports ?? reports
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

function perHour(reports: number): string {
  return reports < 10 ? reports.toFixed(1) : count(reports)
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
