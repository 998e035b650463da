import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs with a scratch folder, which is gone afterwards, also when the run throws or is interrupted. */
export async function withScratch<T>(run: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const remove = () => rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  try {
    return await run(dir)
  } finally {
    process.off('exit', remove)
    remove()
  }
}
