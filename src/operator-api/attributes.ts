import { hostOf, NAME_LENGTH_MAX, SITE_LENGTH_MAX } from '../registry/decode.ts'
import { ApiProblem } from './problem.ts'

/** The attributes there always are; beside these each label is one. */
const NAMES = ['type', 'site', 'solver', 'region', 'account', 'group'] as const
const KNOWN = `${NAMES.join(', ')}, labels.<key>`

// Anything below a space, DEL and the C1 controls: no fed value has one.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

/** Whether tasks can be told apart by this name. */
export function isAttribute(name: string): boolean {
  if ((NAMES as readonly string[]).includes(name)) return true
  const key = name.startsWith('labels.') ? name.slice('labels.'.length) : ''
  return key.length > 0 && key.length <= NAME_LENGTH_MAX && !CONTROL.test(key)
}

/** The order in which people read them: type and site first, labels last and by their names. */
export function compareAttributes(a: string, b: string): number {
  const place = (name: string): number => {
    const index = (NAMES as readonly string[]).indexOf(name)
    return index < 0 ? NAMES.length : index
  }
  return place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0)
}

/** @throws ApiProblem that names the field, the attribute and what is known */
export function checkAttribute(field: string, name: string): void {
  if (!isAttribute(name))
    throw new ApiProblem(
      'invalid',
      `${field} names ${JSON.stringify(name.slice(0, 64))}, which is no attribute; known are ${KNOWN}.`,
    )
}

/**
 * A value as the feed would have stored it, so that it can be found again: a site becomes its host.
 * @throws ApiProblem that names the field and what is allowed
 */
export function readAttributeValue(field: string, name: string, value: string): string {
  checkAttribute(field, name)
  if (name === 'site') {
    const host = hostOf(value)
    if (host === null)
      throw new ApiProblem(
        'invalid',
        `${field}.site is ${JSON.stringify(value.slice(0, 64))}: a host name of at most ${SITE_LENGTH_MAX} characters, or a URL.`,
      )
    return host
  }
  if (value.length > NAME_LENGTH_MAX || CONTROL.test(value) || !value.isWellFormed())
    throw new ApiProblem(
      'invalid',
      `${field}.${name} is ${JSON.stringify(value.slice(0, 64))}: 1 to ${NAME_LENGTH_MAX} characters without control characters.`,
    )
  return value
}
