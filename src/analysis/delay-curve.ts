import { HOUR_MS, MINUTE_MS } from '../domain/instant.ts'

/**
 * How late reports come: a mixture of four exponentials.
 *
 *   F(x) = sum over k of w_k * (1 - exp(-x / tau_k))
 *
 * Until anything is known, the three slow parts have 50 % with a mean of 10 minutes, 35 % with an hour and 15 % with six hours.
 * The first part, one minute, is for clients that report from inside their own retry loop: its share is learned from the first
 * reports of a type on (`promptShare`), since without it a type whose reports come at once would look ten times too bad in its
 * newest bin. From the second hour on all four shares are learned (delay-book.ts).
 */
export const DELAY_MEANS_MS: readonly number[] = [MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS]
const SLOW_WEIGHTS: readonly number[] = [0.5, 0.35, 0.15]

/** Share of the parts when this share of reports is prompt. Adds up to 1. */
export function delayWeights(promptShare: number): [number, number, number, number] {
  const slow = 1 - promptShare
  return [
    promptShare,
    slow * (SLOW_WEIGHTS[0] as number),
    slow * (SLOW_WEIGHTS[1] as number),
    slow * (SLOW_WEIGHTS[2] as number),
  ]
}

/** Share of a task's reports due by this age, in [0, 1]. @param weights of the four parts, adding up to 1 */
export function maturity(ageMs: number, weights: readonly number[] = delayWeights(0)): number {
  if (ageMs <= 0) return 0
  return 1 - weights.reduce((left, w, k) => left + w * Math.exp(-ageMs / (DELAY_MEANS_MS[k] as number)), 0)
}

/** A report this soon after its task was solved counts as prompt. */
export const PROMPT_MS = 3 * MINUTE_MS
// What each part puts below PROMPT_MS.
const PROMPT_IF_SLOW = maturity(PROMPT_MS)
const PROMPT_IF_PROMPT = maturity(PROMPT_MS, delayWeights(1))

/** Delays seen on one type, forgotten slowly. */
export interface DelayTally {
  prompt: number
  all: number
}

// Worth 20 reports of the fixed curve: enough that a handful of quick ones changes little.
const PRIOR_REPORTS = 20
const TALLY_MAX = 4_096

export function createDelayTally(): DelayTally {
  return { prompt: 0, all: 0 }
}

export function tallyDelay(tally: DelayTally, delayMs: number): void {
  tally.all += 1
  if (delayMs < PROMPT_MS) tally.prompt += 1
  if (tally.all < TALLY_MAX) return
  tally.all /= 2
  tally.prompt /= 2
}

/**
 * The share of the one-minute part that explains how many reports were prompt.
 *
 * Reports still to come are not counted, so the estimate errs towards prompt: expectation then matures too early, which
 * costs some speed and never a false alarm.
 *
 * @returns in [0, 1]; 0 for delays that follow the fixed curve or are slower
 */
export function promptShare(tally: DelayTally): number {
  const seen = (tally.prompt + PRIOR_REPORTS * PROMPT_IF_SLOW) / (tally.all + PRIOR_REPORTS)
  return Math.min(1, Math.max(0, (seen - PROMPT_IF_SLOW) / (PROMPT_IF_PROMPT - PROMPT_IF_SLOW)))
}
