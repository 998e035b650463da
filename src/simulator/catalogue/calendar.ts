import { DAY_MS } from '../../domain/instant.ts'

/** Every scenario of the catalogue begins here: midnight of a Monday, UTC. */
export const STARTS_AT = Date.UTC(2026, 10, 16)

/** Healthy days before anything counts. */
export const WARM_UP_MS = 4 * DAY_MS
