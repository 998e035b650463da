import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { THREE_EXPONENTIALS } from './delays.ts'
import type { AccountSettings, DelaySettings, FailureSettings, WorldSettings } from './settings.ts'

export type PresetName = keyof typeof PRESETS

const ACCOUNTS: AccountSettings = {
  count: 2_000,
  zipf: 1,
  loyalty: 0.7,
  favourites: [3, 5],
  behaviours: { some: 0.35, all: 0.03, everything: 0.01, random: 0.01 },
  someReport: [0.01, 0.2],
  // A quarter of the 40 % that report at all: one account in ten.
  positive: 0.25,
  positiveReport: [0.02, 0.2],
}

const FAILURES: FailureSettings = {
  mean: [0.01, 0.03],
  hardSites: 0.05,
  hardMean: [0.1, 0.2],
  concentration: 100,
  solverSigma: 0.1,
  regionSigma: 0.1,
}

const DELAYS: DelaySettings = {
  family: THREE_EXPONENTIALS,
  accountFactor: [0.5, 3],
  flushing: 0.05,
  flushEveryMs: [2 * HOUR_MS, 8 * HOUR_MS],
  giveUpMs: DAY_MS,
}

/** The size of a large service: 40 types, 3,000 sites, some 30 M tasks a week. */
const FULL: Omit<WorldSettings, 'seed' | 'startAt'> = {
  types: 40,
  sites: 3_000,
  typesPerSite: [1, 4],
  siteZipf: 1,
  solvers: { versions: 6, releaseEveryMs: 10 * DAY_MS, rolloutMs: [12 * HOUR_MS, 3 * DAY_MS] },
  regions: 12,
  pools: 2,
  accounts: ACCOUNTS,
  traffic: {
    volume: { kind: 'tasks', perWeek: 30_000_000 },
    cycle: { daily: 0.5, weekend: 0.7 },
    unsolved: 0,
  },
  failures: FAILURES,
  delays: DELAYS,
  openings: [],
  dedicated: [],
  guests: [],
}

/**
 * 2,000 type x site segments with 16,800 bad reports a week. Accounts report more readily than in life, so that some 2 M tasks a week
 * stand for many: to an analysis the reports are the same Poisson process.
 */
const SEGMENTS_2000: Omit<WorldSettings, 'seed' | 'startAt'> = {
  ...FULL,
  sites: 1_000,
  typesPerSite: [2, 2],
  pools: 0,
  accounts: { ...ACCOUNTS, someReport: [0.2, 0.9] },
  traffic: { ...FULL.traffic, volume: { kind: 'bad-reports', perWeek: 16_800 } },
}

/** The same reports over 10,000 type x site segments: most see one report a month. */
const SEGMENTS_10000: Omit<WorldSettings, 'seed' | 'startAt'> = { ...SEGMENTS_2000, sites: 5_000 }

/**
 * Where many faults are tried: 150 sites and 12 types, so that some types are used on about a dozen sites and some on about fifty;
 * 400,000 tasks a week, of whose rejections four in ten are reported.
 */
const PRACTICE: Omit<WorldSettings, 'seed' | 'startAt'> = {
  ...FULL,
  types: 12,
  sites: 150,
  typesPerSite: [1, 3],
  siteZipf: 0.8,
  regions: 6,
  pools: 4,
  accounts: {
    ...ACCOUNTS,
    count: 400,
    zipf: 0.8,
    behaviours: { some: 0.6, all: 0.05, everything: 0.005, random: 0.01 },
    someReport: [0.4, 0.9],
  },
  traffic: { ...FULL.traffic, volume: { kind: 'tasks', perWeek: 400_000 } },
}

/** Small enough to watch: a dozen sites, thirty customers who report readily. */
const SMALL: Omit<WorldSettings, 'seed' | 'startAt'> = {
  ...FULL,
  types: 3,
  sites: 12,
  typesPerSite: [1, 2],
  solvers: { versions: 3, releaseEveryMs: 10 * DAY_MS, rolloutMs: [12 * HOUR_MS, 3 * DAY_MS] },
  regions: 3,
  accounts: {
    ...ACCOUNTS,
    count: 30,
    zipf: 0.4,
    loyalty: 0.5,
    behaviours: { some: 0.5, all: 0.1, everything: 0, random: 0.034 },
    someReport: [0.3, 0.6],
  },
  traffic: {
    volume: { kind: 'bad-reports', perWeek: 6_000 },
    cycle: { daily: 0.4, weekend: 0.8 },
    unsolved: 0.02,
  },
  // With a dozen sites a hard one would be most of the reports, with thirty accounts a batch a tenth of a day's.
  failures: { ...FAILURES, hardSites: 0, mean: [0.015, 0.025], concentration: 300 },
  delays: { ...DELAYS, flushing: 0 },
}

const PRESETS = {
  small: SMALL,
  practice: PRACTICE,
  segments2000: SEGMENTS_2000,
  segments10000: SEGMENTS_10000,
  full: FULL,
}

export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[]

/** Settings of a named preset; change what a scenario needs with a spread. */
export function presetSettings(name: PresetName, seed: number | string, startAt: Instant): WorldSettings {
  return { ...PRESETS[name], seed, startAt }
}
