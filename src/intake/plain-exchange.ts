import type { WireAnswer } from '../protocol/wire-answer.ts'
import { Exchange } from './exchange.ts'
import type { PlainConnection } from './plain-front.ts'
import type { PlainHead } from './plain-head.ts'

/** A request that came in by the plain front: complete from the start. */
export class PlainExchange extends Exchange {
  readonly #connection: PlainConnection
  readonly #head: PlainHead

  constructor(connection: PlainConnection, head: PlainHead, startedMs: number) {
    super(head.route, startedMs)
    this.#connection = connection
    this.#head = head
  }

  get contentEncoding(): string | undefined {
    return this.#head.contentEncoding
  }

  get forwardedFor(): string | undefined {
    return this.#head.forwardedFor
  }

  get remoteAddress(): string | undefined {
    return this.#connection.remoteAddress
  }

  override send(answer: WireAnswer, isLast: boolean): void {
    this.#connection.answer(answer, isLast)
  }

  override abandon(): void {
    this.#connection.abandon()
  }
}
