import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Finding } from '../domain/finding.ts'
import { incidentIdOf } from '../domain/incident.ts'
import { resolveIncident } from './acts.ts'
import { factsOf, findingOf } from './fixtures.ts'
import { eventsFromFinding } from './from-findings.ts'
import { createIncidentBook } from './incident-book.ts'

function live(findings: readonly Finding[], book = createIncidentBook()) {
  for (const finding of findings) for (const event of eventsFromFinding(finding, book)) book.apply(event)
  return book
}

describe('a finding', () => {
  test('opens an incident named after its alarm, and brings new evidence', () => {
    const book = live([
      findingOf(),
      findingOf({ event: 'updated', seq: 20, facts: factsOf({ reports: 11 }) }),
    ])
    const incident = book.get(incidentIdOf(findingOf().alarmId))
    assert.equal(incident?.reports, 11)
    assert.deepEqual(
      incident?.history.map(({ key, method }) => [key, method]),
      [
        ['opened', '1'],
        ['updated:20', '1'],
      ],
    )
  })

  test('brings nothing to a resolved incident; a new alarm is a new incident', () => {
    const book = live([findingOf()])
    const id = incidentIdOf(findingOf().alarmId)
    const resolved = resolveIncident(book, id, 'ann', null, 5_000)
    assert.ok(Array.isArray(resolved))
    for (const event of resolved) book.apply(event)
    assert.deepEqual(eventsFromFinding(findingOf({ event: 'updated', seq: 30 }), book), [])
    live([findingOf({ alarmId: 'TurnstileTask/shop.example@31', seq: 31 })], book)
    assert.deepEqual(
      book.list().map(({ state }) => state),
      ['resolved', 'open'],
    )
  })

  test('of an incident never heard of opens it, whatever it says', () => {
    assert.equal(live([findingOf({ event: 'updated', seq: 20 })]).list().length, 1)
  })

  test('with a number that is none is a fault of ours, named before anything is stored', () => {
    const facts = factsOf({ ratio: { estimate: 3, low: 1, high: Number.POSITIVE_INFINITY } })
    assert.throws(
      () => eventsFromFinding(findingOf({ facts }), createIncidentBook()),
      /TurnstileTask\/shop\.example@17: ratio\.high is Infinity/,
    )
  })

  test('of a merge, a fix, an action or a relapse becomes an event with its reason', () => {
    const [a, b] = [findingOf(), findingOf({ alarmId: 'TurnstileTask@19', seq: 19 })]
    const head = { alarmId: a.alarmId, method: '2' }
    const book = live([
      a,
      b,
      {
        ...head,
        event: 'merged',
        at: 3_000,
        seq: 21,
        otherAlarmId: b.alarmId,
        because: 'They share their reports.',
      },
      { ...head, event: 'action', at: 4_000, seq: 22, actionId: 'act-1' },
      { ...head, event: 'not-fixed', at: 5_000, seq: 23, because: 'Five reports since.' },
      { ...head, event: 'confirmed-fixed', at: 6_000, seq: 24, because: 'None since.' },
      {
        ...a,
        event: 'reopened',
        at: 7_000,
        seq: 25,
        because: 'It is back.',
        facts: factsOf({ reports: 12 }),
      },
      {
        ...head,
        event: 'unmerged',
        at: 8_000,
        seq: 26,
        otherAlarmId: b.alarmId,
        because: 'Other sites after all.',
      },
    ])
    const [id, other] = [incidentIdOf(a.alarmId), incidentIdOf(b.alarmId)]
    const incident = book.get(id)
    assert.deepEqual(
      incident?.history.map((event) => [
        event.event,
        event.other ?? event.action ?? null,
        event.because ?? null,
      ]),
      [
        ['opened', null, null],
        ['merged', other, 'They share their reports.'],
        ['action', 'act-1', null],
        ['not-fixed', null, 'Five reports since.'],
        ['confirmed-fixed', null, 'None since.'],
        ['reopened', null, 'It is back.'],
        ['unmerged', other, 'Other sites after all.'],
      ],
    )
    assert.deepEqual([incident?.state, incident?.reports], ['open', 12])
    assert.equal(book.list().length, 2)
    for (const said of incident?.history ?? []) assert.equal(book.apply(said).kind, 'repeated')
  })

  test('met again adds nothing: a replay from any point gives the same book', () => {
    const findings = fc.array(
      fc.record({
        alarmId: fc.constantFrom('x', 'y'),
        event: fc.constantFrom('opened' as const, 'updated' as const),
        seq: fc.nat(30),
      }),
    )
    fc.assert(
      fc.property(findings, fc.nat(), (list, from) => {
        // As the model gives them: in order, one for each alarm and position.
        const seen = new Set<string>()
        const run = list
          .sort((a, b) => a.seq - b.seq)
          .filter(({ alarmId, seq }) => !seen.has(`${alarmId}${seq}`) && seen.add(`${alarmId}${seq}`))
          .map((over) => findingOf({ ...over, facts: factsOf({ reports: over.seq }) }))
        const book = live(run)
        const once = book.list()
        assert.deepEqual(live(run.slice(from % (run.length + 1)), book).list(), once)
      }),
    )
  })
})

describe('resolving', () => {
  test('ends an incident once, with its own key each time, and refuses in words', () => {
    const book = live([findingOf()])
    const id = incidentIdOf(findingOf().alarmId)
    const resolve = (at: number) => resolveIncident(book, id, 'ann', 'rolled back', at)
    const first = resolve(5_000)
    assert.deepEqual<unknown>(first, [
      { incidentId: id, event: 'resolved', at: 5_000, by: 'ann', note: 'rolled back', key: 'resolved:5000' },
    ])
    if (Array.isArray(first)) for (const event of first) book.apply(event)
    assert.deepEqual(resolve(6_000), {
      kind: 'refused',
      reason: 'already-resolved',
      because: `Incident ${id} is resolved already.`,
    })
    book.apply({ incidentId: id, event: 'reopened', at: 7_000, by: 'ann', key: 'reopened:7000' })
    const again = resolve(8_000)
    assert.ok(Array.isArray(again))
    for (const event of again) assert.equal(book.apply(event).kind, 'applied')
    assert.equal(book.stateOf(id), 'resolved')
    assert.deepEqual(resolveIncident(book, 'A-22222222', 'ann', null, 1), {
      kind: 'refused',
      reason: 'unknown-incident',
      because: 'There is no incident A-22222222.',
    })
  })

  test('of an absorbed incident points at the one that has it', () => {
    const book = live([findingOf(), findingOf({ alarmId: 'other' })])
    const [a, b] = book.list().map(({ id }) => id) as [string, string]
    book.apply({ incidentId: a, event: 'merged', other: b, at: 1, by: null, key: 'merged:b' })
    const refusal = resolveIncident(book, b, 'ann', null, 2)
    assert.ok(!Array.isArray(refusal) && refusal.reason === 'absorbed')
    assert.equal(refusal.because, `Incident ${b} is part of ${a}: resolve that one.`)
  })
})
