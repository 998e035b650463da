import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import { toIso } from '../domain/instant.ts'
import type { StoredReport } from '../domain/report.ts'
import { parseTaskId } from '../domain/task-id.ts'
import type { Judgement } from '../domain/verdict.ts'
import { ReportListQuery, ReportPage, ReportParams, ReportShape } from '../protocol/api-reports.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers } from './describe.ts'
import { readSpan } from './instants.ts'
import { decodeCursor, encodeCursor } from './paging.ts'
import { ApiProblem } from './problem.ts'

/** Accepted reports, each with what is thought of it. */
export function reportRoutes(
  instance: FastifyInstance,
  { store, judgeReports }: Pick<OperatorApiDeps, 'store' | 'judgeReports'>,
): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/reports/:taskId',
    {
      schema: {
        operationId: 'getReport',
        summary: 'The report that stands for a task',
        tags: ['reports'],
        params: ReportParams,
        response: answers({ 200: ReportShape }, 'not-found'),
      },
    },
    async (request): Promise<ReportShape> => {
      const text = request.params.taskId
      const taskId = parseTaskId(text)
      if (taskId === null)
        throw new ApiProblem('invalid', `taskId is ${JSON.stringify(text)}, which is no task id.`)
      const report = await store.findReport(taskId)
      if (report === null)
        throw new ApiProblem('not-found', `There is no report of task ${JSON.stringify(taskId)}.`)
      const [judgement] = await judgeReports([report])
      return reportToWire(report, judgement as Judgement)
    },
  )

  app.get(
    '/reports',
    {
      schema: {
        operationId: 'listReports',
        summary: 'List accepted reports',
        tags: ['reports'],
        querystring: ReportListQuery,
        response: answers({ 200: ReportPage }),
      },
    },
    async (request): Promise<Static<typeof ReportPage>> => {
      const { account, cursor, limit = 100 } = request.query
      const page = await store.listReports({
        ...readSpan(request.query),
        ...(account !== undefined && { account }),
        ...(cursor !== undefined && { after: storeCursor(cursor) }),
        limit,
      })
      const judgements = await judgeReports(page.items)
      return {
        items: page.items.map((report, i) => reportToWire(report, judgements[i] as Judgement)),
        next: page.next === null ? null : encodeCursor([page.next]),
      }
    },
  )
}

/** The store's own cursor travels inside ours; it is a number as text on every engine. */
function storeCursor(cursor: string): string {
  const [after] = decodeCursor(cursor, 1)
  if (typeof after !== 'string' || !/^\d{1,15}$/.test(after))
    throw new ApiProblem('invalid', 'cursor is not one that this list has given.')
  return after
}

function reportToWire(report: StoredReport, judgement: Judgement): ReportShape {
  const { taskId, account, claim, receivedAt, flags } = report
  const { verdict, because, incidentId } = judgement
  return {
    taskId,
    account,
    claim,
    receivedAt: toIso(receivedAt),
    flags: [...flags],
    verdict,
    because,
    incidentId,
  }
}
