import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** Runs the command line as a user would, and waits for its end. */
export function assay(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const entry = join(import.meta.dirname, '../../bin/assay.js')
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [entry, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}
