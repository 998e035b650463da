import { runChecks } from './checks.ts'

/** `npm run check`: the checks of the code as text alone, in seconds. */
const results = await runChecks()
for (const { name, passed, output } of results) {
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name}`)
  if (!passed) console.log(output)
}
process.exitCode = results.every((result) => result.passed) ? 0 : 1
