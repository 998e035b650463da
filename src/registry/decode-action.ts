import type { Action, ActionKind } from '../domain/action.ts'
import { ACTION_KINDS } from '../domain/action.ts'
import type { Where } from '../domain/incident.ts'
import { parseInstant } from '../domain/instant.ts'
import {
  hostOf,
  isName,
  NAME_ALLOWED,
  problem,
  RecordProblem,
  SITE_LENGTH_MAX,
  TIME_ALLOWED,
} from './decode.ts'

/** One thing the team did, as a file tells it: it has no id yet. */
export type ActionRecord = Omit<Action, 'id'>

/** Longest note, in UTF-16 code units. */
export const NOTE_LENGTH_MAX = 4_000

const ATTRIBUTES = new Set(['type', 'site', 'solver', 'region', 'account', 'group'])
const LABEL = 'labels.'

/** One JSON value of a file of actions: `{kind, at, where, note}`. Unknown fields are ignored. */
export function decodeAction(value: unknown): ActionRecord | RecordProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new RecordProblem('an action record is a JSON object')
  const { kind, at: rawTime, where: rawWhere, note } = value as Readonly<Record<string, unknown>>
  if (!isKind(kind)) return problem('kind', kind, ACTION_KINDS.join(', '))
  const at = parseInstant(rawTime)
  if (at === null) return problem('at', rawTime, TIME_ALLOWED)
  const where = decodeWhere(rawWhere)
  if (where instanceof RecordProblem) return where
  if (note !== undefined && note !== null && (typeof note !== 'string' || note.length > NOTE_LENGTH_MAX))
    return problem('note', note, `text of at most ${NOTE_LENGTH_MAX} characters`)
  return { kind, at, where, note: note ?? null }
}

/** What it was done to; everything, where it does not say. Keys in code-unit order. */
function decodeWhere(value: unknown): Where | RecordProblem {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    return problem('where', value, 'an object of attributes and their values')
  const where: Record<string, string> = {}
  for (const [key, told] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!ATTRIBUTES.has(key) && !(key.startsWith(LABEL) && isName(key.slice(LABEL.length))))
      return new RecordProblem(
        `where.${key.slice(0, 40)} is no attribute: ${[...ATTRIBUTES].join(', ')}, labels.<name>`,
      )
    const name = key === 'site' ? hostOf(told) : isName(told) ? told : null
    if (name === null)
      return problem(
        `where.${key.slice(0, 40)}`,
        told,
        key === 'site' ? `a host name of at most ${SITE_LENGTH_MAX} characters, or a URL` : NAME_ALLOWED,
      )
    where[key] = name
  }
  return where
}

function isKind(value: unknown): value is ActionKind {
  return ACTION_KINDS.some((kind) => kind === value)
}
