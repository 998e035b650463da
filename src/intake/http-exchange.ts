import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WireAnswer } from '../protocol/wire-answer.ts'
import { lastOnConnection } from '../protocol/wire-answer.ts'
import type { WireRoute } from '../protocol/wire.ts'
import { Exchange } from './exchange.ts'

/** Told how a request's body ended. */
export interface BodyListener {
  /** All of it is here. */
  body(exchange: HttpExchange, bytes: Buffer): void
  /** More than the limit was sent. */
  oversize(exchange: HttpExchange): void
  /** The connection gave out before the body was complete. */
  aborted(exchange: HttpExchange): void
}

export interface BodyLimits {
  /** Most bytes a body may have. */
  readonly bodyBytesMax: number
  /** Bytes of a larger body that are read and thrown away, so that its sender gets to hear the answer. */
  readonly drainedBytesMax: number
}

/** A report is under 200 bytes; what is more is extras of a client. */
export const BODY_LIMITS: BodyLimits = { bodyBytesMax: 16 * 1024, drainedBytesMax: 1024 * 1024 }

const EXCHANGE = Symbol('exchange')
interface LinkedRequest extends IncomingMessage {
  [EXCHANGE]: HttpExchange
}

const NOTHING = Buffer.alloc(0)

/**
 * A request that node:http read. The listeners of its body are three shared functions that find their exchange on the
 * request, so that a request allocates one object and no closures.
 */
export class HttpExchange extends Exchange {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  #listener: BodyListener | null = null
  #limits = BODY_LIMITS
  #bodyEnded = false
  #bytes = 0
  #first: Buffer | null = null
  #rest: Buffer[] | null = null

  constructor(req: IncomingMessage, res: ServerResponse, route: WireRoute, startedMs: number) {
    super(route, startedMs)
    this.#req = req
    this.#res = res
  }

  get contentEncoding(): string | undefined {
    return this.#req.headers['content-encoding']
  }

  get forwardedFor(): string | string[] | undefined {
    return this.#req.headers['x-forwarded-for']
  }

  get remoteAddress(): string | undefined {
    return this.#req.socket.remoteAddress
  }

  /** Reads the body; exactly one method of `listener` is called, once. */
  readBody(listener: BodyListener, limits: BodyLimits): void {
    this.#listener = listener
    this.#limits = limits
    const req = this.#req as LinkedRequest
    req[EXCHANGE] = this
    req.on('data', onData)
    req.on('end', onEnd)
    req.on('error', onError)
  }

  /** Writes the answer, unless nobody listens any more. */
  override send(answer: WireAnswer, isLast: boolean): void {
    if (this.#res.destroyed) return
    // After a body that was not read to its end nobody could say where the next request begins.
    const { httpStatus, headers, body } = isLast || !this.#isBodyRead ? lastOnConnection(answer) : answer
    this.#res.writeHead(httpStatus, headers as string[])
    this.#res.end(body)
  }

  chunk(chunk: Buffer): void {
    if (this.#bodyEnded) return
    this.#bytes += chunk.length
    if (this.#bytes <= this.#limits.bodyBytesMax) {
      // Nearly every body comes in one piece.
      if (this.#first === null) this.#first = chunk
      else (this.#rest ??= []).push(chunk)
      return
    }
    this.#first = null
    this.#rest = null
    if (this.#bytes > this.#limits.drainedBytesMax) this.end()
  }

  end(): void {
    if (this.#bodyEnded) return
    this.#bodyEnded = true
    const first = this.#first ?? NOTHING
    if (this.#bytes > this.#limits.bodyBytesMax) this.#listener?.oversize(this)
    else this.#listener?.body(this, this.#rest === null ? first : Buffer.concat([first, ...this.#rest]))
    this.#first = null
    this.#rest = null
  }

  /** An error after the end of the body is the client hanging up before its answer: its report goes on. */
  fail(): void {
    if (this.#bodyEnded) return
    this.#bodyEnded = true
    this.#listener?.aborted(this)
  }

  override abandon(): void {
    if (!this.#res.writableEnded) this.#res.destroy()
  }

  get #isBodyRead(): boolean {
    return this.#bytes <= this.#limits.drainedBytesMax
  }
}

function onData(this: IncomingMessage, chunk: Buffer): void {
  ;(this as LinkedRequest)[EXCHANGE].chunk(chunk)
}

function onEnd(this: IncomingMessage): void {
  ;(this as LinkedRequest)[EXCHANGE].end()
}

function onError(this: IncomingMessage): void {
  ;(this as LinkedRequest)[EXCHANGE].fail()
}
