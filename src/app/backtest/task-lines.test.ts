import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readSpelling } from '../../analysis/backtest/spelling.ts'
import type { TaskBatch } from '../../analysis/backtest/task-batch.ts'
import { TaskBatchWriter } from '../../analysis/backtest/task-batch.ts'
import { CODES, isSolved, statusOf } from '../../analysis/backtest/told-row.ts'
import type { Told } from '../../analysis/backtest/wordings.ts'
import type { TaskRecord } from '../../domain/task.ts'
import { decodeTask, RecordProblem } from '../../registry/decode.ts'
import { LineTemplate, NOT_LEARNED, OTHER_FORM } from './line-template.ts'
import { PROBLEMS_NAMED_MAX, TaskLines } from './task-lines.ts'

interface Outcome {
  readonly records: TaskRecord[]
  readonly problems: string[]
  readonly lines: number
}

/** Reads as the backtest does. @param cut after how many lines a new block begins */
function read(lines: readonly Uint8Array[], cut = lines.length): Outcome {
  const writer = new TaskBatchWriter()
  const reader = new TaskLines(writer)
  const accounts: string[] = []
  const wordings: Told[] = []
  const all: { records: TaskRecord[]; problems: string[]; lines: number } = {
    records: [],
    problems: [],
    lines: 0,
  }
  for (let from = 0; from < lines.length; from += cut) {
    const outcome = reader.read(joined(lines.slice(from, from + cut)))
    for (const { line, detail } of outcome.problems) all.problems.push(`${all.lines + line}: ${detail}`)
    all.lines += outcome.lines
    const batch = reader.take()
    accounts.push(...batch.newAccounts)
    wordings.push(...batch.newWordings)
    all.records.push(...recordsOf(batch, accounts, wordings))
  }
  return { ...all, problems: all.problems.slice(0, PROBLEMS_NAMED_MAX) }
}

/** Reads every line by itself, the long way. */
function readPlainly(lines: readonly Uint8Array[]): Outcome {
  const all: Outcome = { records: [], problems: [], lines: lines.length }
  for (const [index, bytes] of lines.entries()) {
    const line = new TextDecoder().decode(bytes)
    if (line.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      all.problems.push(`${index + 1}: not JSON: ${(error as Error).message.slice(0, 120)}`)
      continue
    }
    const record = decodeTask(value)
    if (record instanceof RecordProblem) all.problems.push(`${index + 1}: ${record.detail}`)
    else all.records.push(record)
  }
  return { ...all, problems: all.problems.slice(0, PROBLEMS_NAMED_MAX) }
}

function recordsOf(batch: TaskBatch, accounts: readonly string[], wordings: readonly Told[]): TaskRecord[] {
  return Array.from({ length: batch.count }, (_, row) => {
    const id = batch.ids[row] as number
    const told = batch.wordingAndCode[row] as number
    const knownAt = batch.knownAt[row] as number
    const beside = batch.issuedBeside?.[row] ?? Number.NaN
    const isIssuedToo = !Number.isNaN(beside)
    return {
      taskId: id > 0 ? id : readSpelling(batch.spellings, -id - 1),
      account: accounts[batch.account[row] as number] as string,
      ...(wordings[Math.floor(told / CODES)] as Told),
      status: statusOf(told % CODES),
      solvedAt: isSolved(told % CODES) ? knownAt : null,
      issuedAt: isSolved(told % CODES) ? (isIssuedToo ? beside : null) : knownAt,
    }
  })
}

function joined(lines: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
}

const oneOf = fc.constantFrom
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

/** Values as JSON text, so that they can be written as no `JSON.stringify` would: nearly all of them good, since one bad one spoils a line. */
interface Texts {
  readonly good: readonly string[]
  readonly odd: readonly string[]
}
const texts = (good: readonly string[], odd: readonly string[]): Texts => ({ good, odd })
const mostly = ({ good, odd }: Texts) =>
  fc.oneof({ weight: 30, arbitrary: oneOf(...good) }, { weight: 1, arbitrary: oneOf(...odd) })
const IDS = texts(
  ['7', '123456789012345', '1234567890123456', '"42"', '"007"', '"3f25-00"', '"é"', '"a\\u0062"'],
  ['0', '-3', '1.5', '1e3', '01', '9007199254740993', '"1.5"', 'null', '""', '"\u007f"'],
)
const NAMES = texts(
  ['"acme"', '"x y"', '"漢字"', '"q\\"uote"', '"\\u0041cme"', '"a}b"', '"a{b"'],
  ['""', '"tab\\t"', '"del\u007f"', '"tab\t"', '7', 'null'],
)
const SITES = texts(
  ['"shop.example"', '"https://Shop.Example:8443/pay?x=1#y"', '"bücher.example"'],
  ['"-"', '""', 'null'],
)
const LABELS = texts(
  ['{}', '{"pool":"b"}', '{ "b":"1", "a":"2" }', '{"a":"}"}', '{"a":"{"}', '{"a":"x","a":"y"}', 'null'],
  ['{"a":1}', '{"a":{"b":"c"}}', '[]', '"x"', '{"a":"x",}'],
)
const STATUSES = texts(['"ready"', '"ready"', '"processing"', '"failed"'], ['"odd"', 'null', '"re\\u0061dy"'])
const TIME_PARTS: readonly Texts[] = [
  texts(
    ['2026-11-23', '2026-02-28', '2024-02-29', '1969-12-31', '0000-01-01'],
    ['2026-02-30', '2026-13-01', '202x-01-01', '2026-11-2'],
  ),
  texts(['T'], [' ', 't']),
  texts(
    ['10:00:00', '23:59:59', '00:00:01'],
    ['24:00:00', '10:60:00', '10:00:60', '1:00:00', '24:00:01', '10:00', '10-00-00', '1o:00:00'],
  ),
  texts(
    ['', '.0', '.5', '.12', '.123', '.1239', '.123456', '.123456789', '.9999'],
    ['.1234567891', '.', '.x', ',5'],
  ),
  texts(['Z', '+00:00', '+0000', '-00:00', '+02:00'], ['', 'z', '+00:0', '+00-00', 'ZZ']),
]
const TIME_NUMBERS = texts(
  ['1795000000000', '0', '-5', '1', 'null', '999999999999999'],
  ['1.5', '9999999999999999', '8640000000000001', '01', '1e12'],
)
const timeText = fc.oneof(
  fc.tuple(...TIME_PARTS.map(mostly)).map((parts) => `"${parts.join('')}"`),
  mostly(TIME_NUMBERS),
)
const EXTRAS = texts(
  ['"token"', '12', '-1', '0', 'true', 'null', '[1]', '{"a":{"b":1}}', '1.5', '"a\\nb"', '{}'],
  ['007', 'nul', '"a\nb"'.replace('\n', '\u0001')],
)

/** Lines of all forms: keys in any order, with and without white space, with what nobody asked for. */
const anyLine: fc.Arbitrary<Uint8Array> = fc
  .record({
    taskId: mostly(IDS),
    account: mostly(NAMES),
    type: mostly(NAMES),
    site: mostly(SITES),
    solver: mostly(NAMES),
    region: sometimes(mostly(NAMES)),
    labels: sometimes(mostly(LABELS)),
    status: mostly(STATUSES),
    solvedAt: sometimes(timeText),
    issuedAt: sometimes(timeText),
    extra: sometimes(mostly(EXTRAS)),
  })
  .chain((fields) => {
    const pairs = Object.entries(fields).filter(([, text]) => text !== undefined)
    const order = fc.oneof(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length }))
    return fc.tuple(
      order,
      oneOf(',', ', ', ' ,\t'),
      oneOf(':', ': '),
      mostly(texts(['', '\r', ' '], ['  {', '}'])),
    )
  })
  .map(([pairs, comma, colon, end]) =>
    Buffer.from(`{${pairs.map(([key, text]) => `"${key}"${colon}${text}`).join(comma)}}${end}`),
  )

const GOOD =
  '{"taskId":7654321,"account":"acme","type":"TurnstileTask","site":"shop.example","solver":"3.8.1","region":"eu-1","labels":{"pool":"b"},"status":"ready","solvedAt":"2026-11-23T10:00:00.000Z","issuedAt":1795000000000}'

/** A good line with a few bytes changed, left out or put in. */
const damaged: fc.Arbitrary<Uint8Array> = fc
  .array(fc.record({ at: fc.nat(GOOD.length), out: fc.nat(2), put: fc.uint8Array({ maxLength: 2 }) }), {
    maxLength: 2,
  })
  .map((damages) => {
    let line = Buffer.from(GOOD)
    for (const { at, out, put } of damages)
      line = Buffer.concat([
        line.subarray(0, at),
        put.filter((byte) => byte !== 0x0a),
        line.subarray(at + out),
      ])
    return line
  })

describe('lines of task records', () => {
  test('come to the same as decoded one by one, whatever their form', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (lines, cut) => {
        // Told three times: the second time names and forms are known.
        const thrice = [...lines, ...lines, ...lines]
        assert.deepEqual(read(thrice, cut), readPlainly(thrice))
      }),
      { numRuns: 200 },
    )
  })

  test('come to the same where one value is another, whichever it is', () => {
    const every = ({ good, odd }: Texts) => [...good, ...odd]
    const times = TIME_PARTS.map(every)
      .reduce((all, parts) => all.flatMap((one) => parts.map((part) => one + part)), [''])
      .map((time) => `"${time}"`)
    const others: Readonly<Record<string, readonly string[]>> = {
      taskId: every(IDS),
      account: every(NAMES),
      type: every(NAMES),
      site: every(SITES),
      solver: every(NAMES),
      region: every(NAMES),
      labels: every(LABELS),
      status: every(STATUSES),
      solvedAt: [...times, ...every(TIME_NUMBERS)],
      issuedAt: every(TIME_NUMBERS),
      extra: every(EXTRAS),
    }
    const good = Object.fromEntries(
      Object.entries(others).map(([key, [first]]) => [key, first as string]),
    ) as Record<string, string>
    const line = (fields: Record<string, string>) =>
      `{${Object.entries(fields)
        .map(([key, text]) => `"${key}":${text}`)
        .join(',')}}`
    for (const [key, values] of Object.entries(others)) {
      const lines = values.flatMap((text) => [line(good), line({ ...good, [key]: text })])
      // A key told twice: the last counts, also where it takes back what the first said.
      const twice = values.map((text) => line(good).replace(/}$/, `,"${key}":${text}}`))
      const all = [...lines, ...lines, ...twice, ...twice].map((one) => Buffer.from(one))
      const plainly = readPlainly(all)
      assert.deepEqual(read(all), plainly)
      assert.ok(plainly.records.length > lines.length / 2, key)
    }
  })

  test('come to the same where bytes are damaged, once their form is known', () => {
    const good = Buffer.from(GOOD)
    fc.assert(
      fc.property(fc.array(damaged, { maxLength: 8 }), (lines) => {
        const known = [good, good, ...lines, ...lines]
        assert.deepEqual(read(known), readPlainly(known))
      }),
      { numRuns: 500 },
    )
  })

  test('name what is wrong by line; blank ones count as lines only', () => {
    const { lines, problems, records } = read(
      [GOOD, '', '  ', 'x', '[]', GOOD, '{"taskId":0}'].map((line) => Buffer.from(line)),
    )
    assert.equal(lines, 7)
    assert.equal(records.length, 2)
    assert.deepEqual(
      problems.map((one) => one.slice(0, 12)),
      ['4: not JSON:', '5: a task re', '7: taskId is'],
    )
  })

  test('of the contract’s form are read off their bytes from the second on', () => {
    const bytes = Buffer.from(GOOD)
    const record = decodeTask(JSON.parse(GOOD))
    assert.ok(!(record instanceof RecordProblem))
    const template = LineTemplate.of(bytes, record)
    assert.ok(template !== null)
    assert.equal(template.read(bytes, 0), NOT_LEARNED)
    template.learn(bytes, 3, 4)
    const other = Buffer.from(GOOD.replace('7654321', '99').replace('10:00:00.000', '11:30:15.250'))
    assert.equal(template.read(other, 0), other.length + 1)
    const { taskId, account, wording, solvedAt, issuedAt } = template
    assert.deepEqual(
      { taskId, account, wording, solvedAt, issuedAt },
      {
        taskId: 99,
        account: 3,
        wording: 4,
        solvedAt: Date.UTC(2026, 10, 23, 11, 30, 15, 250),
        issuedAt: 1_795_000_000_000,
      },
    )
    assert.equal(template.read(Buffer.from(GOOD.replace('ready', 'Ready')), 0), OTHER_FORM)
  })
})
