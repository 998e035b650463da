import type { Where } from '../../domain/incident.ts'
import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, toIso } from '../../domain/instant.ts'

/** `2026-11-23 14:18`, in UTC. */
export function minuteOf(at: Instant): string {
  return toIso(at).slice(0, 16).replace('T', ' ')
}

/** `2026-11-23` */
export function dayOf(at: Instant): string {
  return toIso(at).slice(0, 10)
}

/** `24 min`, `3 h 5 min`, `2 d 3 h`: two units at most. */
export function durationOf(ms: DurationMs): string {
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 1) return 'under 1 min'
  if (minutes < 60) return `${minutes} min`
  if (ms < DAY_MS) return twoUnits(minutes, HOUR_MS / MINUTE_MS, 'h', 'min')
  return twoUnits(Math.round(ms / HOUR_MS), DAY_MS / HOUR_MS, 'd', 'h')
}

function twoUnits(count: number, perUnit: number, unit: string, smaller: string): string {
  const rest = count % perUnit
  return `${Math.floor(count / perUnit)} ${unit}${rest === 0 ? '' : ` ${rest} ${smaller}`}`
}

/** `1,234,567` */
export function countOf(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

/** `1 report`, `9 reports`. */
export function counted(value: number, noun: string): string {
  return `${countOf(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** A share of something, never rounded to none or all of it: `12 %`, `under 1 %`. */
export function shareOf(part: number, whole: number): string {
  const percent = (100 * part) / whole
  if (part === 0 || part === whole) return `${percent} %`
  if (percent < 1) return 'under 1 %'
  return percent > 99 ? 'over 99 %' : `${Math.round(percent)} %`
}

/** One decimal below 10, none above. */
export function timesOf(ratio: number): string {
  return `x${ratio >= 10 ? Math.round(ratio) : Math.round(ratio * 10) / 10}`
}

/** `TurnstileTask at shop.example, solver 3.8.1, pool b`; an account comes first. */
export function placeOf(where: Where): string {
  const { type, site, account, group, ...rest } = where
  const who = account ?? (group === undefined ? undefined : `group ${group}`)
  const what = [
    type ?? (site === undefined ? undefined : 'all types'),
    site === undefined ? undefined : `at ${site}`,
  ]
  const parts = [
    who,
    what.filter((one) => one !== undefined).join(' '),
    ...Object.entries(rest).map(([key, value]) => `${key.replace(/^labels\./, '')} ${value}`),
  ].filter((one) => one !== undefined && one !== '')
  return parts.length === 0 ? 'everything' : parts.join(', ')
}
