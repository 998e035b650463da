/** What came back: the wire's success, or anything else. */
export type Answer = 'success' | 'other'

const CR = 13
const LF = 10
const CONTENT_LENGTH = Buffer.from('content-length:')
const OK = Buffer.from('HTTP/1.1 200')
const SUCCESS = Buffer.from('"errorId":0')
const SUCCESS_START = Buffer.from('{"errorId":0')

/**
 * Reads HTTP/1.1 answers from one connection on which one request is outstanding at a time. Only framing by Content-Length is
 * understood: every server measured here uses it, and anything else is an error rather than a guess.
 */
export class AnswerReader {
  #pending: Buffer | null = null
  /** Text of the last answer that was no success, for a message a person can act on. */
  otherText = ''

  /**
   * @param buffer bytes as they came; they may be overwritten after the call
   * @param length how many of them count
   * @returns null while the answer is not whole
   * @throws Error on an answer without Content-Length, and on bytes beyond its end
   */
  read(buffer: Buffer, length: number): Answer | null {
    let bytes = buffer
    let end = length
    if (this.#pending !== null) {
      bytes = Buffer.concat([this.#pending, buffer.subarray(0, length)])
      end = bytes.length
    }
    const bodyStart = endOfHead(bytes, end)
    const whole = bodyStart !== -1 && end >= bodyStart + contentLength(bytes, bodyStart)
    if (!whole) {
      this.#pending = this.#pending === null ? Buffer.from(bytes.subarray(0, end)) : bytes
      return null
    }
    this.#pending = null
    if (end > bodyStart + contentLength(bytes, bodyStart))
      throw new Error(
        `${end - bodyStart - contentLength(bytes, bodyStart)} bytes beyond the end of an answer`,
      )
    if (isSuccess(bytes, bodyStart, end)) return 'success'
    this.otherText = bytes.toString('latin1', 0, Math.min(end, 600))
    return 'other'
  }
}

function isSuccess(bytes: Buffer, bodyStart: number, end: number): boolean {
  if (bytes.compare(OK, 0, OK.length, 0, OK.length) !== 0) return false
  // Nearly every answer starts with the words; a search through the rest finds another order of fields.
  const startEnd = Math.min(end, bodyStart + SUCCESS_START.length)
  if (bytes.compare(SUCCESS_START, 0, SUCCESS_START.length, bodyStart, startEnd) === 0) return true
  const found = bytes.indexOf(SUCCESS, bodyStart)
  return found !== -1 && found < end
}

/** @returns where the body starts, or -1 while the head is not whole */
function endOfHead(bytes: Buffer, end: number): number {
  for (let i = 3; i < end; i++)
    if (bytes[i] === LF && bytes[i - 1] === CR && bytes[i - 2] === LF && bytes[i - 3] === CR) return i + 1
  return -1
}

function contentLength(bytes: Buffer, bodyStart: number): number {
  for (let i = 1; i < bodyStart; i++) {
    if (bytes[i - 1] !== LF || !isContentLength(bytes, i)) continue
    let value = 0
    for (let at = i + CONTENT_LENGTH.length; bytes[at] !== CR; at++) {
      const byte = bytes[at]!
      if (byte >= 48 && byte <= 57) value = value * 10 + byte - 48
    }
    return value
  }
  throw new Error(`an answer without Content-Length: ${bytes.toString('latin1', 0, bodyStart)}`)
}

function isContentLength(bytes: Buffer, at: number): boolean {
  for (let i = 0; i < CONTENT_LENGTH.length; i++)
    if ((bytes[at + i]! | 0x20) !== (CONTENT_LENGTH[i]! | 0x20)) return false
  return true
}
