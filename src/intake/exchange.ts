import type { TaskId } from '../domain/task-id.ts'
import type { WireAnswer } from '../protocol/wire-answer.ts'
import type { WireRoute } from '../protocol/wire.ts'

/**
 * One request on a path of the customers' side, from its head to its one end, whichever door it came in by.
 *
 * It must be `settled` exactly once: a second time throws, and the intake counts those that are open.
 */
export abstract class Exchange {
  readonly route: WireRoute
  /** performance.now() at its head. */
  readonly startedMs: number
  /** As sent, suffix cut; empty until the body was read. */
  key = ''
  taskId: TaskId | null = null
  #settled = false

  constructor(route: WireRoute, startedMs: number) {
    this.route = route
    this.startedMs = startedMs
  }

  get isReport(): boolean {
    return this.route.kind === 'report'
  }

  get isSettled(): boolean {
    return this.#settled
  }

  /**
   * The one end. @throws Error on the second call: an answer, or an outcome, too many is a bug of ours.
   */
  settle(): void {
    if (this.#settled) throw new Error(`a request on ${this.route.path} was settled twice`)
    this.#settled = true
  }

  abstract get contentEncoding(): string | undefined
  abstract get forwardedFor(): string | string[] | undefined
  abstract get remoteAddress(): string | undefined

  /** Writes the answer, unless nobody listens any more. @param isLast end the connection after it */
  abstract send(answer: WireAnswer, isLast: boolean): void

  /** Ends the connection without an answer, after a fault of ours. */
  abstract abandon(): void
}
