import { ApiProblem } from './problem.ts'

/**
 * Cursors are the key of the last entry that was given, so that entries added meanwhile neither repeat nor hide others. They are
 * opaque to callers: base64url of JSON.
 */
export function encodeCursor(key: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** @throws ApiProblem where it is no cursor with `length` parts */
export function decodeCursor(cursor: string, length: number): (string | number | null)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(key) && key.length === length && key.every(isPart)) return key
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new ApiProblem('invalid', 'cursor is not one that this list has given.')
}

function isPart(part: unknown): part is string | number | null {
  return part === null || typeof part === 'string' || typeof part === 'number'
}

/** The page after `isAfter` begins to hold, of entries that are in order. */
export function pageAfter<T>(
  entries: readonly T[],
  isAfter: ((entry: T) => boolean) | null,
  limit: number,
  keyOf: (entry: T) => readonly (string | number | null)[],
): { items: T[]; next: string | null } {
  const found = isAfter === null ? 0 : entries.findIndex(isAfter)
  const start = found < 0 ? entries.length : found
  const items = entries.slice(start, start + limit)
  const last = items.at(-1)
  const isMore = start + items.length < entries.length
  return { items, next: isMore && last !== undefined ? encodeCursor(keyOf(last)) : null }
}
