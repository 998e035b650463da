import { closeSync, mkdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Action } from '../../domain/action.ts'
import { toIso } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { ReportRecord } from '../../simulator/events.ts'
import type { Scenario } from '../../simulator/scenario.ts'
import { scenarioEvents } from '../../simulator/scenario.ts'
import { GzipLines, openNew } from './gzip-lines.ts'
import { startProgress } from './progress.ts'
import { describeTruth } from './truth-file.ts'

export interface HistoryCounts {
  readonly tasks: number
  readonly reports: number
  readonly actions: number
}

/**
 * Writes a scenario's records and its truth into a folder, as they come, so that memory does not grow with the history. Nothing is
 * written over; what is left of a failure is removed.
 * @throws Error naming the file that cannot be written or is there already
 */
export async function writeHistory(scenario: Scenario, seed: string, out: string): Promise<HistoryCounts> {
  makeFolder(out)
  const truthPath = join(out, 'truth.json')
  writeNew(truthPath, `${JSON.stringify(describeTruth(scenario, seed), null, 2)}\n`)
  try {
    return await writeRecords(scenario, out)
  } catch (error) {
    rmSync(truthPath, { force: true })
    throw error
  }
}

async function writeRecords(scenario: Scenario, out: string): Promise<HistoryCounts> {
  const from = scenario.world.settings.startAt
  const progress = startProgress(`simulating ${scenario.name}`, scenario.until - from)
  const files: GzipLines[] = []
  const open = (name: string): GzipLines => {
    const file = new GzipLines(join(out, name))
    files.push(file)
    return file
  }
  let at = from
  try {
    const tasks = open('tasks.ndjson.gz')
    const reports = open('reports.ndjson.gz')
    const actions = open('actions.ndjson.gz')
    for (const event of scenarioEvents(scenario)) {
      const file = event.kind === 'task' ? tasks : event.kind === 'report' ? reports : actions
      const line =
        event.kind === 'task'
          ? taskLine(event.record)
          : event.kind === 'report'
            ? reportLine(event.record)
            : actionLine(event.action)
      if (!file.add(line)) {
        await file.drained()
        progress.advance(event.at - at)
        at = event.at
      }
    }
    await Promise.all(files.map((file) => file.end()))
    return { tasks: tasks.lines, reports: reports.lines, actions: actions.lines }
  } catch (error) {
    for (const file of files) file.discard()
    throw error
  } finally {
    progress.end()
  }
}

function writeNew(path: string, text: string): void {
  const file = openNew(path)
  try {
    writeSync(file, text)
  } finally {
    closeSync(file)
  }
}

function makeFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true })
  } catch (error) {
    throw new Error(`${out}: cannot be made (${(error as NodeJS.ErrnoException).code})`, { cause: error })
  }
}

/** What is null or empty is left out: the record says it by saying nothing. */
function taskLine({ solvedAt, issuedAt, labels, ...rest }: TaskRecord): string {
  return JSON.stringify({
    ...rest,
    ...(labels !== undefined && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(solvedAt === null ? {} : { solvedAt: toIso(solvedAt) }),
    ...(issuedAt === null ? {} : { issuedAt: toIso(issuedAt) }),
  })
}

function reportLine(record: ReportRecord): string {
  return JSON.stringify({ ...record, reportedAt: toIso(record.reportedAt) })
}

function actionLine(action: Action): string {
  return JSON.stringify({ ...action, at: toIso(action.at) })
}
