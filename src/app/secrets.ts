import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'

/** What protects an installation: the pepper of key hashes, and the operator API's token. */
export interface Secrets {
  readonly secret: string
  readonly operatorToken: string
  /** True if the token was made just now, so that it is shown once. */
  readonly tokenIsNew: boolean
}

/**
 * Takes both from the configuration, else from the data folder, else makes them and keeps them there with mode 0600.
 * @throws Error if the folder cannot be written, in words that name it
 */
export function loadSecrets(config: Pick<Config, 'dataDir' | 'secret' | 'operatorToken'>): Secrets {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const tokenPath = operatorTokenPath(config.dataDir)
  const tokenIsNew = config.operatorToken === null && !existsSync(tokenPath)
  const secret = config.secret ?? keep(join(config.dataDir, 'secret'))
  const operatorToken = config.operatorToken ?? keep(tokenPath)
  // The command line reads this copy, also when the token came from the environment.
  if (config.operatorToken !== null) writeFileSync(tokenPath, `${operatorToken}\n`, { mode: 0o600 })
  return { secret, operatorToken, tokenIsNew }
}

/** Where the command line finds the token of a local server. */
export function operatorTokenPath(dataDir: string): string {
  return join(dataDir, 'operator-token')
}

/** A token is compared as a hash, so that neither its length nor its bytes can be measured. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function keep(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const made = randomBytes(32).toString('base64url')
  writeFileSync(path, `${made}\n`, { mode: 0o600, flag: 'wx' })
  return made
}
