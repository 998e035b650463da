import type { DurationMs } from '../domain/instant.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/instant.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { TaskId } from '../domain/task-id.ts'

/**
 * What a description may be built from. Only ever the sender's own words and settings of the installation: nothing of
 * another customer can get in, because there is no field for it.
 */
export interface RefusalFacts {
  /** The HTTP method as sent. */
  readonly method?: string
  /** What kind of JSON the body was, e.g. `an array`. */
  readonly kind?: string
  /** Most bytes a body may have. */
  readonly bodyBytesMax?: number
  /** The Content-Encoding as sent, if any. */
  readonly encoding?: string
  /** The key as sent, suffix cut; shown by its last 4 characters, see `showKey`. */
  readonly key?: string
  /** The client's own address. */
  readonly address?: string
  /** The id as parsed. */
  readonly taskId?: TaskId
  /** What was sent as an id and is none. */
  readonly sentId?: unknown
  /** How long after its solution a task can be reported. */
  readonly windowMs?: DurationMs
  /** What the path speaks of, where the task is of the other class. */
  readonly pathClass?: string
}

/** How a refusal is logged: `debug` is a client's mistake, `warn` deserves a look, `error` is ours. */
export type RefusalLogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface RefusalRow {
  /** One cause, one row: several causes share an errorCode, and the description tells them apart. */
  readonly cause: string
  readonly errorCode: string
  /** `errorId` under ASSAY_NUMERIC_ERROR_IDS; otherwise every refusal has 1. 1 too where the number list has no entry. */
  readonly numericErrorId: 1 | 11 | 14 | 16 | 21 | 110
  readonly httpStatus: 200 | 404 | 405 | 503
  /** May the very same request succeed later? */
  readonly retryable: boolean
  readonly logLevel: RefusalLogLevel
  /** How it is counted on a report path; null where it cannot happen on one. */
  readonly outcome: Outcome | null
  /** What went wrong, for docs/protocol.md. */
  readonly meaning: string
  /** `errorDescription`: names the cause to the developer who reads it. */
  readonly describe: (facts: RefusalFacts) => string
}

/**
 * Every refusal of the report paths, in order of precedence: of two that apply, the earlier is the answer.
 * The last three stand apart: `too-many-requests` and `address-banned` only ever replace `key-*`, `id-*` and an
 * unknown task that was not parked; `unavailable` takes the place of what the store would have said.
 *
 * docs/protocol.md shows this table, and a test compares the two.
 */
export const REFUSALS = [
  {
    cause: 'path',
    errorCode: 'ERROR_NO_SUCH_METHOD',
    numericErrorId: 14,
    httpStatus: 404,
    retryable: false,
    logLevel: 'debug',
    outcome: null,
    meaning: 'no such path',
    describe: () =>
      'no such method: paths are case-sensitive and stand at the root, for example /reportIncorrectTokenCaptcha',
  },
  {
    cause: 'method',
    errorCode: 'ERROR_NO_SUCH_METHOD',
    numericErrorId: 14,
    httpStatus: 405,
    retryable: false,
    logLevel: 'debug',
    outcome: 'method',
    meaning: 'any HTTP method but POST; the answer carries `Allow: POST`',
    describe: ({ method }) =>
      `${method} is not accepted here: send POST with the JSON body {"clientKey":"...","taskId":7654321}`,
  },
  {
    cause: 'body-too-large',
    errorCode: 'ERROR_BAD_PARAMETERS',
    numericErrorId: 110,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'malformed',
    meaning: 'body over the limit',
    describe: ({ bodyBytesMax }) =>
      `the body is larger than ${bodyBytesMax} bytes; a report is {"clientKey":"...","taskId":7654321}`,
  },
  {
    cause: 'body-not-json',
    errorCode: 'ERROR_BAD_PARAMETERS',
    numericErrorId: 110,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'malformed',
    meaning: 'body empty, compressed, not UTF-8 or not JSON',
    describe: ({ kind, encoding }) =>
      `the body is ${kind}${encoding === undefined ? '' : ` (Content-Encoding: ${brief(encoding)} is not supported here)`}` +
      '; send the JSON object {"clientKey":"...","taskId":7654321}',
  },
  {
    cause: 'body-not-object',
    errorCode: 'ERROR_BAD_PARAMETERS',
    numericErrorId: 110,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'malformed',
    meaning: 'body is JSON but not an object',
    describe: ({ kind }) => `the body is ${kind}, not the JSON object {"clientKey":"...","taskId":7654321}`,
  },
  {
    cause: 'key-missing',
    errorCode: 'ERROR_KEY_DOES_NOT_EXIST',
    numericErrorId: 1,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'bad-key',
    meaning: '`clientKey` missing, empty or not a string',
    describe: () => 'clientKey is missing, empty or not a string',
  },
  {
    cause: 'key-unknown',
    errorCode: 'ERROR_KEY_DOES_NOT_EXIST',
    numericErrorId: 1,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'bad-key',
    meaning: '`clientKey` unknown or revoked',
    describe: ({ key }) => `the key ${showKey(key ?? '')} is unknown or was revoked`,
  },
  {
    cause: 'address-refused',
    errorCode: 'ERROR_IP_NOT_ALLOWED',
    numericErrorId: 11,
    httpStatus: 200,
    retryable: false,
    logLevel: 'info',
    outcome: 'ip-refused',
    meaning: "the client's address is not on its account's own list",
    describe: ({ key, address }) =>
      `the address ${address} is not on the list of addresses that the account of the key ${showKey(key ?? '')} may use`,
  },
  {
    cause: 'id-missing',
    errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    numericErrorId: 16,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'unknown-task',
    meaning: '`taskId` missing or null',
    describe: () => 'taskId is missing',
  },
  {
    cause: 'id-bad',
    errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    numericErrorId: 16,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'unknown-task',
    meaning: '`taskId` is no id: zero, signed, fractional, unsafe, over 64 characters, or of another type',
    describe: ({ sentId }) =>
      `taskId ${showSent(sentId)} is no task id: it is an integer from 1 to 9007199254740991, or a string of at most 64 characters`,
  },
  {
    cause: 'task-unknown',
    errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    numericErrorId: 16,
    httpStatus: 200,
    retryable: true,
    logLevel: 'debug',
    outcome: 'unknown-task',
    meaning: "no such task, or another customer's: the two are answered with the same bytes",
    describe: ({ taskId, key }) =>
      `no task ${showId(taskId)} is known for the key ${showKey(key ?? '')}: check the id, and that a key of the same account created it`,
  },
  {
    cause: 'not-ready',
    errorCode: 'CAPTCHA_NOT_READY',
    numericErrorId: 1,
    httpStatus: 200,
    retryable: true,
    logLevel: 'debug',
    outcome: 'not-ready',
    meaning: 'the task is still in process',
    describe: ({ taskId }) => `task ${showId(taskId)} is still in process: nothing was issued yet`,
  },
  {
    cause: 'failed',
    errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    numericErrorId: 16,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'failed',
    meaning: 'the task failed: nothing was issued that could be reported',
    describe: ({ taskId }) =>
      `task ${showId(taskId)} failed: no solution was issued, so there is none to report`,
  },
  {
    cause: 'late',
    errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    numericErrorId: 16,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'late',
    meaning: 'a first or changed claim after the report window',
    describe: ({ taskId, windowMs }) =>
      `task ${showId(taskId)} has expired: a report is accepted up to ${showDuration(windowMs ?? 0)} after the solution`,
  },
  {
    cause: 'class',
    errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    numericErrorId: 16,
    httpStatus: 200,
    retryable: false,
    logLevel: 'debug',
    outcome: 'unknown-task',
    meaning: 'only under ASSAY_STRICT_CLASS: an image task on a token path, or the reverse',
    describe: ({ taskId, pathClass }) =>
      `task ${showId(taskId)} is not of the ${pathClass} class: report it on the path of its own class`,
  },
  {
    cause: 'too-many-requests',
    errorCode: 'ERROR_TOO_MUCH_REQUESTS',
    numericErrorId: 1,
    httpStatus: 200,
    retryable: true,
    logLevel: 'info',
    outcome: 'throttled',
    meaning:
      'too many wrong keys or ids in a minute from this address; a right key with a right id still gets through',
    describe: ({ address }) =>
      `too many wrong keys or task ids from ${address}: wait a minute; right keys with right ids still get through`,
  },
  {
    cause: 'address-banned',
    errorCode: 'ERROR_IP_BANNED',
    numericErrorId: 21,
    httpStatus: 200,
    retryable: true,
    logLevel: 'warn',
    outcome: 'throttled',
    meaning:
      'so many in ten minutes that wrong keys and ids from this address are banned for ten more; a right key with a right id still gets through',
    describe: ({ address }) =>
      `far too many wrong keys or task ids from ${address}: wait ten minutes; right keys with right ids still get through`,
  },
  {
    cause: 'unavailable',
    errorCode: 'ERROR_SERVICE_UNAVAILABLE',
    numericErrorId: 1,
    httpStatus: 503,
    retryable: true,
    logLevel: 'error',
    outcome: 'unavailable',
    meaning: 'the report cannot be stored now; sending it again is right and never counts twice',
    describe: () => 'the report could not be stored just now: send it again, it never counts twice',
  },
] as const satisfies readonly RefusalRow[]

export type RefusalCause = (typeof REFUSALS)[number]['cause']

/** The row of one cause. */
export const REFUSAL: Readonly<Record<RefusalCause, RefusalRow>> = Object.fromEntries(
  REFUSALS.map((row) => [row.cause, row]),
) as Record<RefusalCause, RefusalRow>

/**
 * A key as it may be shown to whoever sent it: its last 4 characters, and of keys too short to be real only how long
 * they are, since 4 characters could be most of them.
 */
export function showKey(key: string): string {
  return key.length < 16 ? `of ${key.length} characters` : `ending in ${JSON.stringify(key.slice(-4))}`
}

/** An id as it was understood: integers bare, opaque ids in quotes. */
function showId(id: TaskId | undefined): string {
  return typeof id === 'number' ? String(id) : JSON.stringify(id ?? '')
}

const SHOWN_LENGTH_MAX = 40

/** What was sent in place of an id: scalars as JSON, cut; of anything else only its kind. */
function showSent(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(brief(value))
  return `(${jsonKind(value)})`
}

function brief(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}...`
}

/** @returns what kind of JSON value this is, with its article: `an array`. */
export function jsonKind(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  const kind = typeof value
  return kind === 'object' ? 'an object' : `a ${kind}`
}

/** @returns a duration in its largest whole unit: `24 h`, `90 min`. */
function showDuration(ms: DurationMs): string {
  for (const [unitMs, unit] of UNITS) if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs} ${unit}`
  return `${ms} ms`
}

const UNITS = [
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
] as const
