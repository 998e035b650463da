import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { SeenIncident } from './operator.ts'
import type { Story } from './story.ts'

/** What has happened so far. */
export interface Progress {
  readonly tasks: number
  readonly reports: number
}

/** Something to tell when its time has come. */
interface Beat {
  readonly at: Instant
  readonly tell: (progress: Progress) => string[]
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** `Wed 09:31`, in the world's own time (UTC). */
export function clockFace(at: Instant): string {
  const date = new Date(at)
  return `${DAYS[date.getUTCDay()]} ${date.toISOString().slice(11, 16)}`
}

/** Tells the story as it happens, a line or two at a time. Each beat is told once, in order. */
export class Narrator {
  readonly #story: Story
  readonly #log: (line: string) => void
  readonly #howToSee: (incidentId: string) => string
  readonly #beats: readonly Beat[]
  #told = 0

  constructor(story: Story, log: (line: string) => void, howToSee: (incidentId: string) => string) {
    this.#story = story
    this.#log = log
    this.#howToSee = howToSee
    this.#beats = beatsOf(story)
  }

  /** Tells what has come to pass by now. */
  catchUp(now: Instant, progress: Progress): void {
    for (
      let beat = this.#beats[this.#told];
      beat !== undefined && beat.at <= now;
      beat = this.#beats[this.#told]
    ) {
      this.#told++
      this.#say(beat.at, ...beat.tell(progress))
    }
  }

  incident(incident: SeenIncident): void {
    const { fault } = this.#story.truth
    const openedAt = Date.parse(incident.openedAt)
    const { at, from, to } = incident.onset
    const truly = `it broke ${clockFace(fault.from)}, ${Math.floor((openedAt - fault.from) / MINUTE_MS)} minutes before`
    if (incident.situation === 'one-account') {
      // Listed for whoever looks, announced to nobody: one line of it is enough here too.
      const truth = isTrue(incident, this.#story)
        ? `${truly}; so far only one customer says so`
        : 'nothing is broken there'
      this.#say(
        openedAt,
        `noted, about one customer only (${incident.id}): ${incident.because}`,
        `in truth: ${truth}`,
      )
      return
    }
    this.#say(
      openedAt,
      `incident ${incident.id} (${incident.situation}) opened after ${incident.reports} reports from ${incident.accounts} customers:`,
      incident.because,
      `began ${clockFace(Date.parse(at))}, 90 % sure between ${clockFace(Date.parse(from))} and ${clockFace(Date.parse(to))}`,
      `in truth: ${isTrue(incident, this.#story) ? truly : 'nothing is broken there'}`,
      this.#howToSee(incident.id),
    )
  }

  #say(at: Instant, first = '', ...more: string[]): void {
    const face = clockFace(at)
    this.#log(`${face}  ${first}`)
    for (const line of more) this.#log(`${' '.repeat(face.length)}  ${line}`)
  }
}

/** Whether this is what the story waits for: the team is told of what broke, not of one customer's share in it. */
export function isFound(incident: SeenIncident, story: Story): boolean {
  return incident.situation !== 'one-account' && isTrue(incident, story)
}

/** Whether an incident speaks of what broke, and after it broke: its attributes are true of the broken tasks. */
function isTrue(incident: SeenIncident, { truth }: Story): boolean {
  if (Date.parse(incident.openedAt) < truth.fault.from) return false
  const named = Object.entries(incident.where).filter(([attribute]) => attribute !== 'account')
  return truth.fault.where.some(
    (where) => named.length > 0 && named.every(([attribute, value]) => (where[attribute] ?? value) === value),
  )
}

function beatsOf({ world, truth }: Story): Beat[] {
  const { startAt } = world.settings
  const { fault } = truth
  const count = (number: number): string => Math.round(number).toLocaleString('en-US')
  const quietDays = Math.floor((fault.from - startAt) / DAY_MS)
  const beats: Beat[] = [
    {
      at: startAt,
      tell: () => [
        `${world.sites.length} sites, ${world.types.length} task types, ${world.accounts.length} customers; about ${count(world.tasksPerWeek / 7)} tasks a day.`,
        `First come ${quietDays} quiet days in a hurry, so that Assay can learn what is usual. All times are the simulated world's.`,
      ],
    },
  ]
  for (let day = 1; day <= quietDays; day++)
    beats.push({
      at: startAt + day * DAY_MS,
      tell: ({ tasks, reports }) => [
        `${day === 1 ? 'a day has' : `${day} days have`} passed: ${count(tasks)} tasks fed, ${count(reports)} reports taken. Some reports are always there; nothing is wrong.`,
      ],
    })
  beats.push(
    {
      at: fault.from,
      tell: () => [
        `${fault.name}.`,
        `About ${count(truth.healthyReportsPerHour)} reports an hour there will become ${count(truth.brokenReportsPerHour)}, once people notice: half of them need a quarter of an hour or more.`,
      ],
    },
    {
      at: fault.until,
      tell: () => [
        `the site is repaired, ${count((fault.until - fault.from) / HOUR_MS)} hours after it broke. Reports about older tokens still trickle in.`,
        'The demo goes on until it is stopped (Ctrl-C).',
      ],
    },
  )
  return beats
}
