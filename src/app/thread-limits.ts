import type { ResourceLimits } from 'node:worker_threads'

/**
 * Memory that a thread may take for what it has just allocated. Node's own limit of some 50 MB a thread is for programs that keep
 * much of it; ours keep next to nothing, so that a smaller one only means collecting smaller pieces more often.
 */
export const THREAD_LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 12 }
