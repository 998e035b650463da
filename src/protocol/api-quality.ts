import type { Static } from 'typebox'
import { Type } from 'typebox'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import { cursorQuery, instantQuery, limitQuery, nullable, pageOf, words } from './api-shapes.ts'

/** Widths of a bin of solve time, by name. */
export const QUALITY_BINS = { '15m': 15 * MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS } as const

const count = (description: string) => Type.Integer({ description, minimum: 0 })

const QualityRow = Type.Object(
  {
    where: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), {
      description: 'One value for each name in `by`; null where tasks have none, such as no region.',
    }),
    at: nullable(Type.String({ format: 'date-time' }), 'Start of the bin; null where there is but one.'),
    exposure: count('Tasks solved then that could be reported.'),
    reports: count('Bad claims that stand about them.'),
    good: count('Good claims that stand about them.'),
    expected: nullable(
      Type.Number({ minimum: 0 }),
      'Bad claims expected by now; null while that is not known.',
    ),
    rate: nullable(
      Type.Object({
        estimate: Type.Number({
          description:
            'Reports per fully mature task, drawn to what is expected by as much as one report weighs.',
        }),
        low: Type.Number({ description: 'Lower end of the 90 % interval.' }),
        high: Type.Number({ description: 'Upper end of the 90 % interval.' }),
      }),
      'Reports a task, allowing for those still to come; null with the reason: under 30 tasks, or under a tenth of the reports due.',
    ),
    maturity: nullable(
      Type.Number(),
      'Share of their eventual reports that is due by now, in [0, 1]; null where there are no tasks.',
    ),
    reason: Type.Optional(
      Type.String({ description: 'Why something is null, or why a rate may still rise.' }),
    ),
  },
  { description: 'Counts of one combination of attributes in one bin.' },
)
export type QualityRow = Static<typeof QualityRow>

export const QualityPage = pageOf(QualityRow, 'Rows by time, then by value.')

const only = (name: string) =>
  Type.Optional(Type.String({ description: `Only tasks with this ${name}.`, minLength: 1, maxLength: 128 }))

export const QualityQuery = Type.Object(
  {
    by: Type.Optional(
      Type.String({
        description:
          'Attributes to tell apart, separated by commas: type, site, solver, region, account, group, labels.<key>. Absent: none.',
        maxLength: 1_200,
      }),
    ),
    from: Type.Optional(instantQuery('Only bins that start at or after this instant.')),
    to: Type.Optional(instantQuery('Only bins that start before this instant.')),
    bin: Type.Optional(
      words(
        Object.keys(QUALITY_BINS) as (keyof typeof QUALITY_BINS)[],
        'Width of a bin. Absent: one for all.',
      ),
    ),
    type: only('type'),
    site: Type.Optional(
      Type.String({ description: 'Only tasks with this site.', minLength: 1, maxLength: 253 }),
    ),
    solver: only('solver'),
    region: only('region'),
    account: only('account'),
    group: only('group'),
    cursor: cursorQuery,
    limit: limitQuery(10_000, 1_000),
  },
  {
    // A filter on a label is a parameter of its own name.
    patternProperties: { '^labels\\..{1,128}$': Type.String({ minLength: 1, maxLength: 128 }) },
    additionalProperties: false,
  },
)
export type QualityQuery = Static<typeof QualityQuery>
