import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { LatencyHistogram } from './latency-histogram.ts'

/** What the disk itself takes to make 4 KiB durable: the part of a report's time that no program can save. */
export interface SyncProbe {
  /** Writes and syncs `count` times; the figures gather over all calls. */
  sample(count: number): void
  p50Ms(): number
  p99Ms(): number
  close(): void
}

/** @param dir a folder on the disk that holds the data */
export function openSyncProbe(dir: string): SyncProbe {
  const path = join(dir, 'sync-probe')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4096, 1)
  const latency = new LatencyHistogram()
  writeSync(file, block, 0, block.length, 0)
  fdatasyncSync(file)
  return {
    sample: (count) => {
      for (let i = 0; i < count; i++) {
        const startedAt = performance.now()
        writeSync(file, block, 0, block.length, 0)
        fdatasyncSync(file)
        latency.record(performance.now() - startedAt)
      }
    },
    p50Ms: () => latency.quantileMs(0.5),
    p99Ms: () => latency.quantileMs(0.99),
    close: () => {
      closeSync(file)
      rmSync(path)
    },
  }
}
