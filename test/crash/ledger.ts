import { permutation } from '../../bench/permutation.ts'
import type { Random } from './random.ts'

export type Claim = 'bad' | 'good'

export const ACCOUNTS = ['one', 'two', 'three'] as const
export const keyOf = (account: string) => `crash-test-key-of-${account}`

/** One task, and everything that a customer has sent about it. */
export interface KnownTask {
  readonly taskId: number | string
  readonly account: string
  /** Claims in the order in which they were sent: a first one, and perhaps its opposite. */
  readonly claims: { readonly claim: Claim; answered: boolean }[]
  /** The first claim was sent before the task was fed: refused on the wire, and kept. */
  early: boolean
  /** A request about it is under way. */
  busy: boolean
}

/** Rows that are fed in one request. */
export interface Batch {
  readonly tasks: readonly KnownTask[]
  /** The first of these is fed, then the next: rows may come as `processing` before they are `ready`. */
  readonly steps: readonly ('processing' | 'ready')[]
  /** Steps that have been answered. */
  answered: number
}

/** What the clients know, in their own memory, which no kill of the server touches. */
export class Ledger {
  readonly tasks: KnownTask[] = []
  readonly batches: Batch[] = []
  /** Fed for certain, and never reported. */
  readonly fresh: KnownTask[] = []
  /** Reported before they are fed. */
  readonly early: KnownTask[] = []
  /** Requests on report paths: how many were sent, how many answered. */
  sent = 0
  answered = 0
  /** Wrong keys: sent, and when each was answered. */
  wrongKeysSent = 0
  wrongKeysAnswered: number[] = []
  /** Answers whose outcome a kill may lose, by when they came; since the last kill. */
  recentOthers: number[] = []
  /** Outcomes that kills may have lost so far. */
  lossAllowed = 0
  wrongKeyLossAllowed = 0

  readonly #idAt: (index: number) => number
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
    this.#idAt = permutation(2 ** 40, random.whole(1, 2 ** 30))
  }

  /** A task that nobody has heard of yet. Every third id is an opaque string. */
  newTask(): KnownTask {
    const number = this.#idAt(this.tasks.length) + 1
    const task: KnownTask = {
      taskId: number % 3 === 0 ? `task-${number.toString(36)}` : number,
      account: this.#random.pick(ACCOUNTS),
      claims: [],
      early: false,
      busy: false,
    }
    this.tasks.push(task)
    return task
  }
}
