import type { DurationMs, Instant } from '../domain/instant.ts'
import { HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import { exponential, logNormal } from './draws.ts'
import type { Random } from './random.ts'

/** How long a customer takes to notice a rejection and to say so. */
export type DelayFamily =
  | { readonly kind: 'exponentials'; readonly parts: readonly DelayPart[] }
  | { readonly kind: 'log-normal'; readonly medianMs: DurationMs; readonly sigma: number }

export interface DelayPart {
  readonly share: number
  readonly meanMs: DurationMs
}

/** Half at once, a third within the hour, the rest by some nightly job: mean 80 min, median 17 min. */
export const THREE_EXPONENTIALS: DelayFamily = {
  kind: 'exponentials',
  parts: [
    { share: 0.5, meanMs: 10 * MINUTE_MS },
    { share: 0.35, meanMs: 60 * MINUTE_MS },
    { share: 0.15, meanMs: 6 * HOUR_MS },
  ],
}

/** About the same mean and median, another shape: a model that assumes the first family must live with this one too. */
export const LOG_NORMAL: DelayFamily = { kind: 'log-normal', medianMs: 17 * MINUTE_MS, sigma: 1.76 }

export function drawDelay(random: Random, family: DelayFamily): DurationMs {
  if (family.kind === 'log-normal') return logNormal(random, family.medianMs, family.sigma)
  let left = random.coin()
  let part: DelayPart | undefined
  for (part of family.parts) {
    left -= part.share
    if (left < 0) break
  }
  if (part === undefined) throw new RangeError('a mixture of delays has at least one part')
  return part.meanMs * exponential(random)
}

/** An account that collects its reports and sends them together. */
export interface Flushing {
  readonly everyMs: DurationMs
  readonly phaseMs: DurationMs
}

/** @returns the first flush at or after `at` */
export function nextFlush(flushing: Flushing, at: Instant): Instant {
  return Math.ceil((at - flushing.phaseMs) / flushing.everyMs) * flushing.everyMs + flushing.phaseMs
}
