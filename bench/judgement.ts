import { scoreBreak, scoreHealthyWeeks } from '../test/simulation/scores.ts'
import type { BreakScore } from '../test/simulation/scores.ts'
import { readFlags } from './flags.ts'
import { less, publish } from './results.ts'
import type { Figure } from './results.ts'

/**
 * The first judgement against a world with known truth, on seeds that no test uses: false incidents in healthy weeks, and
 * how soon a x10 break is found. `--full` lives through eight weeks; otherwise two, scaled in the goal.
 */
const flags = readFlags(process.argv.slice(2))
const { full } = flags
const weeks = full ? 8 : 2
const breakSeeds = Array.from({ length: full ? 24 : 8 }, (_, i) => 1_001 + i)

const breaks: BreakScore[] = []
for (const seed of breakSeeds) {
  breaks.push(scoreBreak(seed))
  console.error(`break ${breaks.length} of ${breakSeeds.length}: ${JSON.stringify(breaks.at(-1))}`)
}
const healthy = scoreHealthyWeeks(2_001, weeks)
console.error(`healthy: ${JSON.stringify(healthy)}`)

// A break that was not found counts as worse than any that was.
const reports = breaks.map((one) => one.reports ?? Infinity).sort((a, b) => a - b)
const minutes = breaks.map((one) => one.minutes ?? Infinity).sort((a, b) => a - b)
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number

const figures: Figure[] = [
  {
    name: 'x10 break at 6/h: reports until the incident',
    unit: 'reports',
    value: at(reports, 0.5),
    low: at(reports, 0.25),
    high: at(reports, 0.75),
    rounds: breaks.length,
    goal: less(12, 8),
  },
  {
    name: 'x10 break at 6/h: minutes until the incident',
    unit: 'min',
    value: at(minutes, 0.5),
    low: at(minutes, 0.25),
    high: at(minutes, 0.75),
    rounds: breaks.length,
  },
  {
    name: 'x10 break at 6/h: not found within 12 h',
    unit: 'of all',
    value: breaks.filter((one) => one.reports === null).length / breaks.length,
    goal: less(0, 0),
  },
  {
    name: 'onset inside its 90 % interval',
    unit: 'of all',
    value: breaks.filter((one) => one.onsetCovered).length / breaks.length,
  },
  {
    name: `false incidents in ${weeks} healthy weeks, 2,000 segments, knob 1`,
    unit: '',
    value: healthy.falseIncidents,
    goal: less(weeks, weeks / 2),
  },
  { name: "one customer's own findings in those weeks", unit: '', value: healthy.oneAccount },
  {
    name: 'task and report events judged a second, one core',
    unit: '/s',
    value: Math.round((healthy.tasks + healthy.reports) / healthy.seconds),
  },
]
publish(
  'judgement',
  flags.date,
  { weeks, breaks: breaks.length, healthyTasks: healthy.tasks, healthyReports: healthy.reports },
  figures,
)
