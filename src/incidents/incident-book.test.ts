import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { IncidentEvent, IncidentEventName, IncidentState } from '../domain/incident.ts'
import { factsOf, openedOf } from './fixtures.ts'
import { createIncidentBook } from './incident-book.ts'
import { LIFECYCLE } from './lifecycle.ts'

const NAMES = Object.keys(LIFECYCLE.open) as IncidentEventName[]
const STATES = Object.keys(LIFECYCLE) as IncidentState[]

// How each state is reached, for the test of the whole table.
const WAY: Readonly<Record<IncidentState, readonly IncidentEventName[]>> = {
  open: [],
  acknowledged: ['acknowledged'],
  snoozed: ['snoozed'],
  fixed: ['confirmed-fixed'],
  resolved: ['resolved'],
}

let keys = 0
function act(incidentId: string, event: IncidentEventName, over: Partial<IncidentEvent> = {}): IncidentEvent {
  return { incidentId, event, at: 3_000, by: null, key: `${event}:${++keys}`, ...over }
}

describe('the book of incidents', () => {
  test('opens one with its facts, takes new evidence, and keeps every event', () => {
    const book = createIncidentBook([openedOf('A')])
    const first = book.get('A')
    const facts = factsOf({ reports: 12, because: 'Twelve reports.' })
    assert.deepEqual(book.apply(act('A', 'updated', { facts })), { kind: 'applied', id: 'A' })
    const incident = book.get('A')
    assert.equal(incident?.reports, 12)
    assert.equal(incident?.because, 'Twelve reports.')
    assert.equal(incident?.openedAt, 2_000)
    assert.deepEqual(
      incident?.history.map(({ event }) => event),
      ['opened', 'updated'],
    )
    assert.equal(first?.reports, 9, 'what was given out before does not change')
    assert.equal(first?.history.length, 1)
  })

  test('follows the whole transition table', () => {
    for (const state of STATES)
      for (const name of NAMES) {
        const book = createIncidentBook([openedOf('A'), openedOf('B'), ...WAY[state].map((e) => act('A', e))])
        assert.equal(book.stateOf('A'), state)
        if (name === 'unmerged') {
          // It takes a merge before, which a resolved incident no longer makes.
          const merge = act('A', 'merged', { other: 'B' })
          const merged = createIncidentBook([
            openedOf('A'),
            openedOf('B'),
            merge,
            ...WAY[state].map((e) => act('A', e)),
          ])
          assert.equal(merged.apply(act('A', 'unmerged', { other: 'B' })).kind, 'applied')
          assert.equal(merged.stateOf('A'), LIFECYCLE[state].unmerged)
          continue
        }
        const before = book.get('A')
        const applied = book.apply(act('A', name, { facts: factsOf(), other: 'B' }))
        const next = LIFECYCLE[state][name]
        assert.equal(applied.kind, next === null ? 'refused' : 'applied', `${name} when ${state}`)
        assert.equal(book.stateOf('A'), next ?? state)
        if (next === null) assert.deepEqual(book.get('A'), before, 'a refusal changes nothing')
      }
  })

  test('says in a sentence why an event cannot be', () => {
    const book = createIncidentBook([openedOf('A'), act('A', 'resolved')])
    const because = (event: IncidentEvent) => {
      const applied = book.apply(event)
      assert.equal(applied.kind, 'refused')
      return applied.kind === 'refused' ? applied.because : ''
    }
    assert.equal(because(act('Z', 'note')), 'there is no incident Z')
    assert.equal(because(openedOf('A', { key: 'again' })), 'incident A is open already')
    assert.equal(because(act('A', 'resolved')), 'incident A is resolved: resolved cannot happen to it')
    assert.equal(because(act('B', 'opened')), 'incident B cannot be opened without facts')
    book.apply(act('A', 'reopened'))
    assert.equal(because(act('A', 'updated')), 'incident A cannot be updated without facts')
  })

  test('lists an absorbed incident under the other only, and gives it back', () => {
    const book = createIncidentBook([openedOf('A'), openedOf('B'), openedOf('C')])
    const listed = () => book.list().map(({ id }) => id)
    book.apply(act('A', 'merged', { other: 'B' }))
    assert.deepEqual(listed(), ['A', 'C'])
    assert.equal(book.absorbedBy('B'), 'A')
    assert.equal(book.get('B')?.id, 'B', 'an old link still finds it')
    for (const event of [
      act('B', 'merged', { other: 'A' }),
      act('B', 'merged', { other: 'C' }),
      act('C', 'merged', { other: 'B' }),
      act('C', 'merged', { other: 'C' }),
      act('C', 'merged', { other: 'Z' }),
      act('C', 'unmerged', { other: 'B' }),
      act('C', 'merged'),
    ])
      assert.equal(book.apply(event).kind, 'refused')
    assert.deepEqual(listed(), ['A', 'C'])
    book.apply(act('A', 'unmerged', { other: 'B' }))
    assert.deepEqual(listed(), ['A', 'B', 'C'])
  })

  test('tells under which id an absorbed incident is listed, also when its absorber is absorbed', () => {
    const book = createIncidentBook([openedOf('A'), openedOf('B'), openedOf('C')])
    book.apply(act('B', 'merged', { other: 'C' }))
    book.apply(act('A', 'merged', { other: 'B' }))
    assert.deepEqual(
      ['A', 'B', 'C', 'Z'].map((id) => book.listedAs(id)),
      ['A', 'A', 'A', null],
    )
    book.apply(act('A', 'unmerged', { other: 'B' }))
    assert.equal(book.listedAs('C'), 'B')
  })
})

const ids = fc.constantFrom('A', 'B', 'C')
const events: fc.Arbitrary<IncidentEvent> = fc
  .record({
    incidentId: ids,
    event: fc.oneof(
      { weight: 2, arbitrary: fc.constant<IncidentEventName>('opened') },
      { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
    ),
    at: fc.nat(),
    by: fc.constantFrom(null, 'ann'),
    key: fc.string({ maxLength: 2 }),
    facts: fc.option(
      fc.nat().map((reports) => factsOf({ reports })),
      { nil: undefined },
    ),
    other: fc.option(ids, { nil: undefined }),
  })
  .map(({ facts, other, ...event }) => ({
    ...event,
    ...(facts !== undefined && { facts }),
    ...(other !== undefined && { other }),
  }))
const logs = fc.array(events, { maxLength: 60 })

describe('any log', () => {
  const stateOf = (book: ReturnType<typeof createIncidentBook>) => ({
    list: book.list(),
    all: ['A', 'B', 'C'].map((id) => [book.get(id), book.absorbedBy(id)]),
  })

  test('folds; twice over it gives the same book, and a cut changes nothing', () => {
    fc.assert(
      fc.property(logs, fc.nat(60), (log, cut) => {
        const once = stateOf(createIncidentBook(log))
        assert.deepEqual(stateOf(createIncidentBook([...log, ...log])), once)
        const restarted = createIncidentBook(log.slice(0, cut))
        restarted.list()
        for (const event of log.slice(cut)) restarted.apply(event)
        assert.deepEqual(stateOf(restarted), once)
      }),
    )
  })

  test('leaves each incident listed, or under one that leads to a listed one', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const book = createIncidentBook(log)
        const listed = new Set(book.list().map(({ id }) => id))
        for (const id of ['A', 'B', 'C']) {
          if (book.get(id) === null) continue
          let top = id
          for (let step = 0; step < 3; step++) top = book.absorbedBy(top) ?? top
          assert.equal(book.listedAs(id), top)
          assert.ok(listed.has(top), `${id} leads to ${top}, which is not listed`)
          assert.equal(listed.has(id), book.absorbedBy(id) === null)
        }
      }),
    )
  })
})
