import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import type { Fault } from '../../simulator/breaks.ts'
import type { WorldSettings } from '../../simulator/settings.ts'
import type { FaultTruth } from '../../simulator/truth.ts'
import { faultTruths } from '../../simulator/truth.ts'
import type { World } from '../../simulator/world.ts'
import { buildWorld } from '../../simulator/world.ts'

/** What the demo shows: a world, what breaks in it, and how fast its time goes. */
export interface Story {
  readonly world: World
  readonly truth: FaultTruth
  readonly chapters: readonly Chapter[]
}

/** From `from` on, a real second is `speed` seconds of the world. */
export interface Chapter {
  readonly from: Instant
  readonly speed: number
}

/** A good morning to break: after two whole days of which Assay can learn what is usual. */
const BREAK_AFTER_MS = 2 * DAY_MS + 9 * HOUR_MS
const REPAIRED_AFTER_MS = 4 * HOUR_MS
const FACTOR = 10
/** Reports an hour, while all is well, of the site that is going to break: enough to be quick, few enough to be a feat. */
const USUAL_PER_HOUR = 6

/** Two and a half hours a second while history builds itself, five minutes a second when something is to be seen. */
const HISTORY_SPEED = 9_000
const SHOW_SPEED = 300

/**
 * The thinnest story: two quiet days, then a site rejects ten times as many solutions of one type as before.
 * @param settings of the world; it should start at midnight, so that the break falls into a working morning
 */
export function oneSiteBreaks(settings: WorldSettings): Story {
  const world = buildWorld(settings)
  const { startAt, seed } = settings
  const breakAt = startAt + BREAK_AFTER_MS
  const faults = world.sites.flatMap((site) =>
    site.types.flatMap((cell): Fault[] => {
      const type = world.types[cell.type] as string
      if (taskClassOf(type, new Map()) !== 'token') return []
      return [
        {
          name: `${site.name} rejects ${FACTOR} times as many ${type} tokens as before`,
          where: [{ type, site: site.name }],
          from: breakAt,
          until: breakAt + REPAIRED_AFTER_MS,
          effect: { kind: 'factor', factor: FACTOR },
          course: { kind: 'sudden' },
        },
      ]
    }),
  )
  const distance = (truth: FaultTruth): number => Math.abs(truth.healthyReportsPerHour - USUAL_PER_HOUR)
  const [truth] = faultTruths(world, faults).sort((a, b) => distance(a) - distance(b))
  if (truth === undefined) throw new RangeError(`the world of seed ${seed} has no token type to break`)
  return {
    world,
    truth,
    chapters: [
      { from: startAt, speed: HISTORY_SPEED },
      { from: breakAt - 20 * MINUTE_MS, speed: SHOW_SPEED },
    ],
  }
}

/** The speed of the chapter that holds an instant. */
export function speedAt(story: Story, at: Instant): number {
  let speed = story.chapters[0]?.speed ?? 1
  for (const chapter of story.chapters) if (chapter.from <= at) speed = chapter.speed
  return speed
}

/** Real milliseconds until the next chapter begins, at its own speed; Infinity in the last one. */
export function realMsToNextChapter(story: Story, at: Instant, speed: number): number {
  const next = story.chapters.find((chapter) => chapter.from > at)
  return next === undefined ? Infinity : (next.from - at) / speed
}
