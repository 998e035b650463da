import { setTimeout as sleep } from 'node:timers/promises'
import { taskClassOf } from '../../domain/task-class.ts'
import type { ReportEvent } from '../../simulator/events.ts'
import type { HttpCaller } from './http-caller.ts'

/** What became of the reports, as the customers were told. */
export interface ReportTally {
  accepted: number
  /** By the error code of the answer. */
  readonly refused: Map<string, number>
  /** Answers that asked for another try. */
  retried: number
}

/** How often a customer tries again when the server cannot store, and how long it waits. */
const TRIES_MAX = 5
const RETRY_AFTER_MS = 200

/** The simulated customers: each reports with its own key, on the path its client library would take. */
export class Customers {
  readonly #http: HttpCaller
  readonly #keys: ReadonlyMap<string, string>
  readonly #atOnceMax: number
  readonly tally: ReportTally = { accepted: 0, refused: new Map(), retried: 0 }

  constructor(http: HttpCaller, keys: ReadonlyMap<string, string>, atOnceMax: number) {
    this.#http = http
    this.#keys = keys
    this.#atOnceMax = atOnceMax
  }

  /** Sends reports in their order, several under way at a time; done when all are answered. */
  async send(reports: readonly ReportEvent[]): Promise<void> {
    let next = 0
    const worker = async (): Promise<void> => {
      for (let report = reports[next++]; report !== undefined; report = reports[next++])
        await this.#report(report)
    }
    await Promise.all(Array.from({ length: Math.min(this.#atOnceMax, reports.length) }, worker))
  }

  async #report(event: ReportEvent): Promise<void> {
    const clientKey = this.#keys.get(event.record.account)
    if (clientKey === undefined) throw new RangeError(`no key for account ${event.record.account}`)
    const body = JSON.stringify({ clientKey, taskId: event.record.taskId })
    for (let tries = 1; ; tries++) {
      const reply = await this.#http.call('POST', pathOf(event), JSON_BODY, body)
      const answer = reply.body as { errorId: number; errorCode?: string }
      if (reply.status === 503 && tries < TRIES_MAX) {
        this.tally.retried++
        await sleep(RETRY_AFTER_MS)
        continue
      }
      if (reply.status === 200 && answer.errorId === 0) this.tally.accepted++
      else {
        const code = answer.errorCode ?? `status ${reply.status}`
        this.tally.refused.set(code, (this.tally.refused.get(code) ?? 0) + 1)
      }
      return
    }
  }
}

const JSON_BODY = { 'content-type': 'application/json' }

function pathOf({ record, task }: ReportEvent): string {
  if (record.claim === 'good') return '/reportCorrectRecaptcha'
  const image = taskClassOf(task.type, new Map()) === 'image'
  return image ? '/reportIncorrectImageCaptcha' : '/reportIncorrectTokenCaptcha'
}
