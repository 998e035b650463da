import type { FastifyInstance } from 'fastify'
import { OutcomesShape } from '../protocol/api-outcomes.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers } from './describe.ts'

/** What became of the reports, in total. */
export function outcomeRoutes(app: FastifyInstance, { store }: Pick<OperatorApiDeps, 'store'>): void {
  app.get(
    '/outcomes',
    {
      schema: {
        operationId: 'outcomes',
        summary: 'Count reports by what became of them',
        tags: ['reports'],
        response: answers({ 200: OutcomesShape }),
      },
    },
    async (): Promise<OutcomesShape> => {
      const { total, outcomes, adopted } = await store.outcomes()
      return { total, outcomes, adopted }
    },
  )
}
