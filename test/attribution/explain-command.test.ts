import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ATTRIBUTES_MAX, ROWS_MAX } from '../../src/app/cli/cells.ts'
import { assay } from './command.ts'

const RAISED = 'site,solver,observed,expected\na,1,40,2\na,2,38,2\nb,1,3,2.5\nb,2,2,2\nc,1,1,1\n'

let folder = ''
before(async () => (folder = await mkdtemp(join(tmpdir(), 'assay-explain-'))))
after(() => rm(folder, { recursive: true }))

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function linesOf(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await assay(['explain', '--json', ...args])
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('assay explain --json', () => {
  test('prints one ranked explanation a line, as the contract has it', async () => {
    const path = await file('raised.csv', RAISED)
    const [line, ...others] = await linesOf(path)
    assert.deepEqual(others, [])
    const { score, ...rest } = line!
    assert.deepEqual(rest, {
      file: path,
      rank: 1,
      kind: 'cause',
      where: [{ site: 'a' }],
      observed: 78,
      expected: 4,
      ratio: 19.5,
    })
    assert.ok((score as number) > 0)
  })

  test('several files, each ranked from 1; unpacked if named so; a byte order mark and CRLF do no harm', async () => {
    const plainFile = await file('plain.csv', RAISED)
    const packed = await file('packed.csv.gz', gzipSync(RAISED))
    const windows = await file('windows.csv', `\ufeff${RAISED.replaceAll('\n', '\r\n')}`)
    const lines = await linesOf(plainFile, packed, windows)
    assert.deepEqual(
      lines.map((line) => line.file),
      [plainFile, packed, windows],
    )
    assert.deepEqual(
      lines.map((line) => line.rank),
      [1, 1, 1],
    )
    assert.deepEqual(new Set(lines.map((line) => JSON.stringify(line.where))), new Set(['[{"site":"a"}]']))
  })

  test('the order of rows and columns changes nothing but the order inside where', async () => {
    const path = await file(
      'turned.csv',
      'expected,solver,observed,site\n1,1,1,c\n2,2,2,b\n2.5,1,3,b\n2,2,38,a\n2,1,40,a\n',
    )
    const [line] = await linesOf(path)
    assert.deepEqual(line!.where, [{ site: 'a' }])
  })

  test('what cannot be told apart comes as an alternative of equal strength', async () => {
    const path = await file(
      'confounded.csv',
      'site,solver,observed,expected\na,2,40,2\nb,1,3,2.5\nc,1,2,2\nd,3,2,2\n',
    )
    const lines = await linesOf(path)
    assert.deepEqual(
      lines.map(({ rank, kind, strength }) => [rank, kind, strength]),
      [
        [1, 'cause', undefined],
        [2, 'alternative', 1],
      ],
    )
  })

  test('nothing explains it: one line with an empty where, and which kind of nothing', async () => {
    const even = await file('even.csv', 'site,observed,expected\na,40,10\nb,80,20\nc,41,10\n')
    const quiet = await file('quiet.csv', 'site,observed,expected\na,9,10\nb,22,20\nc,10,10\n')
    const lines = await linesOf(even, quiet)
    assert.deepEqual(
      lines.map(({ rank, kind, where }) => ({ rank, kind, where })),
      [
        { rank: 1, kind: 'even', where: [] },
        { rank: 1, kind: 'quiet', where: [] },
      ],
    )
    assert.deepEqual([lines[0]!.observed, lines[0]!.expected, lines[0]!.ratio], [161, 40, 4.025])
  })

  test('quoted values, empty values and odd names are data', async () => {
    const path = await file(
      'odd.csv',
      '"labels.pool, old",__proto__,observed,expected\n"a ""x"", y",p,40,2\n"a ""x"", y",,38,2\n,p,2,2\nb,p,3,3\nb,,2,2\n',
    )
    const [line] = await linesOf(path)
    assert.equal(JSON.stringify(line!.where), '[{"labels.pool, old":"a \\"x\\", y"}]')
  })
})

test('without --json it is a sentence and a table, escape sequences shown and not obeyed', async () => {
  const path = await file('terminal.csv', RAISED.replaceAll('\na,', '\n\u001b[31ma,'))
  const { code, stdout } = await assay(['explain', path])
  assert.equal(code, 0)
  assert.match(stdout, /site = \\u001b\[31ma explains most: 78 observed where 4 were expected, ×19\.5\./)
  assert.match(stdout, /^rank +kind +observed/m)
  assert.ok(!stdout.includes('\u001b'))
})

describe('bad input is named, and nothing is explained from a file that has some', () => {
  const cases: readonly [string, string, readonly RegExp[]][] = [
    ['empty', '', [/:1: empty/]],
    ['only a header', 'site,observed,expected\n', [/no rows/]],
    [
      'no counts',
      'site,solver\na,1\n',
      [/:1: column 'observed' is missing/, /:1: column 'expected' is missing/],
    ],
    ['no attributes', 'observed,expected\n1,1\n', [/:1: no attribute columns/]],
    ['a column twice', 'site,site,observed,expected\na,b,1,1\n', [/:1: column 'site' stands there twice/]],
    ['a column without a name', 'site,,observed,expected\na,b,1,1\n', [/:1: column 2 has no name/]],
    [
      'no numbers',
      'site,observed,expected\na,x,1\nb,1,\n',
      [/:2: column 'observed': 'x' is not a number/, /:3: column 'expected': is empty/],
    ],
    [
      'other than decimal',
      'site,observed,expected\na,0x10,1\nb,1 000,1\nc,NaN,1\n',
      [/:2: .*0x10/, /:3: .*1 000/, /:4: .*NaN/],
    ],
    ['negative', 'site,observed,expected\na,-1,1\n', [/:2: column 'observed': -1 is negative/]],
    [
      'infinite',
      'site,observed,expected\na,1,Infinity\nb,1,1e999\n',
      [/:2: column 'expected': 'Infinity' is not a number/, /:3: column 'expected': 1e999 is more than/],
    ],
    ['ragged', 'site,observed,expected\na,1\n', [/:2: 2 columns where the first row has 3/]],
    ['an open quote', 'site,observed,expected\n"a,1,1\nb,1,1\n', [/not CSV: .*[Qq]uote/]],
    ['a long row', `site,observed,expected\n${'x'.repeat(70_000)},1,1\n`, [/a row of more than 65536 bytes/]],
    [
      'a long value',
      `site,observed,expected\n${'x'.repeat(2_000)},1,1\n`,
      [/:2: column 'site': more than 1000 characters/],
    ],
    [
      'too many attributes',
      `${Array.from({ length: ATTRIBUTES_MAX + 1 }, (_, i) => `a${i}`).join()},observed,expected\n`,
      [/:1: 13 attribute columns; at most 12/],
    ],
    [
      'too many rows',
      `site,observed,expected\n${'a,1,1\n'.repeat(ROWS_MAX + 5)}`,
      [/:200002: more than 200000 rows/],
    ],
    ['too many problems', `site,observed,expected\n${'a,x,1\n'.repeat(5_000)}`, [/:21: column 'observed'/]],
  ]
  // One run for all of them: each start of the command line costs a second.
  let run: Awaited<ReturnType<typeof assay>>
  const paths = new Map<string, string>()
  let good = ''
  before(async () => {
    for (const [name, content] of cases)
      paths.set(name, await file(`bad-${name.replaceAll(' ', '-')}.csv`, content))
    good = await file('good.csv', RAISED)
    run = await assay(['explain', '--json', ...paths.values(), good])
  })

  test('the exit code says so, and a good file beside them is explained all the same', () => {
    assert.equal(run.code, 1)
    const printed = run.stdout.trimEnd().split('\n')
    assert.deepEqual(
      printed.map((line) => (JSON.parse(line) as { file: string }).file),
      [good],
    )
    const files = [...paths.values()]
    for (const line of run.stderr.trimEnd().split('\n'))
      assert.ok(
        files.some((path) => line.startsWith(`${path}:`)),
        line,
      )
  })
  for (const [name, , expected] of cases)
    test(name, () => {
      const lines = run.stderr.split('\n').filter((line) => line.startsWith(`${paths.get(name)}:`))
      assert.ok(lines.length <= 20, 'bounded')
      for (const pattern of expected) assert.match(lines.join('\n'), pattern)
    })

  test('a file that is not there, and one that is not packed', async () => {
    const packed = await file('not-packed.csv.gz', RAISED)
    const { code, stderr } = await assay(['explain', join(folder, 'absent.csv'), packed])
    assert.equal(code, 1)
    assert.match(stderr, /absent\.csv: cannot be read \(ENOENT\)/)
    assert.match(stderr, /not-packed\.csv\.gz: cannot be read/)
  })

  test('no file, or an impossible dispersion, is a usage error', async () => {
    assert.equal((await assay(['explain'])).code, 2)
    const path = await file('usage.csv', RAISED)
    const { code, stderr } = await assay(['explain', '--dispersion=0.5', path])
    assert.equal(code, 2)
    assert.match(stderr, /--dispersion: a number of at least 1/)
  })
})
