import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Where } from '../../src/domain/incident.ts'
import { assay } from './command.ts'
import { CASES_FOLDER, cellsCsv, readRealCases } from './live-streaming.ts'
import { scoreAnswers, scoreRealCases } from './score-real-cases.ts'

const datasets = process.env.ASSAY_DATASETS
const skip =
  datasets === undefined
    ? `ASSAY_DATASETS is not set: it names a folder with ${CASES_FOLDER}`
    : !existsSync(join(datasets, CASES_FOLDER)) &&
      `${CASES_FOLDER} is not in the folder that ASSAY_DATASETS names`

describe('the 70 real incidents of a live-streaming service', () => {
  test('what the operators wrote down is named with F1 of at least 0.60', { skip }, (context) => {
    const score = scoreRealCases(datasets!)
    context.diagnostic(
      `F1 ${score.f1.toFixed(3)} (90 % interval ${score.f1Low.toFixed(3)} to ${score.f1High.toFixed(3)}), ` +
        `precision ${score.precision.toFixed(3)}, recall ${score.recall.toFixed(3)}, exact ${score.exact.toFixed(3)}`,
    )
    assert.equal(score.cases, 70)
    assert.ok(score.f1 >= 0.6, `F1 ${score.f1}`)
    assert.ok(score.f1Low > 0.319, "above RobustSpot's own answers even at the lower end")
  })

  test('`assay explain` says the same of the same cells', { skip }, async () => {
    const cases = readRealCases(datasets!)
    const folder = await mkdtemp(join(tmpdir(), 'assay-cells-'))
    try {
      const files = cases.map(({ name }) => join(folder, `${name}.csv`))
      await Promise.all(cases.map((one, i) => writeFile(files[i]!, cellsCsv(one))))
      const { code, stdout, stderr } = await assay(['explain', '--json', ...files])
      assert.equal(stderr, '')
      assert.equal(code, 0)
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { file: string; rank: number; where: Where[] })
      const first = new Map(lines.filter(({ rank }) => rank === 1).map(({ file, where }) => [file, where]))
      const printed = scoreAnswers(
        cases.map(({ name, cause }, i) => ({ name, cause, said: first.get(files[i]!)! })),
      )
      assert.deepEqual(printed.f1, scoreRealCases(datasets!).f1)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

test('the score counts combinations over all cases: right, wrong, missed', () => {
  const [a, b, c] = [{ site: 'a' }, { site: 'b' }, { solver: '1', site: 'a' }]
  const score = scoreAnswers([
    { name: 'right', cause: [c], said: [{ site: 'a', solver: '1' }] },
    { name: 'half', cause: [a, b], said: [a] },
    { name: 'wrong', cause: [a], said: [b] },
    { name: 'nothing', cause: [a], said: [{}] },
  ])
  // 2 right, 1 wrong, 3 missed.
  assert.equal(score.f1, (2 * 2) / (2 * 2 + 1 + 3))
  assert.equal(score.precision, 2 / 3)
  assert.equal(score.recall, 2 / 5)
  assert.equal(score.exact, 1 / 4)
  assert.ok(score.f1Low <= score.f1 && score.f1 <= score.f1High)
})
