import type { Where } from '../domain/incident.ts'
import type { Leaf, SegmentIndex } from './segments.ts'
import type { Segment } from './segment.ts'
import { whereOf } from './segment.ts'

/** What an incident speaks of: a conjunction of attributes and, of a split, which of its sites reject. */
export interface Place {
  readonly where: Where
  readonly rejecting: readonly string[] | null
}

/** A segment that holds a part of a place: the share of its exposure that lies inside. */
export interface Part {
  readonly segment: Segment
  readonly share: number
}

export function placeOf(segment: Segment): Place {
  return { where: whereOf(segment), rejecting: null }
}

/** Does every task of this leaf belong to the place? */
export function coversLeaf({ where, rejecting }: Place, leaf: Leaf): boolean {
  for (const name in where) if (valueOf(leaf, name) !== where[name]) return false
  return rejecting === null || rejecting.includes(leaf.site.name)
}

function valueOf(leaf: Leaf, name: string): string | null {
  switch (name) {
    case 'type':
      return leaf.type.type
    case 'site':
      return leaf.site.name
    case 'solver':
      return (leaf.aspects[0] as Segment).name
    default:
      for (const aspect of leaf.aspects) {
        if (aspect.kind === 'region' && name === 'region') return aspect.name
        if (aspect.kind === 'label' && name === `labels.${aspect.name}`) return aspect.more
      }
      return null
  }
}

/** Does every task of this segment belong to the place? */
export function holdsSegment(place: Place, segment: Segment): boolean {
  const its = whereOf(segment)
  for (const name in place.where) if (its[name] !== place.where[name]) return false
  return place.rejecting === null || (its['site'] !== undefined && place.rejecting.includes(its['site']))
}

/** Can no task of this segment belong to the place? */
export function isApart(place: Place, segment: Segment): boolean {
  const its = whereOf(segment)
  for (const name in place.where) if (its[name] !== undefined && its[name] !== place.where[name]) return true
  return place.rejecting !== null && its['site'] !== undefined && !place.rejecting.includes(its['site'])
}

/** Does one place lie within the other: is all it asks for asked for there too? */
export function isWithin(inner: Place, outer: Place): boolean {
  for (const name in outer.where) if (inner.where[name] !== outer.where[name]) return false
  if (outer.rejecting === null) return true
  const { rejecting: all } = outer
  const site = inner.where['site']
  if (site !== undefined) return all.includes(site)
  return inner.rejecting !== null && inner.rejecting.every((one) => all.includes(one))
}

/** Could a task belong to both? */
export function canMeet(a: Place, b: Place): boolean {
  for (const name in a.where) if (b.where[name] !== undefined && b.where[name] !== a.where[name]) return false
  const sitesOf = ({ where, rejecting }: Place): readonly string[] | null =>
    where['site'] !== undefined ? [where['site']] : rejecting
  const ofA = sitesOf(a)
  const ofB = sitesOf(b)
  return ofA === null || ofB === null || ofA.some((site) => ofB.includes(site))
}

/**
 * The segments that make up a place. Most places are one segment; one without a type is the same kind of segment in every type;
 * what has no view of its own (a solver in a region) is a share of the smallest segments that hold it, by the recent mix of
 * leaves.
 */
export function partsOf(place: Place, index: SegmentIndex, mixOf: (leaf: number) => number): Part[] {
  const { where, rejecting } = place
  const names = Object.keys(where).filter((name) => name !== 'type')
  const typeName = where['type']
  if (typeName === undefined && names.length === 0 && rejecting === null)
    return [{ segment: index.everything, share: 1 }]
  const named = typeName === undefined ? null : index.find('type', index.everything, typeName)
  const types = typeName === undefined ? index.types() : named === null ? [] : [named]
  return types.flatMap((type) => partsWithin(type, place, names, index, mixOf))
}

function partsWithin(
  type: Segment,
  place: Place,
  names: readonly string[],
  index: SegmentIndex,
  mixOf: (leaf: number) => number,
): Part[] {
  const { where, rejecting } = place
  const site = where['site']
  const solver = where['solver']
  const sites = rejecting ?? (site === undefined ? null : [site])
  const more = names.filter((name) => name !== 'site' && name !== 'solver')
  const whole = (segment: Segment | null): Part[] => (segment === null ? [] : [{ segment, share: 1 }])
  let holders: Part[]
  if (sites !== null) {
    holders = sites.flatMap((name) => {
      const segment = index.find('site', type, name)
      if (segment === null) return []
      return solver === undefined ? whole(segment) : whole(index.find('pair', segment, solver))
    })
  } else if (solver !== undefined) holders = whole(index.find('solver', type, solver))
  else if (more.length === 0) holders = whole(type)
  else {
    const [first = ''] = more
    const isRegion = first === 'region'
    const value = where[first] ?? ''
    const segment = isRegion
      ? index.find('region', type, value)
      : index.find('label', type, first.slice('labels.'.length), value)
    if (more.length === 1) return whole(segment)
    holders = whole(segment)
  }
  if (more.length === 0) return holders
  return holders.flatMap(({ segment }) => {
    let all = 0
    let inside = 0
    for (const leaf of index.members(type).leaves) {
      const handle = index.leafAt(leaf)
      if (!isOf(handle, segment)) continue
      const mix = mixOf(leaf)
      all += mix
      if (coversLeaf(place, handle)) inside += mix
    }
    return inside === 0 ? [] : [{ segment, share: inside / all }]
  })
}

function isOf(leaf: Leaf, segment: Segment): boolean {
  if (segment.kind === 'type') return leaf.type === segment
  if (segment.kind === 'site') return leaf.site === segment
  if (segment.kind === 'pair') return leaf.pair === segment
  return leaf.aspects.includes(segment)
}
