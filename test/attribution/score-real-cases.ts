import { explain } from '../../src/analysis/attribution/explain.ts'
import type { Where } from '../../src/domain/incident.ts'
import { Random } from '../../src/simulator/random.ts'
import { readRealCases } from './live-streaming.ts'

/** How often the first answer named what the operators had written down. */
export interface RealCasesScore {
  readonly cases: number
  /** Over combinations of all cases together, as RobustSpot and RiskLoc count: a combination is right or it is not. */
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** 90 % bootstrap interval of `f1`, cases drawn with replacement. */
  readonly f1Low: number
  readonly f1High: number
  /** Share of cases with exactly the operators' set. */
  readonly exact: number
  readonly perCase: readonly CaseScore[]
}

export interface CaseScore {
  readonly name: string
  readonly cause: readonly Where[]
  readonly said: readonly Where[]
  readonly right: number
  readonly wrong: number
  readonly missed: number
}

const BOOTSTRAP_DRAWS = 2_000

/**
 * The 70 real incidents through the scan, its first cause being the answer.
 *
 * @param datasets the folder that ASSAY_DATASETS names
 * @throws Error where the data is not there
 */
export function scoreRealCases(datasets: string): RealCasesScore {
  return scoreAnswers(
    readRealCases(datasets).map(({ name, attributes, leaves, cause }) => ({
      name,
      cause,
      said: explain(attributes, leaves)[0]?.where ?? [],
    })),
  )
}

/** Scores answers, however they were come by. */
export function scoreAnswers(
  answers: readonly {
    readonly name: string
    readonly cause: readonly Where[]
    readonly said: readonly Where[]
  }[],
): RealCasesScore {
  const perCase = answers.map(({ name, cause, said }) => {
    // "Everything, evenly" names no combination.
    const names = new Set(said.map(nameOf).filter((one) => one !== ''))
    const right = cause.filter((one) => names.has(nameOf(one))).length
    return { name, cause, said, right, wrong: names.size - right, missed: cause.length - right }
  })
  const random = Random.of('bootstrap of the real cases')
  const draws = Array.from({ length: BOOTSTRAP_DRAWS }, () =>
    f1Of(perCase.map(() => perCase[random.below(perCase.length)]!)),
  ).sort((a, b) => a - b)
  const right = total(perCase, 'right')
  return {
    cases: perCase.length,
    precision: right / Math.max(1, right + total(perCase, 'wrong')),
    recall: right / Math.max(1, right + total(perCase, 'missed')),
    f1: f1Of(perCase),
    f1Low: draws[Math.floor(0.05 * BOOTSTRAP_DRAWS)]!,
    f1High: draws[Math.ceil(0.95 * BOOTSTRAP_DRAWS) - 1]!,
    exact: perCase.filter((one) => one.wrong === 0 && one.missed === 0).length / Math.max(1, perCase.length),
    perCase,
  }
}

function f1Of(cases: readonly CaseScore[]): number {
  const right = total(cases, 'right')
  const all = 2 * right + total(cases, 'wrong') + total(cases, 'missed')
  return all === 0 ? 0 : (2 * right) / all
}

function total(cases: readonly CaseScore[], what: 'right' | 'wrong' | 'missed'): number {
  return cases.reduce((sum, one) => sum + one[what], 0)
}

function nameOf(where: Where): string {
  return Object.keys(where)
    .sort()
    .map((attribute) => `${attribute}=${where[attribute]}`)
    .join('&')
}
