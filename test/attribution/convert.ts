import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cellsCsv, readRealCases } from './live-streaming.ts'

/**
 * Writes the real cases as the files that `assay explain` reads:
 *
 *   node test/attribution/convert.ts DATASETS FOLDER
 */
const [datasets, folder] = process.argv.slice(2)
if (datasets === undefined || folder === undefined) {
  process.stderr.write('node test/attribution/convert.ts DATASETS FOLDER\n')
  process.exitCode = 2
} else {
  mkdirSync(folder, { recursive: true })
  for (const one of readRealCases(datasets)) writeFileSync(join(folder, `${one.name}.csv`), cellsCsv(one))
}
