import type { Action, ActionEffect } from '../domain/action.ts'
import type { Finding } from '../domain/finding.ts'
import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import type { ActionNote } from './actions.ts'
import { concerns, effectPlace } from './actions.ts'
import type { Alarm, Deciding } from './alarm.ts'
import { fixAlarm, isStanding, noteAction } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import { counted } from './figures.ts'
import type { Control } from './fix/control.ts'
import { slowed } from './fix/control.ts'
import { effectOf } from './fix/effect.ts'
import { LN_CONFIRM } from './fix/evidence.ts'
import { fixScan } from './fix/fix-scan.ts'
import { forgetIncident } from './forgetting.ts'
import type { Eyes } from './look.ts'
import { Look } from './look.ts'
import { ACTIONS_MAX } from './method.ts'
import type { Place } from './place.ts'
import { coversLeaf, isWithin, partsOf } from './place.ts'
import type { Tape } from './tape.ts'
import { maturedSinceOf, reportsSinceOf } from './tape.ts'

/** After this an action's answer stands: the bins reach back a week. */
const ACTION_OPEN_MS = 6 * DAY_MS
/** What began this long before an action at most may be its doing: onsets are intervals. */
const ACTION_SLACK_MS = 30 * MINUTE_MS

/** Looks after what stands: is it fixed, and did what the team did help? */
export class Watch {
  readonly #eyes: Eyes
  readonly #book: AlarmBook

  constructor(eyes: Eyes, book: AlarmBook) {
    this.#eyes = eyes
    this.#book = book
  }

  /** Called at the first change of each five minutes, for it is silence that speaks here. */
  pass(deciding: Deciding): readonly Finding[] {
    const findings: Finding[] = []
    for (const alarm of this.#book.standing()) {
      const fixed = this.#fixOf(alarm, deciding)
      if (fixed !== null) findings.push(fixed)
    }
    findings.push(...this.#passActions(deciding))
    return findings
  }

  /** The team did something: it is entered with every incident that it concerns. */
  hear(action: Action, deciding: Deciding): readonly Finding[] {
    const { state } = this.#eyes
    const its = [...state.ended, ...this.#book.all].filter(
      (alarm) =>
        alarm.situation !== 'one-account' &&
        alarm.onset.from <= action.at &&
        (alarm.fixedAt === null || alarm.fixedAt >= action.at - ACTION_SLACK_MS) &&
        (alarm.endedAt === null || alarm.endedAt >= action.at) &&
        concerns(action, alarm),
    )
    const [worst = null] = its.toSorted((a, b) => b.ratio.estimate - a.ratio.estimate)
    const { where, rejecting } = effectPlace(action, worst)
    this.#closeBefore(action, its)
    state.actions.push({
      action,
      heardAt: deciding.at,
      alarmIds: its.map(({ id }) => id),
      before: worst?.ratio ?? null,
      where,
      rejecting,
      final: null,
    })
    if (state.actions.length > ACTIONS_MAX) state.actions.shift()
    return its.map((alarm) => noteAction(alarm, action.id, deciding))
  }

  /** What an action did can be told until the next one is taken about the same: from then on it would be both. */
  #closeBefore(action: Action, alarms: readonly Alarm[]): void {
    for (const note of this.#eyes.state.actions) {
      if (note.final !== null || note.action.at > action.at) continue
      if (!alarms.some(({ id }) => note.alarmIds.includes(id))) continue
      const effect = this.#effectOf(note)
      note.final =
        effect.answer === 'too-early'
          ? {
              answer: 'unverifiable',
              hoursLeft: null,
              because: `Cannot be verified: something else was done about it before there was an answer. ${effect.because}`,
            }
          : effect
    }
  }

  effects(): ReadonlyMap<string, ActionEffect> {
    return new Map(
      this.#eyes.state.actions.map((note) => [note.action.id, note.final ?? this.#effectOf(note)]),
    )
  }

  #passActions(deciding: Deciding): Finding[] {
    const findings: Finding[] = []
    for (const [at, heard] of this.#eyes.state.actions.entries()) {
      if (heard.final !== null) continue
      const note = this.#found(heard)
      this.#eyes.state.actions[at] = note
      const effect = this.#effectOf(note)
      if (deciding.at - note.action.at > ACTION_OPEN_MS)
        note.final =
          effect.answer === 'too-early'
            ? {
                answer: 'unverifiable',
                hoursLeft: null,
                because: `Cannot be verified: after six days it is still too early to tell. ${effect.because}`,
              }
            : effect
      for (const id of note.alarmIds) {
        const alarm = this.#book.byId(id)
        if (alarm === undefined || !isStanding(alarm)) continue
        if (effect.answer === 'helped')
          findings.push(this.#fix(alarm, note.action.at, effect.because, deciding))
        const isOver = effect.answer === 'no-change' || effect.answer === 'worse'
        if (!isOver || alarm.notFixed.includes(note.action.id)) continue
        alarm.notFixed.push(note.action.id)
        findings.push(fixAlarm(alarm, 'not-fixed', effect.because, deciding))
      }
    }
    return findings
  }

  /** What an action was done about may be found only after it. */
  #found(note: ActionNote): ActionNote {
    if (note.before !== null) return note
    const alarm = this.#book
      .standing()
      .find((one) => one.onset.at <= note.action.at && concerns(note.action, one))
    if (alarm === undefined) return note
    return { ...note, alarmIds: [alarm.id], before: alarm.ratio, ...effectPlace(note.action, alarm) }
  }

  /** The silence since some moment, held against "still as bad". */
  #fixOf(alarm: Alarm, deciding: Deciding): Finding | null {
    const look = this.#lookAt(alarm)
    if (look === null) return null
    const { tape } = look
    let first = tape.length
    while (first > 0 && (tape.start[first - 1] as number) >= alarm.openedAt) first--
    if (first >= tape.length - 1) return null
    const control = this.#control(alarm, alarm.openedAt, look)
    const bins = []
    for (let i = first; i < tape.length; i++)
      bins.push({
        reports: tape.reports[i] as number,
        matured: slowed(tape.matured[i] as number, control),
        issued: tape.issued[i] as number,
      })
    const scan = fixScan(bins, alarm.belief, this.#hintsOf(alarm, tape, first))
    if (scan.lnEvidence < LN_CONFIRM || scan.firstBinAfter === null) return null
    const fixedAt = tape.start[first + scan.firstBinAfter] as number
    const because =
      `Back to what is usual: ${counted(Math.round(scan.reports), 'report')} on tasks solved since then, where ` +
      `${counted(scan.matured, 'report')} would be usual.`
    return this.#fix(alarm, fixedAt, because, deciding)
  }

  /** The first bins after actions that concern the alarm, in the order in which they were recorded. */
  #hintsOf(alarm: Alarm, tape: Tape, first: number): number[] {
    const hints: number[] = []
    for (const { action, alarmIds } of this.#eyes.state.actions) {
      if (!alarmIds.includes(alarm.id) || action.at < alarm.openedAt) continue
      const bin = tape.indexSince(action.at) - first
      if (bin >= 1 && first + bin < tape.length) hints.push(bin)
    }
    return hints
  }

  #fix(alarm: Alarm, fixedAt: Instant, because: string, deciding: Deciding): Finding {
    forgetIncident(this.#eyes, alarm, fixedAt - 1)
    alarm.fixedAt = fixedAt
    alarm.closedAt = deciding.at
    this.#book.moved()
    return fixAlarm(alarm, 'confirmed-fixed', because, deciding)
  }

  #effectOf(note: ActionNote): ActionEffect {
    const { state } = this.#eyes
    const { action, before } = note
    const hoursSince = Math.max(0, state.now - action.at) / HOUR_MS
    if (before === null) {
      const after = this.#book.all.find(
        (alarm) =>
          alarm.situation !== 'one-account' && alarm.onset.from >= action.at && concerns(action, alarm),
      )
      if (after !== undefined)
        return {
          answer: 'worse',
          hoursLeft: null,
          because: `Worse: nothing stood there before the action, and an incident began after it (${after.incidentId}).`,
        }
    }
    const look = this.#lookAt(note)
    const since = action.at
    const reports = look === null ? 0 : reportsSinceOf(look.tape, since)
    const matured = look === null ? 0 : maturedSinceOf(look.tape, since)
    const { answer, hoursLeft, because } = effectOf({
      before,
      reports,
      matured,
      control: this.#control(note, since, look),
      expectedPerHour: look === null ? 0 : issuedPerHour(look, state.now),
      hoursSince,
    })
    return { answer, hoursLeft, because }
  }

  #lookAt(place: Place): Look | null {
    const { index, state } = this.#eyes
    const parts = partsOf(place, index, (leaf) => state.leaves.mix[leaf] as number)
    if (parts.length === 0) return null
    return Look.over(this.#eyes, parts, (entry) => coversLeaf(place, index.leafAt(entry.leaf)), 'slow')
  }

  /** Everything else since then, without the places of other incidents. */
  #control(place: Place, since: Instant, own: Look | null): Control {
    const { index } = this.#eyes
    const others = this.#book.standing().filter((alarm) => alarm !== place)
    const all = Look.over(
      this.#eyes,
      [{ segment: index.everything, share: 1 }],
      (entry) => {
        const leaf = index.leafAt(entry.leaf)
        return !coversLeaf(place, leaf) && !others.some((alarm) => coversLeaf(alarm, leaf))
      },
      'slow',
    )
    let expected = maturedSinceOf(all.tape, since) - (own === null ? 0 : maturedSinceOf(own.tape, since))
    for (const alarm of others) {
      const look = isWithin(alarm, place) ? null : this.#lookAt(alarm)
      if (look !== null) expected -= maturedSinceOf(look.tape, since)
    }
    return { reports: reportsSinceOf(all.tape, since), expected: Math.max(0, expected) }
  }
}

const RATE_OVER_MS = 6 * HOUR_MS

function issuedPerHour({ tape }: Look, now: Instant): number {
  let sum = 0
  let from = now
  for (let i = tape.length - 1; i >= 0 && (tape.start[i] as number) >= now - RATE_OVER_MS; i--) {
    sum += tape.issued[i] as number
    from = tape.start[i] as number
  }
  return (sum * HOUR_MS) / Math.max(HOUR_MS, now - from)
}
