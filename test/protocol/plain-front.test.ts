import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { installPlainFront, type PlainFront } from '../../src/intake/plain-front.ts'
import { readPlainHead } from '../../src/intake/plain-head.ts'
import { ACME_KEY, WireServer } from './wire-server.ts'

let plain: WireServer
let node: WireServer
let front: PlainFront

before(async () => {
  // Throttling would make answers depend on how many came before.
  const intake = {
    throttle: { wrongPerMinuteMax: 1e9, wrongPerTenMinutesMax: 1e9, banMs: 1, addressesMax: 10 },
  }
  plain = await WireServer.start({ intake })
  node = await WireServer.start({ intake })
  front = installPlainFront(plain.http, plain.intake, { now: () => plain.now }, 5_000)
  node.http.keepAliveTimeout = 5_000
})
after(async () => {
  front.close()
  await plain.stop()
  await node.stop()
})

/** One connection: sends pieces, one write each, and gathers what comes back. */
class Dialogue {
  answer = ''
  readonly #socket: Socket

  constructor(server: WireServer, pieces: readonly Buffer[]) {
    this.#socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (bytes) => {
      this.answer += bytes.toString('latin1')
    })
    this.#socket.on('close', () => {
      this.answer += '<closed>'
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') this.answer += `<${error.message}>`
    })
    this.#socket.on('connect', () => void this.#send(pieces))
  }

  async #send(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      if (!this.#socket.writable) return
      this.#socket.write(piece)
      if (pieces.length > 1) await sleep(3)
    }
  }

  end(): void {
    this.#socket.destroy()
  }
}

/**
 * An answer as it is compared: without dates, and without node's bare 400 before it hangs up. Whether that still reaches a client who has
 * sent more than was read is a race inside the operating system, with either door.
 */
const comparable = (answer: string): string =>
  answer
    .replaceAll(/\r\nDate: [^\r]*/g, '')
    .replace(/(HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n\r\n)?<closed>$/, '<closed>')

/** How long both must have been silent, and how long a busy machine may keep one of them behind the other. */
const QUIET_MS = 40
const BEHIND_MS = 3_000

/** @param answersMin answers to wait for; where none need come, both being silent is enough */
async function assertAlike(pieces: readonly Buffer[], answersMin: number): Promise<string> {
  const one = new Dialogue(plain, pieces)
  const other = new Dialogue(node, pieces)
  const said = () => [comparable(one.answer), comparable(other.answer)] as const
  const deadline = performance.now() + BEHIND_MS
  let before: readonly [string, string]
  let isSettled: boolean
  do {
    before = said()
    await sleep(QUIET_MS)
    const isQuiet = said().join() === before.join()
    const isAnswered = before[0].split('HTTP/1.1 ').length > answersMin || before[0].endsWith('<closed>')
    isSettled = isQuiet && before[0] === before[1] && isAnswered
  } while (!isSettled && performance.now() < deadline)
  one.end()
  other.end()
  const [answer, expected] = before
  assert.equal(answer, expected, JSON.stringify(pieces.map(String)))
  return answer
}

const body = (taskId: unknown, key = ACME_KEY): string => JSON.stringify({ clientKey: key, taskId })
const request = (text: string, more = '', path = '/reportIncorrectTokenCaptcha'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${more}\r\n${text}`

describe('the plain front answers as node:http does', () => {
  test('byte for byte, to a report, a repeat, a refusal, a status', async () => {
    for (const text of [
      body(7654321),
      body(7654321),
      body(5),
      body('x'),
      body(7654321, 'wrong'),
      'no json',
      '',
    ]) {
      const answer = await assertAlike([Buffer.from(request(text))], 1)
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
    }
    await assertAlike([Buffer.from(request(body(7654321), '', '/getReportStatus'))], 1)
    assert.equal(front.stats.handedOver, 0)
    assert.equal(front.stats.answered, 8)
  })

  test('and hands over what is not plain, bytes unread', async () => {
    const handedBefore = front.stats.handedOver
    const whole = request(body(1000))
    const cases: string[][] = [
      [whole.slice(0, 30), whole.slice(30)],
      [whole.slice(0, -5), whole.slice(-5)],
      [whole + whole],
      [whole.replace('POST', 'GET')],
      [whole.replace('HTTP/1.1', 'HTTP/1.0')],
      [request(body(1000), 'Connection: close\r\n')],
      [request(body(1000), 'Transfer-Encoding: chunked\r\n')],
      [request(body(1000), 'Expect: 100-continue\r\n')],
      [request(body(1000), 'Content-Length: 3\r\n')],
      [request(body(1000), ' folded: x\r\n')],
      [request(body(1000), 'Sp ace: x\r\n')],
      [whole.replace('Host: x\r\n', '')],
      [whole.replaceAll('\r\n', '\n')],
      ['\r\n' + whole],
      [request(body(1000), '', '/nowhere')],
      [
        `POST /reportIncorrectTokenCaptcha HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n`,
      ],
      ['garbage\r\n\r\n'],
    ]
    for (const pieces of cases) {
      await assertAlike(
        pieces.map((piece) => Buffer.from(piece)),
        1,
      )
    }
    // On a busy machine two pieces may arrive as one, which is then plain and not handed over.
    const inPieces = cases.filter((pieces) => pieces.length > 1).length
    const handed = front.stats.handedOver - handedBefore
    assert.ok(handed <= cases.length && handed >= cases.length - inPieces, `${handed} of ${cases.length}`)
  })

  test('and goes on with the same connection, plain and not, request after request', async () => {
    const one = Buffer.from(request(body(7654322)))
    const odd = Buffer.from(request(body(7654322), 'Connection: Keep-Alive, x\r\n'))
    const answer = await assertAlike([one, one, odd, one, one], 5)
    assert.equal(answer.match(/"errorId":0/g)?.length, 5)
  })

  test('whatever a fuzzer does to a request, in whatever pieces it comes', async () => {
    const fields = fc.constantFrom(
      'Host: x\r\n',
      'Content-Length: 55\r\n',
      'Content-Length: 0\r\n',
      'Content-Length: +55\r\n',
      'Content-Length : 55\r\n',
      'content-length: 55 \r\n',
      'Content-Length:\t55\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Transfer-Encoding: identity\r\n',
      'Connection: close\r\n',
      'Connection: keep-alive\r\n',
      'X-Forwarded-For: 10.0.0.1\r\n',
      'X: \u0000\r\n',
      'X: ü\r\n',
      'X\r\n',
      ': x\r\n',
      ' X: y\r\n',
      'X: y\n',
      'X: y\r',
      'Content-Encoding: gzip\r\n',
      'Upgrade: h2c\r\n',
      'Empty:\r\n',
    )
    const line = fc.constantFrom(
      'POST /reportIncorrectTokenCaptcha HTTP/1.1\r\n',
      'POST /reportIncorrectTokenCaptcha HTTP/1.1\r\n',
      'POST /reportIncorrectTokenCaptcha/ HTTP/1.1\r\n',
      'POST  /reportIncorrectTokenCaptcha HTTP/1.1\r\n',
      'post /reportIncorrectTokenCaptcha HTTP/1.1\r\n',
      'POST http://x/reportIncorrectTokenCaptcha HTTP/1.1\r\n',
      'PUT /reportIncorrectTokenCaptcha HTTP/1.1\r\n',
      'POST /reportIncorrectTokenCaptcha HTTP/1.1\n',
      'POST /reportIncorrectTokenCaptcha\r\n',
    )
    const text = body(1000)
    assert.equal(text.length, 55)
    const tail = fc.constantFrom(
      text,
      text.slice(0, 20),
      `${text}x`,
      `37\r\n${text}\r\n0\r\n\r\n`,
      text + request(text),
    )
    const messages = fc
      .tuple(line, fc.array(fields, { maxLength: 6 }), tail, fc.array(fc.nat(300), { maxLength: 2 }))
      .map(([first, more, last, cuts]) => {
        const bytes = Buffer.from(`${first}${more.join('')}\r\n${last}`, 'latin1')
        const edges = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b)
        const pieces = [0, ...edges].map((start, i) => bytes.subarray(start, edges[i] ?? bytes.length))
        return pieces.filter((piece) => piece.length > 0)
      })
    // Several connections at a time: most of the time is spent listening for what does not come.
    await fc.assert(
      fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 12 }), async (some) => {
        await Promise.all(some.map((pieces) => assertAlike(pieces, 0)))
      }),
      { numRuns: process.env['ASSAY_TEST_FULL'] === '1' ? 1_000 : 50 },
    )
  })
})

test('a plain head leaves no room for two readings', () => {
  const head = (more: string): string =>
    `POST /reportIncorrectTokenCaptcha HTTP/1.1\r\nHost: x\r\nContent-Length: 5${more}`
  assert.equal(readPlainHead(head(''))?.contentLength, 5)
  assert.equal(readPlainHead(head('\r\nX-Forwarded-For: 1.2.3.4'))?.forwardedFor, '1.2.3.4')
  for (const more of [
    '\r\nContent-Length: 5',
    '\r\nHost: y',
    '\r\nTransfer-Encoding: chunked',
    '\r\nX: a\nb',
    '\r\nX : a',
    '\r\n X: a',
    '\r\nX: a\rb',
    '\r\n',
    '\r\nX: \u00e9',
    '\r\nConnection: upgrade',
    ',5',
  ])
    assert.equal(readPlainHead(head(more)), null, JSON.stringify(more))
})
