import type { WireRoute } from '../protocol/wire.ts'
import { WIRE_ROUTES } from '../protocol/wire.ts'

/** What intake needs of the head of a request that leaves no room for two readings. */
export interface PlainHead {
  readonly route: WireRoute
  readonly contentLength: number
  readonly contentEncoding: string | undefined
  readonly forwardedFor: string | undefined
}

const POST_LINE: ReadonlyMap<string, WireRoute> = new Map(
  WIRE_ROUTES.map((route) => [`POST ${route.path} HTTP/1.1`, route]),
)

// A field as RFC 9112 has it: a token, a colon at once, then visible ASCII, spaces and tabs. Nothing folded, nothing of obs-text.
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?[ \t]*$/

const DIGITS = /^\d{1,5}$/

/** More fields than any client sends; a longer head is for node:http. */
const FIELDS_MAX = 40

/**
 * Fields that change how a message is framed, ended or continued, or that intake's own rules speak of. Their presence makes a request
 * anything but plain.
 */
const NOT_PLAIN = new Set([
  'transfer-encoding',
  'trailer',
  'te',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
  'keep-alive',
])

/**
 * Reads the head of a plain request: `POST` on one of our paths, HTTP/1.1, one `Host`, one `Content-Length`, nothing that frames or
 * continues the message in another way.
 *
 * Whatever else comes, however harmless, is null and goes to node:http. This is what makes a reader of one's own safe beside a gateway:
 * it never has an opinion on a message that somebody could read differently.
 *
 * @param head from the first byte up to, not including, the empty line
 */
export function readPlainHead(head: string): PlainHead | null {
  const lines = head.split('\r\n')
  const route = POST_LINE.get(lines[0] as string)
  if (route === undefined || lines.length > FIELDS_MAX) return null
  let hosts = 0
  let contentLength: number | null = null
  let contentEncoding: string | undefined
  let forwardedFor: string | undefined
  for (let i = 1; i < lines.length; i++) {
    const field = FIELD.exec(lines[i] as string)
    if (field === null) return null
    const name = (field[1] as string).toLowerCase()
    const value = field[2] ?? ''
    if (NOT_PLAIN.has(name)) return null
    if (name === 'host') hosts++
    else if (name === 'content-length') {
      if (contentLength !== null || !DIGITS.test(value)) return null
      contentLength = Number(value)
    } else if (name === 'connection') {
      if (value.toLowerCase() !== 'keep-alive') return null
    } else if (name === 'content-encoding') {
      if (contentEncoding !== undefined) return null
      contentEncoding = value
    } else if (name === 'x-forwarded-for') {
      if (forwardedFor !== undefined) return null
      forwardedFor = value
    }
  }
  return hosts === 1 && contentLength !== null
    ? { route, contentLength, contentEncoding, forwardedFor }
    : null
}

/** Heads remembered: a client sends the same one again and again, but for the length. */
const HEADS_MAX = 4_096
/** A head longer than this is read each time: remembering it would let strangers fill memory. */
const HEAD_LENGTH_MAX = 1_024

/** Remembers what heads meant, so that the strict reading is done once for each head and not for each request. */
export class PlainHeads {
  #known = new Map<string, PlainHead | null>()

  read(head: string): PlainHead | null {
    const known = this.#known.get(head)
    if (known !== undefined) return known
    const plain = readPlainHead(head)
    if (head.length > HEAD_LENGTH_MAX) return plain
    // Forgetting all at once is as good as any order here: the few heads in use are back after one request each.
    if (this.#known.size >= HEADS_MAX) this.#known = new Map()
    this.#known.set(head, plain)
    return plain
  }
}
