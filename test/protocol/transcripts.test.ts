import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  bytesOf,
  expectLines,
  neutral,
  optionsOf,
  parseTranscript,
  RawClient,
  type Scene,
} from './transcript.ts'
import { WireServer } from './wire-server.ts'

const FOLDER = new URL('transcripts/', import.meta.url)
const isUpdating = process.env['UPDATE_TRANSCRIPTS'] === '1'

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))) {
  describe(`transcript ${file}`, { concurrency: true }, () => {
    const url = new URL(file, FOLDER)
    if (isUpdating) {
      test('is written anew', async () => writeFileSync(url, await rewritten(readFileSync(url, 'utf8'))))
      return
    }
    for (const scene of parseTranscript(readFileSync(url, 'utf8'))) {
      test(scene.title, () => replay(scene, false))
      test(`${scene.title}, by the plain front`, () => replay(scene, true))
    }
  })
}

function replay(scene: Scene, plainFront: boolean): Promise<void> {
  return WireServer.with({ ...optionsOf(scene.settings), plainFront }, async (server) => {
    const client = new RawClient(server.port)
    try {
      await play(scene, client)
      // That a client has hung up is noticed when it is noticed.
      for (let i = 0; i < 100 && describeOutcomes(await server.outcomes()) !== scene.outcomes; i++)
        await sleep(20)
      assert.equal(describeOutcomes(await server.outcomes()), scene.outcomes)
    } finally {
      client.abort()
    }
  })
}

async function play(scene: Scene, client: RawClient): Promise<void> {
  for (const step of scene.steps) {
    if (step.kind === 'send') await client.send(bytesOf(step.lines, 'send'))
    else if (step.kind === 'expect') {
      const expected = bytesOf(step.lines, 'expect').toString('latin1')
      assert.equal(neutral(await client.read(expected.length)), neutral(expected))
    } else if (step.kind === 'pause') await sleep(30)
    else if (step.kind === 'abort') client.abort()
    else assert.equal(await client.readToClose(), '', 'the server closes the connection')
  }
  assert.equal(client.left, '', 'nothing more comes back')
}

function describeOutcomes(outcomes: object): string {
  const parts = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${String(count)}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** Replays a transcript with whatever comes back, and returns it with that. */
async function rewritten(text: string): Promise<string> {
  const filled = text.replace(
    /^(> content-length: )\?((?:\n>(?!\|).*)*\n>\|)(.*)$/gim,
    (_all, head: string, between: string, body: string) =>
      `${head}${bytesOf([{ text: body, isWhole: false }], 'send').length}${between}${body}`,
  )
  const out: string[] = []
  for (const scene of parseTranscript(filled)) {
    const server = await WireServer.start(optionsOf(scene.settings))
    const client = new RawClient(server.port)
    out.push(`# ${scene.title}`, ...scene.settings.map((setting) => `% ${setting}`))
    for (const step of scene.steps) {
      if (step.kind === 'send') {
        out.push(...step.lines.map(({ text, isWhole }) => (isWhole ? `> ${text}`.trimEnd() : `>|${text}`)))
        await client.send(bytesOf(step.lines, 'send'))
        out.push(...expectLines(await client.readQuiet(0)))
      } else if (step.kind !== 'expect') {
        out.push(`! ${step.kind}`)
        if (step.kind === 'abort') client.abort()
        await sleep(30)
      }
    }
    out.push(`= ${describeOutcomes(await server.outcomes())}`, '')
    client.abort()
    await server.stop()
  }
  return out.join('\n')
}
