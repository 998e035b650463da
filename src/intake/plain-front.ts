import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock, DurationMs } from '../domain/instant.ts'
import type { WireAnswer } from '../protocol/wire-answer.ts'
import { SUCCESS } from '../protocol/wire-answer.ts'
import type { PlainHead } from './plain-head.ts'
import { PlainHeads } from './plain-head.ts'

/**
 * A way in beside node:http for the one kind of request that nearly all are: a plain POST on a report path that arrives whole, in one
 * piece. node:http spends most of a report's time on generality that such a request does not need.
 *
 * It takes the server's connections first. As long as each piece of bytes that comes is exactly one plain request
 * (plain-head.ts), it answers; the first time one is anything else (another path or method, chunked, pipelined, cut in two,
 * a field too many), the connection is handed to node:http, bytes unread, for good. So there is one parser with opinions
 * on HTTP, node's, and this one, which has none: what it takes has one reading only.
 */
export interface PlainHandler {
  /** A request that is complete. `connection.answer` must be called exactly once. */
  plainRequest(connection: PlainConnection, head: PlainHead, body: Buffer): void
}

export interface PlainFront {
  readonly stats: { readonly connections: number; readonly answered: number; readonly handedOver: number }
  /** Ends connections at rest, and the others after their answer. */
  close(): void
}

type ConnectionListener = (this: Server, socket: Socket) => void

const HEAD_END = Buffer.from('\r\n\r\n')

/** Whether a longer head is too long is for node:http to say, which has a setting for it. */
const PLAIN_HEAD_BYTES_MAX = 2_048

const CONNECTION = Symbol('connection')
interface PlainSocket extends Socket {
  [CONNECTION]?: PlainConnection
}

/**
 * Puts the front before node:http on `server`.
 * @param idleMs connections at rest for so long are ended; also told to clients
 */
export function installPlainFront(
  server: Server,
  handler: PlainHandler,
  clock: Clock,
  idleMs: DurationMs,
): PlainFront {
  const behind = server.listeners('connection') as ConnectionListener[]
  server.removeAllListeners('connection')
  const front = new Front(handler, clock, idleMs, (socket) => {
    for (const listener of behind) listener.call(server, socket)
  })
  server.on('connection', (socket: Socket) => front.take(socket))
  return front
}

class Front implements PlainFront {
  readonly handler: PlainHandler
  readonly heads = new PlainHeads()
  readonly connections = new Set<PlainConnection>()
  readonly stats = { connections: 0, answered: 0, handedOver: 0 }
  readonly giveToNode: (socket: Socket) => void
  closing = false
  readonly #clock: Clock
  readonly #idleMs: DurationMs
  #second = -1
  #tail = ''
  #lastAnswer: WireAnswer | null = null
  #lastText = ''

  constructor(handler: PlainHandler, clock: Clock, idleMs: DurationMs, giveToNode: (socket: Socket) => void) {
    this.handler = handler
    this.#clock = clock
    this.#idleMs = idleMs
    this.giveToNode = giveToNode
  }

  take(socket: PlainSocket): void {
    const connection = new PlainConnection(this, socket)
    socket[CONNECTION] = connection
    this.connections.add(connection)
    this.stats.connections++
    socket.setTimeout(this.#idleMs)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('timeout', onTimeout)
    socket.on('error', onError)
    socket.on('close', onClose)
  }

  /** Head and body as text, the same bytes that node:http would write. The usual answer is made once a second. */
  render(answer: WireAnswer): string {
    const second = Math.floor(this.#clock.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#lastAnswer = null
      const date = new Date(second * 1000).toUTCString()
      this.#tail = `Date: ${date}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(this.#idleMs / 1000)}\r\n\r\n`
    }
    if (answer === this.#lastAnswer) return this.#lastText
    let text = `HTTP/1.1 ${answer.httpStatus} ${REASONS[answer.httpStatus] ?? ''}\r\n`
    for (let i = 0; i < answer.headers.length; i += 2)
      text += `${answer.headers[i]}: ${answer.headers[i + 1]}\r\n`
    text += this.#tail + answer.body
    this.#lastAnswer = answer
    this.#lastText = text
    return text
  }

  close(): void {
    this.closing = true
    for (const connection of this.connections) connection.endIfIdle()
  }
}

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 503: 'Service Unavailable' }

/** One connection as long as it is plain: at rest, or with one request that waits for its answer. */
export class PlainConnection {
  readonly #front: Front
  readonly #socket: PlainSocket
  #busy = false
  /** What came while a request waited: a pipelining client's next ones. */
  #held: Buffer | null = null
  #ended = false

  constructor(front: Front, socket: PlainSocket) {
    this.#front = front
    this.#socket = socket
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  /** Writes the answer to the request that waits. */
  answer(answer: WireAnswer, isLast: boolean): void {
    this.#busy = false
    const socket = this.#socket
    if (socket.destroyed) return
    this.#front.stats.answered++
    if (isLast || this.#front.closing || this.#ended) {
      const text = this.#front
        .render(answer)
        .replace(/Connection: keep-alive\r\nKeep-Alive: [^\r]*/, 'Connection: close')
      socket.end(text)
      // While closing, a client that keeps its half open must not keep us.
      if (this.#front.closing) socket.destroySoon()
      return
    }
    // The usual answer is ASCII, which Node writes with less ado.
    socket.write(this.#front.render(answer), answer === SUCCESS ? 'latin1' : 'utf8')
    const held = this.#held
    if (held === null) return
    this.#held = null
    socket.resume()
    this.data(held)
  }

  data(piece: Buffer): void {
    if (this.#busy) {
      // The answer comes first; until then the client is not read any further.
      this.#held = this.#held === null ? piece : Buffer.concat([this.#held, piece])
      this.#socket.pause()
      return
    }
    const headEnd = piece.indexOf(HEAD_END)
    const isPlain = headEnd >= 0 && headEnd <= PLAIN_HEAD_BYTES_MAX
    const head = isPlain ? this.#front.heads.read(piece.toString('latin1', 0, headEnd)) : null
    const bodyStart = headEnd + HEAD_END.length
    if (head === null || piece.length !== bodyStart + head.contentLength) return this.#handOver(piece)
    this.#busy = true
    this.#front.handler.plainRequest(this, head, piece.subarray(bodyStart))
  }

  abandon(): void {
    this.#socket.destroy()
  }

  /** The client has said its last word; it may still wait for an answer. */
  end(): void {
    this.#ended = true
    if (!this.#busy) this.#socket.end()
  }

  endIfIdle(): void {
    if (!this.#busy) this.#socket.destroy()
  }

  timeout(): void {
    if (!this.#busy) this.#socket.destroy()
  }

  closed(): void {
    this.#front.connections.delete(this)
  }

  #handOver(piece: Buffer): void {
    const socket = this.#socket
    this.#front.stats.handedOver++
    this.#front.connections.delete(this)
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.off('timeout', onTimeout)
    socket.off('error', onError)
    socket.off('close', onClose)
    delete socket[CONNECTION]
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(piece)
    this.#front.giveToNode(socket)
    socket.resume()
  }
}

// Shared by all connections: a connection costs one object and no closures.

function onData(this: PlainSocket, piece: Buffer): void {
  this[CONNECTION]?.data(piece)
}

function onEnd(this: PlainSocket): void {
  this[CONNECTION]?.end()
}

function onTimeout(this: PlainSocket): void {
  this[CONNECTION]?.timeout()
}

/** A connection that broke: `close` follows. A report that was read goes on to the disk all the same. */
function onError(this: PlainSocket): void {
  this.destroy()
}

function onClose(this: PlainSocket): void {
  this[CONNECTION]?.closed()
}
