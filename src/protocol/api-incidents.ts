import type { Static } from 'typebox'
import { Type } from 'typebox'
import { cursorQuery, instantShape, limitQuery, pageOf, Where, words } from './api-shapes.ts'

const situation = words(
  ['regression', 'split', 'never-worked', 'one-account'],
  "regression: used to be accepted, now rejected; split: some sites accept, others reject; never-worked: no good history; one-account: one customer's own finding.",
)
const state = words(['open', 'acknowledged', 'snoozed', 'fixed', 'resolved'], 'Where it stands.')

const onset = Type.Object(
  {
    at: instantShape('The likeliest instant.'),
    from: instantShape('Start of the 90 % interval.'),
    to: instantShape('End of the 90 % interval.'),
  },
  { description: 'When the change began, as estimated.' },
)
const ratio = Type.Object(
  {
    estimate: Type.Number({ description: 'The estimate, shrunk.' }),
    low: Type.Number({ description: 'Lower end of the 90 % interval.' }),
    high: Type.Number({ description: 'Upper end of the 90 % interval.' }),
  },
  { description: 'Reports since the onset over those expected.' },
)
const reports = Type.Integer({ description: 'Bad reports counted since the onset.', minimum: 0 })
const expected = Type.Number({ description: 'Reports expected by then, had nothing changed.', minimum: 0 })

const hosts = (description: string) => Type.Array(Type.String(), { description })
const sites = Type.Object(
  {
    rejecting: hosts('Hosts that reject.'),
    accepting: hosts('Hosts that accept.'),
    undecided: hosts('Hosts of which it cannot be told yet.'),
  },
  { description: 'Of a split only: which hosts do what, each list in code-unit order.' },
)

const IncidentEventShape = Type.Object(
  {
    at: instantShape('When it happened.'),
    event: words(
      [
        'opened',
        'updated',
        'merged',
        'unmerged',
        'split',
        'acknowledged',
        'snoozed',
        'note',
        'action',
        'confirmed-fixed',
        'not-fixed',
        'resolved',
        'reopened',
      ],
      'What happened. opened, updated and reopened carry what was known then.',
    ),
    by: Type.Optional(Type.String({ description: 'Who did it; absent for Assay itself.' })),
    note: Type.Optional(Type.String({ description: 'What they wrote.' })),
    other: Type.Optional(
      Type.String({ description: 'The incident absorbed by a merged, or given back by an unmerged.' }),
    ),
    action: Type.Optional(Type.String({ description: 'Of an action: which one; see /actions.' })),
    because: Type.Optional(
      Type.String({
        description: 'Why Assay says so: of merged, unmerged, confirmed-fixed, not-fixed, reopened.',
      }),
    ),
    where: Type.Optional(Where),
    situation: Type.Optional(situation),
    onset: Type.Optional(onset),
    ratio: Type.Optional(ratio),
    reports: Type.Optional(reports),
    expected: Type.Optional(expected),
  },
  { description: 'One entry of the history.' },
)

export const IncidentShape = Type.Object(
  {
    id: Type.String({ description: 'Its id.' }),
    situation,
    where: Where,
    sites: Type.Optional(sites),
    alternatives: Type.Array(
      Type.Object({
        where: Where,
        strength: Type.Number({ description: 'How much speaks for it, in [0, 1].' }),
      }),
      { description: 'Other explanations.' },
    ),
    openedAt: instantShape('When the deciding report came in.'),
    onset,
    ratio,
    reports,
    expected,
    accounts: Type.Integer({ description: 'Customers (groups) with reports since the onset.', minimum: 0 }),
    state,
    history: Type.Array(IncidentEventShape, { description: 'What happened, the oldest first.' }),
    because: Type.String({ description: 'One sentence a person can read.' }),
  },
  { description: 'What broke, where and since when.' },
)
export type IncidentShape = Static<typeof IncidentShape>

export const IncidentPage = pageOf(IncidentShape, 'Incidents, the newest first.')

export const IncidentListQuery = Type.Object(
  {
    state: Type.Optional(state),
    situation: Type.Optional(situation),
    cursor: cursorQuery,
    limit: limitQuery(1_000, 100),
  },
  { additionalProperties: false },
)

export const IncidentParams = Type.Object({
  id: Type.String({ description: 'The incident.', minLength: 1, maxLength: 128 }),
})

export const ResolveBody = Type.Object(
  {
    note: Type.Optional(
      Type.String({ description: 'Why, for the history.', minLength: 1, maxLength: 4_000 }),
    ),
  },
  { description: 'How the incident ended.', additionalProperties: false },
)
