import { METHOD } from './method.ts'
import type { ModelState } from './state.ts'

/**
 * A snapshot is the model's state written down: JSON for the structure, and behind it the bytes of every typed array, in
 * order. Numbers in JSON survive exactly; maps and arrays of numbers are marked by one key each.
 *
 *   4 bytes magic, 4 bytes length of the JSON, the JSON, padding to 8, the arrays (each padded to 8)
 */
const MAGIC = 0x41535931
// The layout of the state. The method's version stands beside it: another method must replay, not go on.
const VERSION = `2 ${METHOD}`

const ARRAYS = { f32: Float32Array, f64: Float64Array, u32: Uint32Array, i32: Int32Array } as const
// Shared by all that are empty, as in the state that was written.
const EMPTY = {
  f32: new Float32Array(0),
  f64: new Float64Array(0),
  u32: new Uint32Array(0),
  i32: new Int32Array(0),
} as const
type ArrayName = keyof typeof ARRAYS
type Numbers = Float32Array | Float64Array | Uint32Array | Int32Array

export function encodeState(state: ModelState): Uint8Array {
  const arrays: Numbers[] = []
  let size = 0
  const text = JSON.stringify({ version: VERSION, state }, (_key, value: unknown) => {
    if (value instanceof Map) return { $map: [...value] }
    const name = nameOf(value)
    if (name === null) return value
    const numbers = value as Numbers
    arrays.push(numbers)
    const mark = { $array: [name, size, numbers.length] }
    size += padded(numbers.byteLength)
    return mark
  })
  const head = new TextEncoder().encode(text)
  const start = padded(8 + head.length)
  const bytes = new Uint8Array(start + size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(4, head.length)
  bytes.set(head, 8)
  let at = start
  for (const numbers of arrays) {
    bytes.set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), at)
    at += padded(numbers.byteLength)
  }
  return bytes
}

/** @throws Error for anything but a whole snapshot of this very version */
export function decodeState(bytes: Uint8Array): ModelState {
  if (bytes.length < 8) throw new Error(`a snapshot of ${bytes.length} bytes is none`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== MAGIC) throw new Error('not a snapshot of the analysis')
  const length = view.getUint32(4)
  const start = padded(8 + length)
  if (start > bytes.length) throw new Error('the snapshot is cut short')
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length))
  const read = JSON.parse(text, (_key, value: unknown) => revive(value, bytes, start)) as {
    version: string
    state: ModelState
  }
  if (read.version !== VERSION) throw new Error(`the snapshot is of version ${read.version}, not ${VERSION}`)
  return read.state
}

function revive(value: unknown, bytes: Uint8Array, start: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('$map' in value) return new Map(value.$map as [unknown, unknown][])
  if (!('$array' in value)) return value
  const [name, offset, length] = value.$array as [ArrayName, number, number]
  if (length === 0) return EMPTY[name]
  const kind = ARRAYS[name]
  const from = start + offset
  const to = from + length * kind.BYTES_PER_ELEMENT
  if (to > bytes.length) throw new Error('the snapshot is cut short')
  // Copied: the numbers must be aligned and must not keep the whole snapshot in memory.
  return new kind(new Uint8Array(bytes.subarray(from, to)).buffer)
}

function nameOf(value: unknown): ArrayName | null {
  if (value instanceof Float32Array) return 'f32'
  if (value instanceof Float64Array) return 'f64'
  if (value instanceof Int32Array) return 'i32'
  return value instanceof Uint32Array ? 'u32' : null
}

function padded(size: number): number {
  return Math.ceil(size / 8) * 8
}
