import type { Static } from 'typebox'
import { Type } from 'typebox'
import { REPORT_FLAGS } from '../domain/report.ts'
import { cursorQuery, instantQuery, instantShape, limitQuery, nullable, pageOf, words } from './api-shapes.ts'

export const ReportShape = Type.Object(
  {
    taskId: Type.Union([Type.Integer({ minimum: 1 }), Type.String()], { description: 'The task reported.' }),
    account: Type.String({ description: 'Who reported it.' }),
    claim: words(['bad', 'good'], 'What the customer says: the claim that stands.'),
    receivedAt: instantShape('When that claim came in.'),
    flags: Type.Array(words(REPORT_FLAGS, 'One of its marks.'), {
      description:
        "class-mismatch: on the other class's path; claim-changed: it replaced the opposite claim; early: it came before its task.",
    }),
    verdict: words(['supported', 'unsupported', 'undetermined'], 'What Assay thinks of the claim.'),
    because: Type.String({ description: 'Why, in a sentence.' }),
    incidentId: nullable(Type.String(), 'The incident it belongs to, once that is known.'),
  },
  { description: 'An accepted report.' },
)
export type ReportShape = Static<typeof ReportShape>

export const ReportPage = pageOf(ReportShape, 'Reports in the order of their commit, the oldest first.')

export const ReportParams = Type.Object({
  taskId: Type.String({ description: 'The task.', minLength: 1, maxLength: 64 }),
})

export const ReportListQuery = Type.Object(
  {
    account: Type.Optional(
      Type.String({ description: 'Only reports of this account.', minLength: 1, maxLength: 128 }),
    ),
    from: Type.Optional(instantQuery('Only reports received at or after this instant.')),
    to: Type.Optional(instantQuery('Only reports received before this instant.')),
    cursor: cursorQuery,
    limit: limitQuery(1_000, 100),
  },
  { additionalProperties: false },
)
