/**
 * What share of all solved tasks is bad where nothing is wrong. Reports alone cannot tell it from how readily people report: only
 * the product of the two is seen. Who gives a verdict on every task can tell it; see `baseFailureShare`.
 */
export const BASE_FAILURE_SHARE = 0.02

/** From which P(bad) on a task belongs to the next stratum: quiet, doubtful, broken, rejecting nearly everything. */
const STRATA_FROM = [0, 0.05, 0.25, 0.6]
export const STRATA = STRATA_FROM.length

/**
 * What a group of accounts did, as plain numbers: one entry a stratum of P(bad). Enough for the two rates, O(1) to keep, additive.
 *
 * P(bad) of a task is q times the ratio of its cell when it was solved, **computed without this group**; at most 1.
 */
export interface ReporterRecord {
  /** Tasks that could have been reported by now, a task counting as much as it is mature. */
  readonly tasks: number[]
  /** Sum of their P(bad). */
  readonly bad: number[]
  /** Of these tasks those reported bad. */
  readonly reports: number[]
}

export function createReporterRecord(): ReporterRecord {
  const zeros = () => STRATA_FROM.map(() => 0)
  return { tasks: zeros(), bad: zeros(), reports: zeros() }
}

/**
 * Learns a task of the group.
 *
 * @param pBad in [0, 1]
 * @param weight how mature it is; or 1, when it is learned a day later
 */
export function addReporterTask(record: ReporterRecord, pBad: number, weight = 1): void {
  const stratum = stratumOf(pBad)
  record.tasks[stratum] = (record.tasks[stratum] as number) + weight
  record.bad[stratum] = (record.bad[stratum] as number) + weight * pBad
}

/** Learns a bad report of the group on a task with this P(bad), which is learned as a task too. */
export function addReporterReport(record: ReporterRecord, pBad: number, weight = 1): void {
  const stratum = stratumOf(pBad)
  record.reports[stratum] = (record.reports[stratum] as number) + weight
}

/** Forgets: everything counts this much of what it did. */
export function fadeReporterRecord(record: ReporterRecord, factor: number): void {
  for (const counts of [record.tasks, record.bad, record.reports])
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) * factor
}

/**
 * The failure share where nothing is wrong, told by groups that give a verdict, good or bad, on nearly every task: only they say
 * how many tasks were *not* bad. Drawn towards 0.02 by the weight of 500 verdicts.
 *
 * @param quiet their verdicts in quiet cells, and how many of these were bad. A group that calls half of everything bad tells nothing of
 *   failures and is left out; so is one below 90 % of its tasks, which the caller does not pass.
 */
export function baseFailureShare(quiet: readonly { verdicts: number; bad: number }[]): number {
  let [verdicts, bad] = [500, 500 * BASE_FAILURE_SHARE]
  for (const group of quiet) {
    if (group.bad > group.verdicts / 2) continue
    verdicts += group.verdicts
    bad += group.bad
  }
  return bad / verdicts
}

/** @throws RangeError for what is no probability */
export function stratumOf(pBad: number): number {
  if (!(pBad >= 0 && pBad <= 1)) throw new RangeError(`P(bad) is ${pBad}, no probability`)
  let stratum = 0
  while (stratum + 1 < STRATA && pBad >= (STRATA_FROM[stratum + 1] as number)) stratum++
  return stratum
}
