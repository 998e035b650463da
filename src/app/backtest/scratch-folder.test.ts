import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createBacktest } from '../../analysis/backtest/backtest.ts'
import { reportOf, START, taskOf } from '../../analysis/backtest/fixtures.ts'
import { DAY_MS, MINUTE_MS } from '../../domain/instant.ts'
import { ScratchFolder } from './scratch-folder.ts'

function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'))
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('what was appended can be read, and there is never anything to clean up, however the process ends', () => {
  withFolder((folder) => {
    const file = new ScratchFolder(folder).open()
    assert.deepEqual(readdirSync(folder), [])
    const first = file.append(Uint8Array.of(1, 2, 3))
    const second = file.append(Uint8Array.of(4, 5))
    const into = new Uint8Array(2)
    file.read(second, into)
    assert.deepEqual([...into], [4, 5])
    file.read(first + 1, into)
    assert.deepEqual([...into], [2, 3])
    assert.throws(() => file.read(second, new Uint8Array(3)), /ends early/)
    file.close()
  })
})

test('a folder that cannot be used is named, with what to do', () => {
  assert.throws(
    () => new ScratchFolder('no such folder').open(),
    /^Error: scratch: cannot write in no such folder \(ENOENT\); name another folder with --scratch$/,
  )
})

test('a history that does not fit into memory comes to the same through files', () => {
  const run = (folder: string, heldBytesMax: number) => {
    const limits = { heldBytesMax, rowsAtOnceMax: 50, runsAtOnceMax: 4 }
    const scratch = new ScratchFolder(folder)
    const backtest = createBacktest({ falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS, scratch, limits })
    for (let i = 1; i <= 10_000; i++) {
      const taskId = i % 3 === 0 ? `task-${i}` : i
      const solvedAt = START + ((i * 7_919) % 10_000) * MINUTE_MS
      backtest.addTask(taskOf({ taskId, solvedAt, account: `account-${i % 10}` }))
      if (i % 40 === 0)
        backtest.addReport(
          reportOf({ taskId, account: `account-${i % 10}`, reportedAt: solvedAt + MINUTE_MS }),
        )
    }
    const verdicts: unknown[] = []
    return { ...backtest.run({ onVerdict: (verdict) => verdicts.push(verdict) }), verdicts }
  }
  withFolder((folder) => {
    const { scratchBytes, ...inFiles } = run(folder, 10_000)
    const { scratchBytes: none, ...inMemory } = run(folder, 1e9)
    assert.ok(scratchBytes > 10_000 * 32, `${scratchBytes} bytes`)
    assert.equal(none, 0)
    assert.deepEqual(inFiles, inMemory)
    assert.equal(inFiles.verdicts.length, 250)
    assert.deepEqual(readdirSync(folder), [])
  })
})
