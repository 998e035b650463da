import type { Where } from '../../src/domain/incident.ts'
import type { Attributes } from '../../src/domain/task.ts'

/** Whether a task with these attributes, of this account, is one that a combination names. */
export function isAt(where: Where, attributes: Attributes, account: string | null): boolean {
  for (const [name, value] of Object.entries(where))
    if (valueOf(name, attributes, account) !== value) return false
  return true
}

export function isAtAny(wheres: readonly Where[], attributes: Attributes, account: string | null): boolean {
  return wheres.some((where) => isAt(where, attributes, account))
}

const LABEL = 'labels.'

function valueOf(name: string, attributes: Attributes, account: string | null): string | null | undefined {
  switch (name) {
    case 'type':
    case 'site':
    case 'solver':
    case 'region':
      return attributes[name]
    case 'account':
    case 'group':
      return account
    default:
      return attributes.labels[name.startsWith(LABEL) ? name.slice(LABEL.length) : name]
  }
}

/** A text that equal combinations share. */
export function keyOf(where: Where): string {
  return JSON.stringify(Object.entries(where).sort(([a], [b]) => (a < b ? -1 : 1)))
}
