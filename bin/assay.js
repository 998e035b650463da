#!/usr/bin/env node
/**
 * The one door: every command of Assay enters here, on whatever Node npm was started with.
 *
 * It is plain JavaScript for Node 20. It installs what is missing or stale, then goes on under Node 24 (an optional
 * dependency brought by npm), which runs TypeScript without a build. Nothing native is loaded before that.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const NODE_MAJOR_MIN = 24

/** Commands with a plus are the developers': they need the development dependencies too. */
const DEVELOPER_COMMANDS = {
  '+test': 'tools/test.ts',
  '+check': 'tools/check.ts',
  '+bench': 'bench/main.ts',
  '+score': 'score/main.ts',
}

const [command = ''] = process.argv.slice(2)
const developer = Object.hasOwn(DEVELOPER_COMMANDS, command)
const entry = join(root, developer ? DEVELOPER_COMMANDS[command] : 'src/app/main.ts')

if (isStale(developer)) install(developer)

if (majorOf(process.versions.node) >= NODE_MAJOR_MIN) {
  // Types are stripped and modules compiled once, not at every start.
  nodeModule.enableCompileCache?.(join(root, 'node_modules', '.cache', 'compiled'))
  await import(pathToFileURL(entry).href)
} else {
  goOnUnder(findNode())
}

/** Whether node_modules lacks a package, or has another version of it than the lock file says. */
function isStale(withDevelopment) {
  const installedPath = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedPath)) return true
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages
  for (const [path, { version, dev, optional, devOptional, link }] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue
    if (link || optional || devOptional) continue
    if (dev && !withDevelopment) continue
    if (installed[path]?.version !== version) return true
  }
  return false
}

function install(withDevelopment) {
  const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error']
  if (!withDevelopment) args.push('--omit=dev')
  process.stderr.write(`assay: installing dependencies (npm ${args.slice(0, 1)}), about half a minute ...\n`)
  const startedAt = Date.now()
  // npm's own messages belong to the talk, not to the data: standard output stays clean.
  const options = { cwd: root, stdio: ['ignore', 2, 'inherit'], env: withoutNpmConfig(process.env) }
  const npm = process.env.npm_execpath
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (result.status !== 0) {
    process.stderr.write('assay: the installation failed; the lines above say why. Try `npm ci` by hand.\n')
    process.exit(1)
  }
  process.stderr.write(`assay: installed in ${Math.round((Date.now() - startedAt) / 1000)} s\n`)
}

/** `npm run --silent` and friends hand their own settings down; an inner npm must not inherit a dry run or a prefix. */
function withoutNpmConfig(env) {
  const kept = { ...env }
  for (const name of ['npm_config_dry_run', 'npm_config_omit', 'npm_config_global', 'npm_config_prefix'])
    delete kept[name]
  return kept
}

/** The Node 24 that npm brought for this platform, or null where there is none. */
function findNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const path = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return existsSync(path) ? path : null
}

function goOnUnder(node) {
  if (node === null) {
    process.stderr.write(
      `assay: needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}, and npm brings none for ` +
        `${process.platform}-${process.arch} (or optional dependencies were left out). Install Node ${NODE_MAJOR_MIN} and run the same command again.\n`,
    )
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128 + 15)))
}

function majorOf(version) {
  return Number.parseInt(version, 10)
}
