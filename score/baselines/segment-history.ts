import { HOUR_MS, MINUTE_MS } from '../../src/domain/instant.ts'

const SLOT_MS = 5 * MINUTE_MS
/** Six hours of slots, and a week of hours with one more day to spare. */
const SLOTS = 72
const HOURS = 192
const PER_SEGMENT = 2 * (SLOTS + HOURS)
const TASKS_BY_HOUR = 2 * SLOTS

/**
 * What every monitor of the naive kind keeps: per segment, tasks by the time they were solved and bad reports by the time they came
 * in, in slots of five minutes for six hours and in hours for eight days.
 */
export class SegmentHistory {
  #counts = new Uint32Array(1024 * PER_SEGMENT)
  #slots = new Int32Array(1024).fill(-1)
  #hours = new Int32Array(1024).fill(-1)
  #first = new Float64Array(1024).fill(-1)

  addTask(segment: number, at: number): void {
    const base = this.#advance(segment, at)
    const slot = base + slotOf(at)
    const hour = base + TASKS_BY_HOUR + hourOf(at)
    this.#counts[slot] = (this.#counts[slot] as number) + 1
    this.#counts[hour] = (this.#counts[hour] as number) + 1
  }

  addReport(segment: number, at: number): void {
    const base = this.#advance(segment, at)
    const slot = base + SLOTS + slotOf(at)
    const hour = base + TASKS_BY_HOUR + HOURS + hourOf(at)
    this.#counts[slot] = (this.#counts[slot] as number) + 1
    this.#counts[hour] = (this.#counts[hour] as number) + 1
  }

  /** Whole hours since the segment was first seen. */
  ageHours(segment: number, at: number): number {
    const first = this.#first[segment] as number
    return first < 0 ? 0 : Math.floor((at - first) / HOUR_MS)
  }

  /** Bad reports received in the hour so many hours before the one that holds `at`; 0: in it. At most 191 ago. */
  reportsInHour(segment: number, at: number, hoursAgo = 0): number {
    const base = this.#advance(segment, at)
    return this.#counts[base + TASKS_BY_HOUR + HOURS + hourOf(at - hoursAgo * HOUR_MS)] as number
  }

  /** The trailing slots of five minutes, the running one included: at most 72. */
  inSlots(segment: number, at: number, slots: number): { tasks: number; reports: number } {
    const base = this.#advance(segment, at)
    return this.#sum(base, SLOTS, Math.floor(at / SLOT_MS), slots)
  }

  /** The trailing hours, the running one included: at most 192. */
  inHours(segment: number, at: number, hours: number): { tasks: number; reports: number } {
    const base = this.#advance(segment, at)
    return this.#sum(base + TASKS_BY_HOUR, HOURS, Math.floor(at / HOUR_MS), hours)
  }

  #sum(base: number, ring: number, newest: number, count: number): { tasks: number; reports: number } {
    let tasks = 0
    let reports = 0
    for (let ago = 0; ago < count; ago++) {
      const at = base + ((newest - ago) % ring)
      tasks += this.#counts[at] as number
      reports += this.#counts[at + ring] as number
    }
    return { tasks, reports }
  }

  /** Empties what has gone round since the segment was last touched. @returns where its counts begin */
  #advance(segment: number, at: number): number {
    if (segment >= this.#slots.length) this.#grow(segment)
    const base = segment * PER_SEGMENT
    const slot = Math.floor(at / SLOT_MS)
    const before = this.#slots[segment] as number
    if (slot <= before) return base
    this.#slots[segment] = slot
    if (before === -1) this.#first[segment] = at
    else {
      for (let one = Math.max(before + 1, slot - SLOTS + 1); one <= slot; one++) {
        this.#counts[base + (one % SLOTS)] = 0
        this.#counts[base + SLOTS + (one % SLOTS)] = 0
      }
    }
    const hour = Math.floor(at / HOUR_MS)
    const hourBefore = this.#hours[segment] as number
    this.#hours[segment] = hour
    if (hourBefore === -1) return base
    for (let one = Math.max(hourBefore + 1, hour - HOURS + 1); one <= hour; one++) {
      this.#counts[base + TASKS_BY_HOUR + (one % HOURS)] = 0
      this.#counts[base + TASKS_BY_HOUR + HOURS + (one % HOURS)] = 0
    }
    return base
  }

  #grow(segment: number): void {
    const size = Math.max(2 * this.#slots.length, segment + 1)
    this.#counts = grown(this.#counts, new Uint32Array(size * PER_SEGMENT))
    this.#slots = grown(this.#slots, new Int32Array(size).fill(-1))
    this.#hours = grown(this.#hours, new Int32Array(size).fill(-1))
    this.#first = grown(this.#first, new Float64Array(size).fill(-1))
  }
}

function grown<T extends Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}

function slotOf(at: number): number {
  return Math.floor(at / SLOT_MS) % SLOTS
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) % HOURS
}
