import type { Attributes } from '../domain/task.ts'
import { SEGMENTS_MAX } from './method.ts'
import type { Segment } from './segment.ts'
import { createSegment } from './segment.ts'

export const EVERYTHING = 0
/** Site of the segment that takes what comes beyond the bound: one per type. No host can be called this. */
export const OTHER_SITES = '*'
const OTHER_TYPES = '*'
const TYPES_MAX = 10_000
const CACHE_MAX = 500_000

/** Finds the segments of a task. Not part of the snapshot: made from the list of segments. */
export class SegmentIndex {
  readonly #segments: Segment[]
  readonly #types = new Map<string, Segment>()
  readonly #sites = new Map<string, Segment>()
  // Equal attributes are one object within a reader, so the usual way is one look-up by identity.
  readonly #byAttributes = new Map<Attributes, Segment>()
  /** Tasks' segments that found no room of their own. */
  overflow = 0

  constructor(segments: Segment[]) {
    this.#segments = segments
    if (segments.length === 0) segments.push(createSegment(EVERYTHING, 'all', -1, '', ''))
    for (const segment of segments) {
      if (segment.kind === 'type') this.#types.set(segment.type, segment)
      if (segment.kind === 'site') this.#sites.set(keyOf(segment.type, segment.site), segment)
    }
  }

  /** The type x site segment of these attributes; its `parent` is the type's. */
  site(attributes: Attributes): Segment {
    const known = this.#byAttributes.get(attributes)
    if (known !== undefined) return known
    const site = this.#find(attributes)
    if (this.#byAttributes.size >= CACHE_MAX) this.#byAttributes.clear()
    this.#byAttributes.set(attributes, site)
    return site
  }

  #find({ type, site }: Attributes): Segment {
    const parent = this.#type(type)
    const key = keyOf(parent.type, site)
    const found = this.#sites.get(key)
    if (found !== undefined) return found
    if (this.#segments.length < SEGMENTS_MAX) return this.#add(parent, site)
    this.overflow += 1
    return this.#sites.get(keyOf(parent.type, OTHER_SITES)) ?? this.#add(parent, OTHER_SITES)
  }

  #type(name: string): Segment {
    const found = this.#types.get(name)
    if (found !== undefined) return found
    if (this.#types.size >= TYPES_MAX && name !== OTHER_TYPES) return this.#type(OTHER_TYPES)
    const segment = createSegment(this.#segments.length, 'type', EVERYTHING, name, '')
    this.#segments.push(segment)
    this.#types.set(name, segment)
    return segment
  }

  #add(parent: Segment, site: string): Segment {
    const segment = createSegment(this.#segments.length, 'site', parent.index, parent.type, site)
    this.#segments.push(segment)
    this.#sites.set(keyOf(parent.type, site), segment)
    return segment
  }
}

// No attribute may hold a control character, so the key is unambiguous.
function keyOf(type: string, site: string): string {
  return `${type}\n${site}`
}
