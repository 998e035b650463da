import { mix, permutation } from './permutation.ts'

/** What the benchmarks feed and report: a fixed function of these five numbers, so that no list of tasks is kept. */
export interface World {
  readonly tasks: number
  readonly ids: 'integer' | 'uuid'
  readonly seed: number
  /** Instant of the newest task; the others lie up to 12 h before it, inside the 24 h in which reports are accepted. */
  readonly newestAt: number
}

export const ACCOUNTS = 200
const SITES = 3000
/** An account uses some forty sites, a few of them most of the time. */
const SITES_PER_ACCOUNT = 40
const SPAN_MS = 12 * 3_600_000
const TYPES = ['TurnstileTask', 'RecaptchaV2Task', 'RecaptchaV3TaskProxyless', 'GeeTestTask', 'AmazonTask']
const SOLVERS = ['3.8.0', '3.8.1', '3.9.0']
const REGIONS = ['eu-1', 'us-1']
const ID_SPACE = 2 ** 40

export function accountId(account: number): string {
  return `bench-${account}`
}

export function clientKey(account: number): string {
  return `bench-client-key-${String(account).padStart(6, '0')}-${mix(account + 1).toString(16)}`
}

/** The account that owns task `index`. */
export function accountOf(index: number): number {
  return mix(index) % ACCOUNTS
}

/**
 * Ids by index: random over 2^40 (distinct, a permutation), or UUIDs. As JSON, so strings come in quotes.
 * @returns a function, since the permutation is prepared once
 */
export function taskIds(world: World): (index: number) => string {
  const permuted = permutation(ID_SPACE, world.seed)
  if (world.ids === 'integer') return (index) => String(permuted(index) + 1)
  return (index) => {
    const head = mix(index ^ world.seed)
      .toString(16)
      .padStart(8, '0')
    const middle = mix(index ^ 0x5bd1e995)
      .toString(16)
      .padStart(8, '0')
    const tail = permuted(index).toString(16).padStart(10, '0')
    return `"${head}-${middle.slice(0, 4)}-4${middle.slice(5)}-a${tail.slice(0, 3)}-${tail.slice(3)}00000"`
  }
}

/** The order in which tasks are reported: unlike that in which they were fed, so that nothing lies side by side. */
export function reportOrder(world: World): (report: number) => number {
  return permutation(world.tasks, world.seed ^ 0x2545f491)
}

/** Task records as NDJSON, `from`..`to` by index. */
export function taskLines(world: World, from: number, to: number): string {
  const idAt = taskIds(world)
  let text = ''
  for (let index = from; index < to; index++) {
    const account = accountOf(index)
    const chance = mix(index ^ 0x1b873593) / 2 ** 32
    const site = (account * 97 + Math.floor(SITES_PER_ACCOUNT * chance * chance)) % SITES
    const solver = SOLVERS[mix(index ^ 0x165667b1) % SOLVERS.length]
    const region = REGIONS[site % REGIONS.length]
    // A site uses one type of captcha.
    const type = TYPES[site % TYPES.length]
    const solvedAt = world.newestAt - Math.floor(SPAN_MS * (1 - (index + 1) / world.tasks))
    text +=
      `{"taskId":${idAt(index)},"account":"${accountId(account)}","type":"${type}","site":"site-${site}.example",` +
      `"solver":"${solver}","region":"${region}","status":"ready","solvedAt":"${new Date(solvedAt).toISOString()}"}\n`
  }
  return text
}
