import { connect, type Socket } from 'node:net'
import { StoreUnavailable } from '../../src/store/contract.ts'
import type { WireServerOptions } from './wire-server.ts'

/**
 * Golden transcripts: what goes over a connection, byte for byte.
 *
 *     # One report                  a scene; each has a server of its own
 *     % numericErrorIds             a setting of that server
 *     > POST /x HTTP/1.1            a line sent; CRLF is added
 *     >|{"clientKey":…}             bytes sent as they stand; \xNN, \r, \n, \\ are escapes
 *     < HTTP/1.1 200 OK             a line that must come back; CRLF is added. A Date's value is not compared
 *     <|{"errorId":0,…}             bytes that must come back; no escapes
 *     ! pause                       wait until the server has read what was sent
 *     ! abort                       the client resets the connection
 *     ! closed                      the server must close the connection here
 *     = recorded 1, malformed 2     outcomes counted in the whole scene
 *
 * `UPDATE_TRANSCRIPTS=1` writes what came back, and the outcomes, into the files, for a person to review; a `?` in a
 * request's Content-Length becomes the length of the `>|` that follows.
 */
export interface Scene {
  readonly title: string
  readonly settings: readonly string[]
  readonly steps: Step[]
  outcomes: string
}

export type Step =
  | { readonly kind: 'send' | 'expect'; readonly lines: readonly Line[] }
  | { readonly kind: 'pause' | 'abort' | 'closed' }

interface Line {
  readonly text: string
  /** Ends with CRLF. */
  readonly isWhole: boolean
}

export function parseTranscript(text: string): Scene[] {
  const scenes: Scene[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    if (line.startsWith('# ')) {
      scenes.push({ title: line.slice(2), settings: [], steps: [], outcomes: '' })
      continue
    }
    const scene = scenes.at(-1)
    if (scene === undefined) throw new Error(`line ${index + 1} stands before the first scene`)
    const mark = line[0]
    if (mark === '%') (scene.settings as string[]).push(line.slice(2))
    else if (mark === '=') scene.outcomes = line.slice(2)
    else if (mark === '!') scene.steps.push({ kind: line.slice(2) as 'pause' })
    else if (mark === '>' || mark === '<') addLine(scene, mark === '>' ? 'send' : 'expect', line)
    else throw new Error(`line ${index + 1} has no mark: ${line}`)
  }
  return scenes
}

function addLine(scene: Scene, kind: 'send' | 'expect', line: string): void {
  const last = scene.steps.at(-1)
  const isWhole = line[1] !== '|'
  const added: Line = { text: line.slice(2), isWhole }
  if (last?.kind === kind) (last.lines as Line[]).push(added)
  else scene.steps.push({ kind, lines: [added] } as Step)
}

/** The bytes of a step; CRLF after whole lines, escapes resolved in what is sent. */
export function bytesOf(lines: readonly Line[], kind: 'send' | 'expect'): Buffer {
  return Buffer.concat(
    lines.map(({ text, isWhole }) => {
      if (isWhole) return Buffer.from(`${text}\r\n`)
      return kind === 'send' ? unescapeBytes(text) : Buffer.from(text)
    }),
  )
}

function unescapeBytes(text: string): Buffer {
  const parts = text.split(/(\\x[0-9a-fA-F]{2}|\\[rn\\])/)
  return Buffer.concat(
    parts.map((part) => {
      if (part === '\\r') return Buffer.from('\r')
      if (part === '\\n') return Buffer.from('\n')
      if (part === '\\\\') return Buffer.from('\\')
      return part.startsWith('\\x') ? Buffer.from([Number.parseInt(part.slice(2), 16)]) : Buffer.from(part)
    }),
  )
}

const DATE = /Date: [A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/g

/** What came back, with every Date at its neutral value of the same length. */
export function neutral(text: string): string {
  return text.replace(DATE, 'Date: Thu, 01 Jan 1970 00:00:00 GMT')
}

/** Writes received bytes as the lines of a transcript. */
export function expectLines(received: string): string[] {
  const lines: string[] = []
  let rest = neutral(Buffer.from(received, 'latin1').toString())
  while (rest !== '') {
    const end = rest.indexOf('\r\n')
    if (end === -1) {
      // A body ends where the next status line begins.
      const next = rest.search(/(?<=\})HTTP\/1\.1 /)
      const body = next === -1 ? rest : rest.slice(0, next)
      lines.push(`<|${body}`)
      rest = rest.slice(body.length)
      continue
    }
    const line = rest.slice(0, end)
    const joined = line.search(/(?<=\})HTTP\/1\.1 /)
    if (joined !== -1) {
      lines.push(`<|${line.slice(0, joined)}`)
      rest = rest.slice(joined)
      continue
    }
    lines.push(line === '' ? '<' : `< ${line}`)
    rest = rest.slice(end + 2)
  }
  return lines
}

/** A client that sends and reads bytes, and knows nothing of HTTP. */
export class RawClient {
  readonly #socket: Socket
  #received = ''
  #closed = false
  #wake: (() => void) | null = null

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const changed = () => this.#wake?.()
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
      changed()
    })
    const ended = () => {
      this.#closed = true
      changed()
    }
    this.#socket.on('end', ended)
    this.#socket.on('close', ended)
    this.#socket.on('error', ended)
  }

  send(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) resolve()
      else this.#socket.write(bytes, () => resolve())
    })
  }

  abort(): void {
    this.#socket.resetAndDestroy()
  }

  /** Reads `length` bytes; fewer if the connection closes, or nothing comes for a while. */
  async read(length: number): Promise<string> {
    const deadline = performance.now() + 2_000
    while (this.#received.length < length && !this.#closed && performance.now() < deadline)
      await this.#wait(deadline)
    const read = this.#received.slice(0, length)
    this.#received = this.#received.slice(length)
    return read
  }

  /** Reads what comes until it is quiet for a moment; waits for at least `answersMin` answers, but not for ever. */
  async readQuiet(answersMin = 1): Promise<string> {
    const deadline = performance.now() + 3_000
    const isWaiting = () =>
      this.#received.split('HTTP/1.1 ').length <= answersMin && performance.now() < deadline
    let length = -1
    while (!this.#closed && (this.#received.length !== length || isWaiting())) {
      length = this.#received.length
      await this.#wait(performance.now() + 60)
    }
    return this.read(this.#received.length)
  }

  /** @returns what still came before the server closed the connection; null if it stays open */
  async readToClose(): Promise<string | null> {
    const deadline = performance.now() + 2_000
    while (!this.#closed && performance.now() < deadline) await this.#wait(deadline)
    return this.#closed ? this.#received : null
  }

  /** What came and was not read. */
  get left(): string {
    return this.#received
  }

  #wait(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - performance.now()))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** The settings that a transcript may name. */
export function optionsOf(settings: readonly string[]): WireServerOptions {
  return {
    intake: {
      numericErrorIds: settings.includes('numericErrorIds'),
      trustedProxies: settings.includes('trustedProxies') ? ['127.0.0.0/8'] : [],
    },
    store: { strictClass: settings.includes('strictClass') },
    ...(settings.includes('unavailable') ? { wrapStore: away } : {}),
  }
}

const away: NonNullable<WireServerOptions['wrapStore']> = (store) => ({
  ...store,
  recordReports: () => Promise.reject(new StoreUnavailable('the disk is full')),
})
