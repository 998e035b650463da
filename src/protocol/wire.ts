import { isUtf8 } from 'node:buffer'
import type { Claim, PathClass } from '../domain/report.ts'
import type { RefusalFacts } from './errors.ts'
import { jsonKind } from './errors.ts'

/**
 * The customers' wire as it comes in: which path says what, and what a body holds. docs/protocol.md is its text for
 * people; test/protocol/transcripts holds it byte for byte.
 */

/** A path on which a report comes in: what its claim is, and which class of task it speaks of. */
export interface ReportRoute {
  readonly kind: 'report'
  readonly path: string
  readonly claim: Claim
  readonly pathClass: PathClass
}

/** The path on which a customer asks what became of a report. Not a report path: it has no outcome. */
export interface StatusRoute {
  readonly kind: 'status'
  readonly path: string
}

export type WireRoute = ReportRoute | StatusRoute

const report = (path: string, claim: Claim, pathClass: PathClass): ReportRoute => ({
  kind: 'report',
  path,
  claim,
  pathClass,
})

/** All paths of the customers' side. They stand at the root: clients drop any path of the configured server URL. */
export const WIRE_ROUTES: readonly WireRoute[] = [
  report('/reportIncorrectImageCaptcha', 'bad', 'image'),
  report('/reportIncorrectTokenCaptcha', 'bad', 'token'),
  report('/reportIncorrectRecaptcha', 'bad', 'token'),
  report('/reportIncorrectHcaptcha', 'bad', 'token'),
  report('/reportCorrectRecaptcha', 'good', 'token'),
  { kind: 'status', path: '/getReportStatus' },
]

const ROUTE_BY_PATH: ReadonlyMap<string, WireRoute> = new Map(WIRE_ROUTES.map((route) => [route.path, route]))

/** `http://host`, as a client sends it that takes this server for its proxy. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i

/**
 * Finds the route of a request target. The plain path, which nearly every request has, costs one look-up.
 *
 * Tolerated: a query (ignored), one trailing slash, the absolute form. Not tolerated, as in the field: other case,
 * percent-encoding, any prefix.
 * @returns null if it is no path of the customers' side
 */
export function routeOf(target: string): WireRoute | null {
  const route = ROUTE_BY_PATH.get(target)
  if (route !== undefined) return route
  let path = target.replace(ABSOLUTE_FORM, '')
  const query = path.search(/[?#]/)
  if (query !== -1) path = path.slice(0, query)
  if (path.endsWith('/')) path = path.slice(0, -1)
  return ROUTE_BY_PATH.get(path) ?? null
}

/** The fields that are read. All others are ignored, and never kept. */
export interface WireBody {
  readonly clientKey?: unknown
  readonly taskId?: unknown
  readonly softId?: unknown
  readonly soft_id?: unknown
}

/** Why bytes are no body: a cause of the error table, with the facts of its description. */
export class BodyProblem {
  readonly cause: 'body-not-json' | 'body-not-object'
  readonly facts: RefusalFacts
  constructor(cause: 'body-not-json' | 'body-not-object', facts: RefusalFacts) {
    this.cause = cause
    this.facts = facts
  }
}

/**
 * Reads a body as JSON, whatever its Content-Type says: clients send `text/plain`, a form's type or none at all.
 *
 * JSON as JavaScript reads it: of a name given twice the last counts, `1e3` is 1000, `__proto__` is a name like any
 * other. A byte order mark is skipped. Bytes that are not UTF-8 are refused rather than repaired, since a repaired key
 * or id is another one.
 */
export function readBody(bytes: Buffer, contentEncoding: string | undefined): WireBody | BodyProblem {
  if (bytes.length === 0) return new BodyProblem('body-not-json', { kind: 'empty' })
  if (!isUtf8(bytes)) return notJson('not UTF-8', contentEncoding)
  let text = bytes.toString('utf8')
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return notJson('not JSON', contentEncoding)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new BodyProblem('body-not-object', { kind: jsonKind(value) })
  return value
}

const BYTE_ORDER_MARK = 0xfeff

/** A compressed body is not UTF-8 or not JSON; then the description should say so rather than wonder. */
function notJson(kind: string, contentEncoding: string | undefined): BodyProblem {
  return new BodyProblem(
    'body-not-json',
    contentEncoding === undefined ? { kind } : { kind, encoding: contentEncoding },
  )
}

/**
 * The key without the suffixes some clients append to it (`KEY__nocache`, `KEY__recognizingthreshold_70`): everything
 * before the first double underscore, which no key contains.
 * @returns null if there is none
 */
export function clientKeyOf(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const cut = value.indexOf('__')
  const key = cut === -1 ? value : value.slice(0, cut)
  return key === '' ? null : key
}

/** The one extra that is kept: the number of the software that reports. @returns null if absent or no number */
export function softIdOf(body: WireBody): number | null {
  const value = body.softId ?? body.soft_id
  if (value === undefined) return null
  const id = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 && id <= SOFT_ID_MAX ? id : null
}

/** Room for every id seen in the field, and no more: the store keeps it in 32 bits. */
const SOFT_ID_MAX = 0x7fffffff
