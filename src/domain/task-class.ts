/** What a task issued: something to read or click (`image`), or something to submit (`token`). */
export type TaskClass = 'image' | 'token'

const IMAGE_TYPES = new Set(['imagetotexttask', 'compleximagetask'])

/** The operator's own task types, from configuration: `{MyTask: 'token'}`. Names compare without case. */
export type TaskClassMap = ReadonlyMap<string, TaskClass>

/**
 * The class of a task type (docs/protocol.md). A `Proxyless` suffix never changes the class and case varies between
 * clients, so both are ignored. Unknown types issue something to submit far more often than not: token.
 * @param own the operator's types, keys in lower case without `proxyless`; they win
 */
export function taskClassOf(type: string, own: TaskClassMap): TaskClass {
  const name = classKey(type)
  return own.get(name) ?? (IMAGE_TYPES.has(name) ? 'image' : 'token')
}

/** The form under which a type is looked up: lower case, no `Proxyless` suffix. */
export function classKey(type: string): string {
  return type.toLowerCase().replace(/proxyless$/, '')
}
