import type { Instant } from '../domain/instant.ts'
import type { Attributes } from '../domain/task.ts'
import type { LeafColumns } from './leaves.ts'
import { addLeaf, LEAF_LABELS, LEAF_PAIR, LEAF_REGION, LEAF_SITE, LEAF_SOLVER, leafPlace } from './leaves.ts'
import {
  LABEL_SEGMENTS_PER_TYPE_MAX,
  LEAVES_MAX,
  REGIONS_PER_TYPE_MAX,
  SEGMENTS_MAX,
  SEGMENTS_PER_GROUP_MAX,
  SOLVERS_PER_TYPE_MAX,
  TYPES_MAX,
} from './method.ts'
import type { Group } from './parties.ts'
import { keyHash, RowIndex } from './row-index.ts'
import type { SegmentColumns, SegmentKind } from './segment.ts'
import { addSegment, Segment, SEGMENT_KINDS } from './segment.ts'

export const EVERYTHING = 0
/** Stands for what is beyond a bound: one site of each type, one solver, one type. No host can be called this. */
export const OTHER = '*'

/** The segments that one combination of attributes counts in. */
export interface Leaf {
  readonly index: number
  readonly type: Segment
  readonly site: Segment
  readonly pair: Segment
  /** Its solver, region and labels within the type. */
  readonly aspects: readonly Segment[]
  /** Names its type, solver, region and labels, all but the site. */
  readonly aspectKey: string
}

/** A type's segments by kind, for attribution and splits. */
export interface TypeMembers {
  readonly sites: number[]
  readonly solvers: number[]
  readonly regions: number[]
  readonly labels: number[]
  readonly pairs: number[]
  readonly leaves: number[]
}

const CACHE_MAX = 400_000

/** Finds and makes segments. Not part of the snapshot: made from the columns. */
export class SegmentIndex {
  readonly #columns: SegmentColumns
  readonly #leaves: LeafColumns
  readonly #handles: Segment[] = []
  readonly #words = new Map<string, number>()
  readonly #types: number[] = []
  readonly #byPlace: RowIndex
  readonly #members = new Map<number, TypeMembers>()
  readonly #leafByPlace: RowIndex
  // All sites of a type share what their leaves have in common.
  readonly #aspects = new Map<string, Pick<Leaf, 'aspects' | 'aspectKey'>>()
  readonly #labelSets = new Map<string, number>()
  readonly #leafHandles: (Leaf | undefined)[] = []
  // Equal attributes are one object within a reader, so the usual way is one look-up by identity.
  readonly #byAttributes = new Map<Attributes, Leaf>()
  /** Look-ups that found no room of their own, and share another's segment or none. */
  overflow = 0

  constructor(columns: SegmentColumns, leaves: LeafColumns) {
    this.#columns = columns
    this.#leaves = leaves
    this.#byPlace = new RowIndex({
      isAt: (index, place, word, value) => {
        const segment = this.at(index)
        return (
          placeOf(segment.kind, segment.parent) === place &&
          wordOf(segment) === word &&
          valueOf(segment) === value
        )
      },
      hashAt: (index) => {
        const segment = this.at(index)
        return keyHash(placeOf(segment.kind, segment.parent), wordOf(segment), valueOf(segment))
      },
    })
    const place = (leaf: number, field: number): number => leafPlace(leaves, leaf, field)
    const useOf = (leaf: number): number => useKey(place(leaf, LEAF_SOLVER), place(leaf, LEAF_REGION))
    this.#leafByPlace = new RowIndex({
      isAt: (leaf, pair, use, labels) =>
        place(leaf, LEAF_PAIR) === pair && useOf(leaf) === use && place(leaf, LEAF_LABELS) === labels,
      hashAt: (leaf) => keyHash(place(leaf, LEAF_PAIR), useOf(leaf), place(leaf, LEAF_LABELS)),
    })
    columns.words.forEach((word, at) => this.#words.set(word, at))
    if (columns.count === 0) addSegment(columns, { kind: 'all', parent: -1, type: 0, name: 0, more: 0 }, -1)
    for (let index = 0; index < columns.count; index++) this.#enlist(index)
    leaves.labelSets.forEach((set, at) => this.#labelSets.set(set.join(), at))
    for (let leaf = 0; leaf < leaves.count; leaf++) this.#enlistLeaf(leaf)
  }

  get size(): number {
    return this.#columns.count
  }

  /** @throws Error for a segment that does not exist: a fault of ours */
  at(index: number): Segment {
    const segment = this.#handles[index]
    if (segment === undefined) throw new Error(`there is no segment ${index} of ${this.#columns.count}`)
    return segment
  }

  get everything(): Segment {
    return this.at(EVERYTHING)
  }

  types(): Segment[] {
    return this.#types.map((index) => this.at(index))
  }

  members(type: Segment): TypeMembers {
    let members = this.#members.get(type.index)
    if (members === undefined) {
      members = { sites: [], solvers: [], regions: [], labels: [], pairs: [], leaves: [] }
      this.#members.set(type.index, members)
    }
    return members
  }

  /** The word's position; -1 if no segment is called so. */
  word(text: string): number {
    return this.#words.get(text) ?? -1
  }

  /** A segment by its place; null if nothing was ever seen there. */
  find(kind: SegmentKind, parent: Segment, name: string, more = ''): Segment | null {
    const nameWord = this.word(name)
    const moreWord = more === '' ? 0 : this.word(more)
    if (nameWord < 0 || moreWord < 0) return null
    const index = this.#byPlace.find(placeOf(kind, parent.index), nameWord, kind === 'label' ? moreWord : 0)
    return index < 0 ? null : this.at(index)
  }

  leafAt(index: number): Leaf {
    const known = this.#leafHandles[index]
    if (known !== undefined) return known
    const leaves = this.#leaves
    const site = this.at(leafPlace(leaves, index, LEAF_SITE))
    const region = leafPlace(leaves, index, LEAF_REGION)
    const labels = leaves.labelSets[leafPlace(leaves, index, LEAF_LABELS)] as number[]
    const { aspects, aspectKey } = this.#aspectsOf([
      leafPlace(leaves, index, LEAF_SOLVER),
      ...(region < 0 ? [] : [region]),
      ...labels,
    ])
    const leaf: Leaf = {
      index,
      aspectKey,
      type: this.at(site.parent),
      site,
      pair: this.at(leafPlace(leaves, index, LEAF_PAIR)),
      aspects,
    }
    this.#leafHandles[index] = leaf
    return leaf
  }

  #aspectsOf(indexes: readonly number[]): Pick<Leaf, 'aspects' | 'aspectKey'> {
    const aspectKey = indexes.join()
    let known = this.#aspects.get(aspectKey)
    if (known === undefined) {
      known = { aspects: indexes.map((one) => this.at(one)), aspectKey }
      this.#aspects.set(aspectKey, known)
    }
    return known
  }

  /**
   * The leaf of these attributes, made if need be.
   * @param group whose task it is: no payer may take more than its share of the room
   */
  leaf(attributes: Attributes, group: Group, at: Instant): Leaf {
    const known = this.#byAttributes.get(attributes)
    if (known !== undefined) return known
    const overflowed = this.overflow
    const leaf = this.#makeLeaf(attributes, group, at)
    // What found no room for this payer may find it for the next, whose the very same object is.
    if (this.overflow > overflowed) return leaf
    if (this.#byAttributes.size >= CACHE_MAX) this.#byAttributes.clear()
    this.#byAttributes.set(attributes, leaf)
    return leaf
  }

  /** The leaf that these attributes have counted in; null if nothing of the kind was ever seen. Makes nothing. */
  findLeaf(attributes: Attributes): Leaf | null {
    const known = this.#byAttributes.get(attributes)
    if (known !== undefined) return known
    const type =
      this.find('type', this.everything, attributes.type) ?? this.find('type', this.everything, OTHER)
    if (type === null) return null
    const orOther = (kind: SegmentKind, parent: Segment, name: string): Segment | null =>
      this.find(kind, parent, name) ?? this.find(kind, parent, OTHER)
    const site = orOther('site', type, attributes.site)
    const solver = orOther('solver', type, attributes.solver)
    if (site === null || solver === null) return null
    const pair = orOther('pair', site, solver.name)
    if (pair === null) return null
    const region = attributes.region === null ? null : this.find('region', type, attributes.region)
    const labels = Object.entries(attributes.labels).flatMap(
      ([key, value]) => this.find('label', type, key, value)?.index ?? [],
    )
    const whole = this.#findLeafAt(pair, solver, region, labels.join())
    const leaf = whole >= 0 ? whole : this.#findLeafAt(pair, solver, null, '')
    return leaf < 0 ? null : this.leafAt(leaf)
  }

  /** @param labels indexes of the label segments, joined. @returns the leaf's index; -1 where there is none */
  #findLeafAt(pair: Segment, solver: Segment, region: Segment | null, labels: string): number {
    const labelSet = this.#labelSets.get(labels)
    if (labelSet === undefined) return -1
    return this.#leafByPlace.find(pair.index, useKey(solver.index, region?.index ?? -1), labelSet)
  }

  #makeLeaf(attributes: Attributes, group: Group, at: Instant): Leaf {
    const type = this.#type(attributes.type, group, at)
    const members = this.members(type)
    const site = this.#roomy('site', type, attributes.site, '', group, at, true) as Segment
    const manySolvers = members.solvers.length >= SOLVERS_PER_TYPE_MAX
    const solver = this.#roomy('solver', type, attributes.solver, '', group, at, !manySolvers) as Segment
    const pair = this.#roomy('pair', site, site.name === OTHER ? OTHER : solver.name, '', group, at, true)
    const region =
      attributes.region === null
        ? null
        : this.#bounded(
            'region',
            type,
            attributes.region,
            '',
            group,
            at,
            members.regions.length < REGIONS_PER_TYPE_MAX,
          )
    const labels: number[] = []
    for (const [key, value] of Object.entries(attributes.labels)) {
      const roomy = members.labels.length < LABEL_SEGMENTS_PER_TYPE_MAX
      const label = this.#bounded('label', type, key, value, group, at, roomy)
      if (label !== null) labels.push(label.index)
    }
    return this.leafAt(this.#leafIndex(site, solver, pair as Segment, region, labels))
  }

  #leafIndex(
    site: Segment,
    solver: Segment,
    pair: Segment,
    region: Segment | null,
    labels: number[],
  ): number {
    const set = labels.join()
    const found = this.#findLeafAt(pair, solver, region, set)
    if (found >= 0) return found
    if (this.#leaves.count >= LEAVES_MAX && (region !== null || labels.length > 0)) {
      this.overflow += 1
      return this.#leafIndex(site, solver, pair, null, [])
    }
    let labelSet = this.#labelSets.get(set)
    if (labelSet === undefined) {
      labelSet = this.#leaves.labelSets.push(labels) - 1
      this.#leaves.labelsMax = Math.max(this.#leaves.labelsMax, labels.length)
      this.#labelSets.set(set, labelSet)
    }
    const leaf = addLeaf(this.#leaves, site.index, solver.index, region?.index ?? -1, pair.index, labelSet)
    this.#enlistLeaf(leaf)
    return leaf
  }

  #type(name: string, group: Group, at: Instant): Segment {
    const found = this.find('type', this.everything, name)
    if (found !== null) return found
    const count = this.#types.length
    if (name !== OTHER && (count >= TYPES_MAX || !this.#hasRoom(group))) {
      this.overflow += 1
      return this.#type(OTHER, group, at)
    }
    return this.#make('type', this.everything, name, '', group, at)
  }

  /** A segment that must exist: beyond the bound, the one that stands for all others. */
  #roomy(
    kind: SegmentKind,
    parent: Segment,
    name: string,
    more: string,
    group: Group,
    at: Instant,
    isRoomy: boolean,
  ): Segment | null {
    return (
      this.#bounded(kind, parent, name, more, group, at, isRoomy) ??
      this.find(kind, parent, OTHER) ??
      this.#make(kind, parent, OTHER, '', group, at)
    )
  }

  /** A segment that may be missing: beyond the bound there is none. */
  #bounded(
    kind: SegmentKind,
    parent: Segment,
    name: string,
    more: string,
    group: Group,
    at: Instant,
    isRoomy: boolean,
  ): Segment | null {
    const found = this.find(kind, parent, name, more)
    if (found !== null) return found
    if (isRoomy && this.#hasRoom(group)) return this.#make(kind, parent, name, more, group, at)
    this.overflow += 1
    return null
  }

  #hasRoom(group: Group): boolean {
    return this.#columns.count < SEGMENTS_MAX && group.segmentsMade < SEGMENTS_PER_GROUP_MAX
  }

  #make(kind: SegmentKind, parent: Segment, name: string, more: string, group: Group, at: Instant): Segment {
    group.segmentsMade += 1
    const isType = kind === 'type'
    const nameWord = this.#intern(kind === 'pair' ? parent.name : name)
    const index = addSegment(
      this.#columns,
      {
        kind,
        parent: parent.index,
        type: isType ? nameWord : parent.typeWord,
        name: isType ? 0 : nameWord,
        more: kind === 'pair' ? this.#intern(name) : more === '' ? 0 : this.#intern(more),
      },
      at,
    )
    this.#enlist(index)
    return this.at(index)
  }

  #intern(text: string): number {
    let word = this.#words.get(text)
    if (word === undefined) {
      word = this.#columns.words.push(text) - 1
      this.#words.set(text, word)
    }
    return word
  }

  #enlist(index: number): void {
    const segment = new Segment(this.#columns, index)
    this.#handles[index] = segment
    const { kind, parent } = segment
    if (kind === 'all') return
    this.#byPlace.add(index)
    if (kind === 'type') {
      this.#types.push(index)
      return
    }
    const type = kind === 'pair' ? this.at(this.at(parent).parent) : this.at(parent)
    const members = this.members(type)
    if (kind === 'site') members.sites.push(index)
    else if (kind === 'solver') members.solvers.push(index)
    else if (kind === 'region') members.regions.push(index)
    else if (kind === 'label') members.labels.push(index)
    else members.pairs.push(index)
  }

  #enlistLeaf(leaf: number): void {
    this.#leafByPlace.add(leaf)
    const site = this.at(leafPlace(this.#leaves, leaf, LEAF_SITE))
    this.members(this.at(site.parent)).leaves.push(leaf)
  }
}

// What tells a segment from others: kind and parent, its word, and a label's value.
function placeOf(kind: SegmentKind, parent: number): number {
  return parent * SEGMENT_KINDS.length + SEGMENT_KINDS.indexOf(kind)
}

function wordOf({ kind, typeWord, nameWord, moreWord }: Segment): number {
  return kind === 'type' ? typeWord : kind === 'pair' ? moreWord : nameWord
}

function valueOf({ kind, moreWord }: Segment): number {
  return kind === 'label' ? moreWord : 0
}

/** Solver and region of a leaf as one number. Exact: there are fewer than 2^18 segments. */
function useKey(solver: number, region: number): number {
  return solver * 2 ** 18 + region + 1
}
