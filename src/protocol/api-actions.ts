import type { Static } from 'typebox'
import { Type } from 'typebox'
import { ACTION_KINDS, EFFECT_ANSWERS } from '../domain/action.ts'
import {
  cursorQuery,
  instantQuery,
  instantShape,
  limitQuery,
  nullable,
  pageOf,
  Where,
  words,
} from './api-shapes.ts'

/** Longest note of an action, in UTF-16 code units. */
export const ACTION_NOTE_MAX = 4_000
/** Attributes that one action may name. */
export const ACTION_WHERE_MAX = 16

const kind = words(
  ACTION_KINDS,
  'What was done: solver-release (a new solver version, named by `solver`), model-update, type-support or other.',
)

const ActionEffectShape = Type.Object(
  {
    answer: words(
      EFFECT_ANSWERS,
      'helped: back to usual; partly: fewer reports than before, still more than usual; no-change, worse: on evidence; too-early: not enough could have been reported yet; unverifiable: it cannot be told, and will not be.',
    ),
    hoursLeft: nullable(
      Type.Number({ minimum: 0 }),
      'Hours of traffic as it is now until there is an answer; null unless too-early, and where that is not known.',
    ),
    because: Type.String({ description: 'Why, in a sentence.' }),
  },
  { description: 'Whether it helped, as far as is known now.' },
)

export const ActionShape = Type.Object(
  {
    id: Type.String({ description: 'Its id.' }),
    kind,
    at: instantShape('When it took effect.'),
    where: Where,
    note: nullable(Type.String(), 'What whoever recorded it wrote.'),
    recordedAt: instantShape('When Assay was told.'),
    effect: ActionEffectShape,
  },
  { description: 'Something the team did about the quality of what is issued.' },
)
export type ActionShape = Static<typeof ActionShape>

export const ActionPage = pageOf(ActionShape, 'Actions, the one recorded last first.')

export const ActionBody = Type.Object(
  {
    kind,
    at: Type.Union([Type.String({ maxLength: 40 }), Type.Integer()], {
      description:
        'When it took effect: ISO 8601 with an offset, or integer milliseconds since 1970; at most 5 minutes ahead.',
    }),
    where: Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 4_096 }), {
      description:
        'What it was done to, by attribute: type, site, solver, region, account, group, labels.<key>. Empty: everything. A site may be a URL, as in the feed.',
    }),
    note: Type.Optional(
      nullable(Type.String({ minLength: 1, maxLength: ACTION_NOTE_MAX }), 'For people; kept as it is.'),
    ),
  },
  { description: 'Something the team did.', additionalProperties: false },
)

export const ActionHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        'The same key is the same action, whatever else is sent. Absent: the same body is the same action.',
      minLength: 1,
      maxLength: 255,
    }),
  ),
})

export const ActionParams = Type.Object({
  id: Type.String({ description: 'The action.', minLength: 1, maxLength: 64 }),
})

export const ActionListQuery = Type.Object(
  {
    kind: Type.Optional(kind),
    from: Type.Optional(instantQuery('Only actions that took effect at or after this instant.')),
    to: Type.Optional(instantQuery('Only actions that took effect before this instant.')),
    cursor: cursorQuery,
    limit: limitQuery(1_000, 100),
  },
  { additionalProperties: false },
)
