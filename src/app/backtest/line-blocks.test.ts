import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { lineBlocks } from './line-blocks.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-test-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

async function textsOf(path: string): Promise<string[]> {
  const texts: string[] = []
  for await (const { bytes, release } of lineBlocks(path)) {
    texts.push(Buffer.from(bytes.slice()).toString())
    release()
  }
  return texts
}

for (const name of ['lines', 'lines.gz'])
  test(`${name}: blocks end where lines end and are the file together, whatever the lengths`, async () => {
    const lines = Array.from({ length: 9_000 }, (_, i) => `${i} `.repeat(1 + ((i * 7_919) % 90)))
    lines.splice(4_000, 0, 'x'.repeat(1_000_000))
    for (const end of ['', '\n']) {
      const text = lines.join('\n') + end
      const texts = await textsOf(file(name, text))
      assert.equal(texts.join(''), text)
      assert.ok(texts.length > 2)
      for (const one of texts.slice(0, -1)) assert.ok(one.endsWith('\n'))
    }
  })

test('an empty file has no block; a byte order mark is no part of the first line', async () => {
  assert.deepEqual(await textsOf(file('empty', '')), [])
  assert.deepEqual(await textsOf(file('empty.gz', '')), [])
  assert.deepEqual(await textsOf(file('mark', '\ufeffa\nb')), ['a\nb'])
})

test('one endless line is an error in words, not a full memory', async () => {
  await assert.rejects(textsOf(file('array', 'x'.repeat(3_000_000))), /array: a line of more than 1 MiB/)
})
