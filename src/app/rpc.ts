import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { StoreRefused, StoreUnavailable } from '../store/contract.ts'

/**
 * Calls between threads: a message with a number out, a message with the same number back. Small on purpose; what crosses
 * often is encoded by its own module (report-batch.ts), so that this stays plain.
 */
type Port = Pick<MessagePort | Worker, 'postMessage' | 'on'>

interface Call {
  readonly id: number
  readonly method: string
  readonly args: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string | undefined }
}

/** Answers by name. A handler may return a promise; what it throws reaches the caller under the same class. */
export type Handlers = Readonly<Record<string, (args: never) => unknown>>

/** Lets the thread at the other end of `port` call `handlers`. */
export function answerCalls(port: Port, handlers: Handlers): void {
  port.on('message', (message: Call) => {
    if (message.method === undefined) return
    const { id, method, args } = message
    const handler = handlers[method] as ((args: unknown) => unknown) | undefined
    try {
      if (handler === undefined) throw new Error(`no handler for '${method}'`)
      const value = handler(args)
      if (value instanceof Promise)
        value.then(
          (result) => port.postMessage({ id, value: result } satisfies Answer),
          (error: unknown) => port.postMessage({ id, error: describe(error) } satisfies Answer),
        )
      else port.postMessage({ id, value } satisfies Answer)
    } catch (error) {
      port.postMessage({ id, error: describe(error) } satisfies Answer)
    }
  })
}

/** The calling end. */
export interface Caller {
  call<T>(method: string, args?: unknown, transfer?: readonly Transferable[]): Promise<T>
  /** Rejects all that is under way, and every later call, with `error`: the other end is gone. */
  fail(error: Error): void
}

export function createCaller(port: Port): Caller {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let lastId = 0
  let gone: Error | null = null
  port.on('message', (message: Answer & Partial<Call>) => {
    if (message.id === undefined || message.method !== undefined) return
    const one = waiting.get(message.id)
    if (one === undefined) return
    waiting.delete(message.id)
    if (message.error === undefined) one.resolve(message.value as never)
    else one.reject(rebuild(message.error))
  })
  return {
    call(method, args, transfer) {
      return new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone)
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        port.postMessage({ id, method, args } satisfies Call, (transfer ?? []) as Transferable[])
      })
    },
    fail(error) {
      gone = error
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
    },
  }
}

function describe(error: unknown): NonNullable<Answer['error']> {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'Error', message: String(error), stack: undefined }
}

// The classes that callers tell apart.
const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  StoreUnavailable,
  StoreRefused,
  RangeError,
}

function rebuild({ name, message, stack }: NonNullable<Answer['error']>): Error {
  const error = new (CLASSES[name] ?? Error)(message)
  if (stack !== undefined) error.stack = stack
  return error
}
