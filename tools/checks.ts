import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { roomViolations } from './rooms.ts'

const root = join(import.meta.dirname, '..')

/** One check of the code as text: its name, what it printed, and whether it passed. */
export interface CheckResult {
  readonly name: string
  readonly passed: boolean
  readonly output: string
}

/** Types, lint, format and import directions, side by side. */
export function runChecks(): Promise<CheckResult[]> {
  return Promise.all([
    runTool('types', 'tsc', ['-p', '.']),
    runTool('lint', 'oxlint', ['--deny-warnings']),
    runTool('format', 'prettier', ['--check', '--log-level=warn', '.']),
    checkRooms(),
  ])
}

async function checkRooms(): Promise<CheckResult> {
  const violations = roomViolations(root)
  return { name: 'import directions', passed: violations.length === 0, output: violations.join('\n') }
}

function runTool(name: string, tool: string, args: string[]): Promise<CheckResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', tool), args, {
      cwd: root,
      shell: process.platform === 'win32',
      env: { ...process.env, NO_COLOR: '1' },
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ name, passed: code === 0, output }))
  })
}
