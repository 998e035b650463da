import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { AnswerReader } from './answer-reader.ts'
import type { Answer } from './answer-reader.ts'

/** What became of a request: an answer, or the reason why there is none. */
export type Fate = Answer | Error

/** All connections read into the same bytes: a read is handled whole before the next one begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * One keep-alive connection with at most one request outstanding. Raw sockets, and one read buffer for all, because the
 * load generator shares the machine with what it measures: each microsecond it saves belongs to the server.
 */
export class Connection {
  /** When the outstanding request was, or should have been, sent; performance.now(). NaN: idle. */
  since = Number.NaN
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  readonly #onFate: (connection: Connection, fate: Fate) => void

  private constructor(socket: Socket, onFate: (connection: Connection, fate: Fate) => void) {
    this.#socket = socket
    this.#onFate = onFate
  }

  /** @param onFate called once for each request sent; after an Error the connection is dead */
  static open(port: number, onFate: (connection: Connection, fate: Fate) => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        noDelay: true,
        onread: {
          buffer: READ_BUFFER,
          callback: (length) => {
            connection.#read(length)
            return true
          },
        },
      })
      const connection = new Connection(socket, onFate)
      socket.once('connect', () => {
        socket.off('error', reject)
        socket.on('error', (error) => connection.#end(error))
        socket.on('close', () => connection.#end(new Error('connection closed by the server')))
        resolve(connection)
      })
      socket.once('error', reject)
    })
  }

  get idle(): boolean {
    return Number.isNaN(this.since)
  }

  get otherText(): string {
    return this.#reader.otherText
  }

  /** @param since where its latency is measured from: now, or the intended time of an open loop */
  send(bytes: Buffer, since: number): void {
    this.since = since
    this.#socket.write(bytes)
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(length: number): void {
    let fate: Fate | null
    try {
      fate = this.#reader.read(READ_BUFFER, length)
    } catch (error) {
      this.#end(error as Error)
      this.#socket.destroy()
      return
    }
    if (fate !== null) this.#onFate(this, fate)
  }

  #end(error: Error): void {
    if (!this.idle) this.#onFate(this, error)
  }
}
