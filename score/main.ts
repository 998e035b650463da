import { availableParallelism } from 'node:os'
import { readFlags } from './flags.ts'
import { jobsOf } from './jobs.ts'
import { doJobs } from './pool.ts'
import { scoreOf } from './score.ts'
import { REPORTING_SEEDS, TUNING_SEEDS } from './seeds.ts'
import { tableOf, writeScore } from './table.ts'

/**
 * `npm run score`: the analysis against simulated truth and the naive baselines. A missed goal is a figure, not a failure.
 *
 *     npm run score                      some minutes
 *     npm run score -- --full            within an hour
 *     npm run score -- --only 8          one goal, printed only: bench/results/score.json holds whole runs
 */
const startedAt = performance.now()
const args = process.argv.slice(2).filter((arg) => arg !== '+score')
const flags = readFlags(args, availableParallelism(), new Date())
const jobs = jobsOf(flags.full, flags.only, process.env.ASSAY_DATASETS ?? null)
const results = await doJobs(jobs, flags.threads, (job, _, done) => {
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.error(`score: ${done} of ${jobs.length} after ${seconds} s (${job.family}, seed ${job.seed})`)
})
const { rows, baselines } = scoreOf(results, flags.only)
const observations = results.flatMap((result) => (result.kind === 'observations' ? result.observations : []))
for (const { scenario, models } of observations)
  for (const { knob, falseBecause } of models)
    for (const because of falseBecause)
      console.error(`score: false at knob ${knob} in ${scenario}: ${because}`)
const size = {
  full: flags.full,
  scenarios: observations.length,
  weeks: Number(observations.reduce((sum, { weeks }) => sum + weeks, 0).toFixed(1)),
  faults: observations.reduce((sum, { faults }) => sum + faults.length, 0),
  tasks: observations.reduce((sum, { tasks }) => sum + tasks, 0),
  reports: observations.reduce((sum, { reports }) => sum + reports, 0),
  seconds: Math.round((performance.now() - startedAt) / 1_000),
  tuningSeeds: TUNING_SEEDS,
  reportingSeeds: REPORTING_SEEDS,
  baselines,
}
console.log(`score: ${JSON.stringify(size)}\n\n${tableOf(rows)}`)
if (flags.only === null) writeScore(flags.date, size, rows)
