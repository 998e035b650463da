import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { FeedChunk, TaskFeed } from './task-feed.ts'
import { FeedBroken, FeedTooLarge, readFeed } from './read-feed.ts'
import { ItemSplitter } from './split-items.ts'
import type { FeedForm } from './split-items.ts'

/** Items as text with their numbers; a problem stands in angle brackets. */
function split(
  text: Buffer,
  cuts: readonly number[],
  limits?: ConstructorParameters<typeof ItemSplitter>[1],
  form?: FeedForm,
): string[] {
  const items: string[] = []
  const collect = (chunk: FeedChunk): void => {
    for (const [i, line] of chunk.lines.entries()) {
      const start = chunk.bounds[2 * i] as number
      const end = chunk.bounds[2 * i + 1] as number
      const item =
        start > end
          ? `<${chunk.problems[i]}>`
          : Buffer.from(chunk.bytes.subarray(start, end)).toString().trim()
      items.push(`${line}:${item}`)
    }
  }
  const splitter = new ItemSplitter(collect, limits, form)
  const edges = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b)
  let start = 0
  for (const edge of [...edges, text.length]) {
    splitter.push(text.subarray(start, edge))
    start = edge
  }
  splitter.end()
  return items
}

const whole = (text: string): string[] => split(Buffer.from(text), [])

describe('a stream of bytes is cut into items', () => {
  test('as lines, blank ones counted and skipped', () => {
    assert.deepEqual(whole('{"a":1}\n\n  \r\n{"b":2}\r\n{"c":3}'), ['1:{"a":1}', '4:{"b":2}', '5:{"c":3}'])
    assert.deepEqual(whole('\n\n{"a":1}\n'), ['3:{"a":1}'])
    assert.deepEqual(whole(''), [])
    assert.deepEqual(whole('\ufeff{"a":1}'), ['1:{"a":1}'])
  })

  test('without a byte order mark, however it is cut; half of one is no mark', () => {
    const text = Buffer.from('\ufeff[1]')
    for (const cuts of [[1], [2], [3], [1, 2], [0, 1, 2, 3]]) assert.deepEqual(split(text, cuts), ['1:1'])
    assert.deepEqual(split(Buffer.from([0xef, 0xbb]), [1]), ['1:\ufffd'])
    assert.deepEqual(split(Buffer.from([0xef, 0x0a, 0x37]), [1]), ['1:\ufffd', '2:7'])
  })

  test('as lines where only lines are expected: a first line that is an array spoils no other', () => {
    const lines = (text: string) => split(Buffer.from(text), [1], undefined, 'lines')
    assert.deepEqual(lines('[]\n{"a":1}'), ['1:[]', '2:{"a":1}'])
    assert.deepEqual(lines('\ufeff\n[1,\n2]'), ['2:[1,', '3:2]'])
  })

  test('as array items, whatever stands in them', () => {
    assert.deepEqual(whole(' [ {"a":"],[\\"{"} , [1,[2]], 7 ,"x,y", null ] \n'), [
      '1:{"a":"],[\\"{"}',
      '2:[1,[2]]',
      '3:7',
      '4:"x,y"',
      '5:null',
    ])
    assert.deepEqual(whole('[]'), [])
    assert.deepEqual(whole('[\n{\n"a":\n1}\n]'), ['1:{\n"a":\n1}'])
  })

  test('and a broken array is reported where it broke', () => {
    assert.match(whole('[{"a":1} {"b":2}]')[1] ?? '', /^2:<a comma or the closing bracket is missing/)
    assert.match(whole('[{"a":1},]')[1] ?? '', /^2:<an item is missing/)
    assert.match(whole('[,]')[0] ?? '', /^1:<an item is missing/)
    assert.match(whole('[{"a":1}')[1] ?? '', /^2:<the array breaks off/)
    assert.match(whole('[{"a":1')[0] ?? '', /^1:<the array breaks off/)
    assert.match(whole('[1]x')[1] ?? '', /^2:<the stream goes on/)
    assert.match(whole('[}')[0] ?? '', /^1:<a bracket closes/)
  })

  test('an over-long item is reported, the others are not touched', () => {
    const limits = { itemBytesMax: 20, chunkItemsMax: 512, chunkBytesMax: 1_000 }
    const long = `{"a":"${'x'.repeat(50)}"}`
    assert.deepEqual(split(Buffer.from(`1\n${long}\n3\n`), [], limits), [
      '1:1',
      '2:<longer than 20 bytes>',
      '3:3',
    ])
    assert.deepEqual(split(Buffer.from(`[1,${long},3]`), [], limits), [
      '1:1',
      '2:<longer than 20 bytes>',
      '3:3',
    ])
  })

  test('white space before the first item is no part of it, whether it comes with it or before it', () => {
    const limits = { itemBytesMax: 4, chunkItemsMax: 9, chunkBytesMax: 99 }
    for (const cuts of [[], [1], [2], [3]])
      assert.deepEqual(split(Buffer.from('\n  1234\n'), cuts, limits), ['2:1234'])
  })

  test('wherever the stream is cut, and however chunks are sized', () => {
    const text = fc.array(
      fc.constantFrom(
        '{"a":1}',
        '"x,\\"]"',
        '[1,[2]]',
        '7',
        ',',
        '[',
        ']',
        '\n',
        ' ',
        '{',
        '}',
        '"',
        '\\',
        'ü',
      ),
      {
        maxLength: 40,
      },
    )
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(200), { maxLength: 10 }),
        fc.integer({ min: 1, max: 5 }),
        (parts, cuts, size) => {
          const bytes = Buffer.from(parts.join(''))
          const limits = { itemBytesMax: 12, chunkItemsMax: size, chunkBytesMax: 30 }
          assert.deepEqual(split(bytes, cuts, limits), split(bytes, [], limits))
          const asArray = Buffer.from(`[${parts.join('')}`)
          assert.deepEqual(split(asArray, cuts, limits), split(asArray, [], limits))
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** Counts items and remembers how many chunks were under way at once. */
function countingFeed(): TaskFeed & { most: number } {
  let now = 0
  const feed = {
    most: 0,
    async accept(chunk: FeedChunk) {
      feed.most = Math.max(feed.most, ++now)
      await new Promise(setImmediate)
      now--
      return {
        received: chunk.lines.length,
        recorded: chunk.lines.length,
        updated: 0,
        unchanged: 0,
        rejected: [],
      }
    },
  }
  return feed
}

describe('a feed', () => {
  const lines = (count: number): string =>
    `${Array.from({ length: count }, (_, i) => `{"n":${i}}`).join('\n')}\n`

  test('is read no faster than it is committed', async () => {
    const feed = countingFeed()
    const tally = await readFeed(Readable.from([Buffer.from(lines(5_000))]), 'identity', feed)
    assert.equal(tally.received, 5_000)
    assert.ok(feed.most <= 3, String(feed.most))
  })

  test('may be packed', async () => {
    const packed = gzipSync(lines(1_000))
    const tally = await readFeed(
      Readable.from([packed.subarray(0, 50), packed.subarray(50)]),
      'gzip',
      countingFeed(),
    )
    assert.equal(tally.received, 1_000)
  })

  test('that unpacks to too much is stopped at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20))
    assert.ok(bomb.length < 60_000)
    const limits = { bytesMax: 1_000_000, linesMax: 10, inFlightMax: 2 }
    await assert.rejects(readFeed(Readable.from([bomb]), 'gzip', countingFeed(), limits), FeedTooLarge)
  })

  test('with too many lines, or one that breaks off, says what was taken', async () => {
    const limits = { bytesMax: 1_000_000, linesMax: 100, inFlightMax: 2 }
    const pieces = Array.from({ length: 300 }, (_, i) => Buffer.from(`{"n":${i}}\n`))
    await assert.rejects(
      readFeed(Readable.from(pieces), 'identity', countingFeed(), limits),
      (error: unknown) => {
        assert.ok(error instanceof FeedTooLarge)
        assert.match(error.message, /more than 100 lines; the first 101 were taken/)
        return true
      },
    )
    const packed = gzipSync(lines(50_000))
    await assert.rejects(
      readFeed(Readable.from([packed.subarray(0, packed.length / 2)]), 'gzip', countingFeed()),
      FeedBroken,
    )
    await assert.rejects(
      readFeed(Readable.from([Buffer.from('no gzip')]), 'gzip', countingFeed()),
      FeedBroken,
    )
  })
})
