import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/**
 * The import directions of ARCHITECTURE.md, as data. A room may import itself and what stands here; `store/contract`
 * is the one file of the store that the rooms above it may see.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  numerics: [],
  protocol: ['domain'],
  store: ['domain'],
  registry: ['domain', 'protocol', 'store/contract'],
  intake: ['domain', 'protocol', 'store/contract'],
  analysis: ['domain', 'numerics', 'incidents', 'store/contract'],
  incidents: ['domain', 'store/contract'],
  'operator-api': ['domain', 'numerics', 'protocol', 'incidents', 'registry', 'store/contract'],
  simulator: ['domain'],
  app: [
    'domain',
    'numerics',
    'protocol',
    'store',
    'registry',
    'intake',
    'analysis',
    'incidents',
    'operator-api',
    'simulator',
  ],
}

/** Time and chance come from outside everywhere but in `app`: the same events must give the same verdicts. */
const IMPURE = /\b(Date\.now\(|new Date\(\)|Math\.random\()/

/** Packages that would bring a clock, a disk or a network into rooms that are pure. */
const PURE_ROOMS = new Set(['domain', 'numerics', 'analysis', 'incidents', 'simulator'])

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g

/** @returns one line for each import or call that goes where it may not. */
export function roomViolations(root: string): string[] {
  const violations: string[] = []
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const [, room = ''] = file.split(sep)
    const allowed = MAY_IMPORT[room]
    if (allowed === undefined) {
      violations.push(`${file}: '${room}' is not a room (tools/rooms.ts)`)
      continue
    }
    const isTest = file.endsWith('.test.ts')
    const text = readFileSync(join(root, file), 'utf8')
    for (const match of text.matchAll(IMPORT)) {
      const target = match[1] ?? match[2] ?? match[3] ?? ''
      const complaint = target.startsWith('.')
        ? complainOfRoom(root, file, room, allowed, target, isTest)
        : complainOfPackage(room, target, isTest)
      if (complaint !== null) violations.push(`${file}: ${complaint}`)
    }
    if (room !== 'app' && !isTest) {
      text.split('\n').forEach((line, index) => {
        if (IMPURE.test(line) && !/^\s*(\*|\/\/)/.test(line))
          violations.push(
            `${file}:${index + 1}: asks for the time or for chance itself; take it as a parameter`,
          )
      })
    }
  }
  return violations
}

function complainOfRoom(
  root: string,
  file: string,
  room: string,
  allowed: readonly string[],
  target: string,
  isTest: boolean,
): string | null {
  const path = relative(join(root, 'src'), join(root, dirname(file), target))
    .split(sep)
    .join('/')
  const [targetRoom = ''] = path.split('/')
  if (targetRoom === room) return null
  // Its version is the project's.
  if (room === 'app' && path === '../package.json') return null
  // A test may build on the in-memory store, the one fake there is, and on files outside src.
  if (isTest && (targetRoom === 'store' || targetRoom === '..')) return null
  if (targetRoom === '..') return `imports ${target}, which is outside src`
  if (allowed.some((one) => one === targetRoom || `${one}.ts` === path)) return null
  return `room '${room}' may not import '${path}'`
}

function complainOfPackage(room: string, target: string, isTest: boolean): string | null {
  if (isTest || !PURE_ROOMS.has(room)) return null
  return target.startsWith('node:') ? `'${room}' is pure and may not import ${target}` : null
}
