import { existsSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import type { DurationMs } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/instant.ts'
import { classKey } from '../domain/task-class.ts'
import type { TaskClass, TaskClassMap } from '../domain/task-class.ts'

/** Everything an operator can set, read and checked once at start; nothing else looks at the environment. */
export interface Config {
  readonly host: string
  readonly port: number
  /** null: operator's side and customers' side share a port. */
  readonly adminPort: number | null
  readonly dataDir: string
  readonly operatorToken: string | null
  readonly secret: string | null
  readonly trustedProxies: readonly string[]
  readonly reportWindowMs: DurationMs
  readonly retentionMs: DurationMs
  readonly falseIncidentsPerWeek: number
  readonly strictClass: boolean
  readonly numericErrorIds: boolean
  readonly taskTypes: TaskClassMap
  readonly logLevel: LogLevel
}

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One or more settings are wrong. Each problem names the key, where it was set, the value and what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`configuration: ${problems.join('; ')}`)
    this.problems = problems
  }
}

/** How one setting is read from text. Throws a string saying what is allowed. */
interface Setting<T> {
  readonly variable: string
  /** Its name in assay.yaml. */
  readonly key: string
  readonly fallback: T
  readonly read: (text: string) => T
  readonly secret?: boolean
}

const setting = <T>(
  variable: string,
  key: string,
  fallback: T,
  read: (text: string) => T,
  secret = false,
): Setting<T> => ({
  variable,
  key,
  fallback,
  read,
  secret,
})

const SETTINGS = {
  host: setting('ASSAY_HOST', 'host', '127.0.0.1', readHost),
  port: setting('ASSAY_PORT', 'port', 8787, readPort),
  adminPort: setting<number | null>('ASSAY_ADMIN_PORT', 'adminPort', null, readPort),
  dataDir: setting('ASSAY_DATA', 'data', './data', readText),
  operatorToken: setting<string | null>('ASSAY_OPERATOR_TOKEN', 'operatorToken', null, readSecret(8), true),
  secret: setting<string | null>('ASSAY_SECRET', 'secret', null, readSecret(16), true),
  trustedProxies: setting<readonly string[]>('ASSAY_TRUSTED_PROXIES', 'trustedProxies', [], readAddresses),
  reportWindowMs: setting(
    'ASSAY_REPORT_WINDOW',
    'reportWindow',
    DAY_MS,
    readDuration(SECOND_MS, 90 * DAY_MS),
  ),
  retentionMs: setting('ASSAY_RETENTION', 'retention', 90 * DAY_MS, readDuration(DAY_MS, 3650 * DAY_MS)),
  falseIncidentsPerWeek: setting(
    'ASSAY_FALSE_INCIDENTS_PER_WEEK',
    'falseIncidentsPerWeek',
    1,
    readNumber(0.001, 1000),
  ),
  strictClass: setting('ASSAY_STRICT_CLASS', 'strictClass', false, readSwitch),
  numericErrorIds: setting('ASSAY_NUMERIC_ERROR_IDS', 'numericErrorIds', false, readSwitch),
  logLevel: setting<LogLevel>('ASSAY_LOG_LEVEL', 'logLevel', 'info', readLogLevel),
} satisfies Record<string, Setting<unknown>>

/** `ASSAY_DATABASE_URL` names an engine that this release has not: said plainly instead of quietly using SQLite. */
const NOT_YET = {
  ASSAY_DATABASE_URL: 'PostgreSQL comes with a later release; unset it to use the embedded SQLite store',
}

/** Variables with our prefix that are not settings of the service. */
const NOT_SETTINGS = new Set([
  'ASSAY_URL',
  'ASSAY_TEST_FULL',
  'ASSAY_TEST_VERBOSE',
  'ASSAY_DATASETS',
  'ASSAY_WRITE_SCHEMA',
])

/**
 * Reads the settings: environment first (`NAME`, or `NAME_FILE` for a secret kept in a file), then assay.yaml, then defaults.
 * @param env the environment to read
 * @param file path of a YAML file that must exist; null: ./assay.yaml if there is one
 * @throws ConfigError naming every wrong value at once
 */
export function readConfig(env: NodeJS.ProcessEnv, file: string | null): Config {
  const problems: string[] = []
  const yaml = readYaml(file, problems)
  const values: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(SETTINGS))
    values[name] = readSetting(one as Setting<unknown>, env, yaml, problems)
  values.taskTypes = readTaskTypes(yaml, problems)
  complainOfUnknown(env, yaml, problems)
  const config = values as unknown as Config
  if (config.adminPort !== null && config.adminPort !== 0 && config.adminPort === config.port)
    problems.push(
      `ASSAY_ADMIN_PORT (environment): ${config.adminPort} is ASSAY_PORT too; leave it unset to share one port`,
    )
  if (config.reportWindowMs > config.retentionMs)
    problems.push(
      `ASSAY_REPORT_WINDOW: longer than ASSAY_RETENTION, so reports would name tasks already forgotten`,
    )
  if (problems.length > 0) throw new ConfigError(problems)
  return { ...config, dataDir: resolve(config.dataDir) }
}

/** Settings as lines `NAME=value`, secrets masked, for `assay config`. */
export function printConfig(config: Config): string[] {
  return Object.entries(SETTINGS).map(([name, one]) => {
    const value = config[name as keyof typeof SETTINGS]
    if (value === null) return `${one.variable}=`
    if (one.secret) return `${one.variable}=(set)`
    return `${one.variable}=${Array.isArray(value) ? value.join(',') : String(value)}`
  })
}

function readSetting(
  one: Setting<unknown>,
  env: NodeJS.ProcessEnv,
  yaml: Map<string, unknown>,
  problems: string[],
): unknown {
  const found = findText(one, env, yaml, problems)
  if (found === null) return one.fallback
  try {
    return one.read(found.text)
  } catch (allowed) {
    const shown = one.secret ? '(hidden)' : JSON.stringify(found.text.slice(0, 80))
    problems.push(
      `${found.where}: ${shown} is not allowed: ${allowed instanceof Error ? allowed.message : String(allowed)}`,
    )
    return one.fallback
  }
}

function findText(
  one: Setting<unknown>,
  env: NodeJS.ProcessEnv,
  yaml: Map<string, unknown>,
  problems: string[],
): { text: string; where: string } | null {
  const direct = env[one.variable]
  if (direct !== undefined && direct !== '') return { text: direct, where: `${one.variable} (environment)` }
  const path = one.secret ? env[`${one.variable}_FILE`] : undefined
  if (path !== undefined && path !== '') {
    try {
      return { text: readFileSync(path, 'utf8').trim(), where: `${one.variable}_FILE (environment)` }
    } catch (error) {
      problems.push(`${one.variable}_FILE (environment): cannot read ${path}: ${(error as Error).message}`)
      return null
    }
  }
  const value = yaml.get(one.key)
  if (value === undefined || value === null) return null
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return { text, where: `${one.key} (assay.yaml)` }
}

function readYaml(file: string | null, problems: string[]): Map<string, unknown> {
  const path = file ?? 'assay.yaml'
  if (file === null && !existsSync(path)) return new Map()
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'))
    if (value === null || value === undefined) return new Map()
    if (typeof value !== 'object' || Array.isArray(value))
      throw new Error('the top of the file must be a mapping of settings')
    return new Map(Object.entries(value))
  } catch (error) {
    problems.push(`${path}: ${(error as Error).message.split('\n')[0]}`)
    return new Map()
  }
}

function readTaskTypes(yaml: Map<string, unknown>, problems: string[]): TaskClassMap {
  const map = new Map<string, TaskClass>()
  const value = yaml.get('taskTypes')
  if (value === undefined || value === null) return map
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push('taskTypes (assay.yaml): must map task types to image or token, e.g. {MyTask: token}')
    return map
  }
  for (const [type, taskClass] of Object.entries(value)) {
    if (taskClass === 'image' || taskClass === 'token') map.set(classKey(type), taskClass)
    else
      problems.push(
        `taskTypes.${type} (assay.yaml): ${JSON.stringify(taskClass)} is not allowed: image or token`,
      )
  }
  return map
}

function complainOfUnknown(env: NodeJS.ProcessEnv, yaml: Map<string, unknown>, problems: string[]): void {
  const all: readonly Setting<unknown>[] = Object.values(SETTINGS) as Setting<unknown>[]
  const variables = new Set(
    all.flatMap((one) => (one.secret ? [one.variable, `${one.variable}_FILE`] : [one.variable])),
  )
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('ASSAY_') || value === undefined || value === '') continue
    const later = NOT_YET[name as keyof typeof NOT_YET]
    if (later !== undefined) problems.push(`${name} (environment): ${later}`)
    else if (!variables.has(name) && !NOT_SETTINGS.has(name))
      problems.push(`${name} (environment): no such setting; settings are ${[...variables].join(', ')}`)
  }
  const keys = new Set([...all.map((one) => one.key), 'taskTypes'])
  for (const key of yaml.keys())
    if (!keys.has(key))
      problems.push(`${key} (assay.yaml): no such setting; settings are ${[...keys].join(', ')}`)
}

function readText(text: string): string {
  return text
}

function readHost(text: string): string {
  if (isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text)) return text
  throw new Error('an IP address or a host name, without port')
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Error('an integer from 0 (any free port) to 65535')
}

function readSecret(lengthMin: number): (text: string) => string {
  return (text) => {
    if (text.length >= lengthMin && !/\s/.test(text)) return text
    throw new Error(`at least ${lengthMin} characters without white space`)
  }
}

function readAddresses(text: string): readonly string[] {
  const addresses = text.split(/[\s,]+/).filter((one) => one !== '')
  for (const one of addresses) {
    const [address = '', prefix] = one.split('/')
    const bits = isIP(address) === 4 ? 32 : 128
    if (isIP(address) === 0 || (prefix !== undefined && !(/^\d+$/.test(prefix) && Number(prefix) <= bits)))
      throw new Error('IP addresses or CIDR blocks, separated by commas')
  }
  return addresses
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

function readDuration(min: DurationMs, max: DurationMs): (text: string) => DurationMs {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
    const value =
      match === null ? Number.NaN : Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN))
    if (value >= min && value <= max) return value
    throw new Error(
      `a number with a unit (ms, s, m, h, d), from ${min / SECOND_MS} s to ${max / DAY_MS} d, e.g. 24h`,
    )
  }
}

function readNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= min && value <= max) return value
    throw new Error(`a number from ${min} to ${max}`)
  }
}

function readSwitch(text: string): boolean {
  const word = text.toLowerCase()
  if (['1', 'true', 'on', 'yes'].includes(word)) return true
  if (['0', 'false', 'off', 'no'].includes(word)) return false
  throw new Error('on or off (also true/false, yes/no, 1/0)')
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text)
  if (level !== undefined) return level
  throw new Error(`one of ${LOG_LEVELS.join(', ')}`)
}
