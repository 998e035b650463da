import type { LoadPlan } from './load-plan.ts'
import { runLoad } from './load-run.ts'

/**
 * The load generator, in a process of its own so that its garbage collection and its event loop are not those of
 * anything measured. Takes plans from its parent one at a time, answers with results, ends with its parent.
 */
if (process.send === undefined)
  throw new Error('bench/load.ts is started by a benchmark (bench/load-generator.ts)')
process.on('disconnect', () => process.exit(0))
process.on('message', (plan: LoadPlan) => {
  runLoad(plan, () => process.send?.({ started: true })).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }),
  )
})
