import type { Finding } from '../domain/finding.ts'
import type { ChangeLog, CounterStore } from '../store/contract.ts'
import type { Model, ModelSettings } from './model.ts'
import { createModel, restoreModel } from './model.ts'
import { RecentVerdicts } from './recent-verdicts.ts'
import type { VerdictChange } from './recent-verdicts.ts'

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
  /** Told of verdicts that changed, once the findings that changed them are durable. They are news, not records. */
  onVerdicts?(changes: readonly VerdictChange[]): void
  /** Told, once, why a snapshot was of no use. */
  onSnapshotDiscarded?(reason: string): void
  /** The judgement; absent: model.ts. */
  readonly models?: ModelMaker
}

/** How a judgement begins, and goes on. */
export interface ModelMaker {
  create(settings: ModelSettings): Model
  /** @throws Error when the bytes are of no use */
  restore(settings: ModelSettings, bytes: Uint8Array): Model
}

const MODELS: ModelMaker = { create: createModel, restore: restoreModel }

export interface Cycle {
  /**
   * Takes in what is next in the log.
   * @returns changes handled; 0 when the log has nothing more
   */
  step(): Promise<number>
  /** Position up to which everything has been taken in. */
  cursor(): number
  /** What is thought as of what has been taken in by the model, which may be more than what the counters have. */
  readonly thoughts: Pick<Model, 'cursor' | 'judge' | 'effects' | 'maturity' | 'stats'>
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
 * Counts are written at least this often while much comes in: what has not been written is held in memory, and writing more at
 * once would keep calls waiting (a third of a second where every change is a row of its own).
 */
const CHANGES_PER_FLUSH = 20_000

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
  let sinceFlushed = 0
  const recent = new RecentVerdicts()
  // Found but not yet taken by `emit`: kept when it fails, and offered again before anything else happens.
  let pending: Finding[] = []

  const emitPending = async (): Promise<void> => {
    if (pending.length === 0) return
    const found = pending
    await parts.emit(found)
    pending = []
    const changed = recent.changedBy(found, (report) => model.judge(report))
    if (changed.length > 0) parts.onVerdicts?.(changed)
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
      for (const change of changes) {
        if (change.seq > counters.cursor()) {
          // As expected when it is counted: before the model has learned from it or, after a kill, somewhat later.
          counters.fold(change, change.kind === 'task' ? model.expects(change) : 0)
          sinceFlushed += 1
        }
        if (change.seq <= model.cursor) continue
        if (change.kind === 'report') recent.note(change)
        pending.push(...model.apply(change))
        sinceSaved += 1
      }
      if (sinceFlushed >= CHANGES_PER_FLUSH) {
        counters.flush()
        sinceFlushed = 0
      }
      await emitPending()

      if (sinceSaved >= CHANGES_PER_SNAPSHOT) saveSnapshot()
      return changes.length
    },
    cursor: () => Math.min(model.cursor, counters.cursor()),
    thoughts: model,
    saveSnapshot,
  }
}

function startModel({ settings, snapshots, onSnapshotDiscarded, models = MODELS }: CycleParts): Model {
  const bytes = snapshots.load()
  if (bytes === null) return models.create(settings)
  try {
    return models.restore(settings, bytes)
  } catch (error) {
    onSnapshotDiscarded?.(error instanceof Error ? error.message : String(error))
    return models.create(settings)
  }
}
