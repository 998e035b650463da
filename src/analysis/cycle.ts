import type { Finding } from '../domain/finding.ts'
import type { ChangeLog, CounterStore } from '../store/contract.ts'
import type { Model, ModelSettings } from './model.ts'
import { createModel, restoreModel } from './model.ts'

export interface CycleParts {
  readonly log: Pick<ChangeLog, 'changesSince'>
  readonly settings: ModelSettings
  readonly counters: Pick<CounterStore, 'fold' | 'flush' | 'cursor'>
  readonly snapshots: {
    load(): Uint8Array | null
    save(bytes: Uint8Array): void
  }
  /** Makes findings durable. Nothing is snapshotted past a finding before this has been fulfilled. */
  emit(findings: readonly Finding[]): Promise<void>
  /** Told, once, why a snapshot was of no use. */
  onSnapshotDiscarded?(reason: string): void
}

export interface Cycle {
  /**
   * Takes in what is next in the log.
   * @returns changes handled; 0 when the log has nothing more
   */
  step(): Promise<number>
  /** Position up to which everything has been taken in. */
  cursor(): number
  /** Saves what has been taken in, if that is more than was saved. Called now and then, and at the end. */
  saveSnapshot(): void
}

/** Changes read at once: some milliseconds of work, so that calls between steps need not wait long. */
export const CHANGES_PER_STEP = 2_000
/**
 * A snapshot this often while much comes in: what a restart would replay in some seconds. When little does, whoever runs the cycle
 * saves by the clock: writing megabytes at every pause of a busy intake would cost it its disk (measured: a third of its rate).
 */
const CHANGES_PER_SNAPSHOT = 500_000

/**
 * The one part of the analysis that touches the world: reads the change log, folds it into counters and model, hands
 * findings on, and keeps snapshots so that a restart need not begin with the first change. Counters and model have cursors
 * of their own; whichever is behind is caught up first, and a finding may be emitted again after a crash: it is the same.
 */
export function createCycle(parts: CycleParts): Cycle {
  const { log, counters, snapshots } = parts
  const model = startModel(parts)
  let saved = model.cursor
  let sinceSaved = 0
  // Found but not yet taken by `emit`: kept when it fails, and offered again before anything else happens.
  let pending: Finding[] = []

  const emitPending = async (): Promise<void> => {
    if (pending.length === 0) return
    await parts.emit(pending)
    pending = []
  }

  const saveSnapshot = (): void => {
    if (model.cursor === saved || pending.length > 0) return
    snapshots.save(model.snapshot())
    saved = model.cursor
    sinceSaved = 0
  }

  return {
    async step() {
      await emitPending()
      const changes = await log.changesSince(Math.min(model.cursor, counters.cursor()), CHANGES_PER_STEP)
      const counted = counters.cursor()
      const unseen = changes.filter((change) => change.seq > counted)
      if (unseen.length > 0) counters.fold(unseen)

      for (const change of changes) {
        if (change.seq <= model.cursor) continue
        pending.push(...model.apply(change))
        sinceSaved += 1
      }
      await emitPending()

      if (sinceSaved >= CHANGES_PER_SNAPSHOT) saveSnapshot()
      return changes.length
    },
    cursor: () => Math.min(model.cursor, counters.cursor()),
    saveSnapshot,
  }
}

function startModel({ settings, snapshots, onSnapshotDiscarded }: CycleParts): Model {
  const bytes = snapshots.load()
  if (bytes === null) return createModel(settings)
  try {
    return restoreModel(settings, bytes)
  } catch (error) {
    onSnapshotDiscarded?.(error instanceof Error ? error.message : String(error))
    return createModel(settings)
  }
}
