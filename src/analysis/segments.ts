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
import type { SegmentColumns, SegmentKind } from './segment.ts'
import { addSegment, Segment } from './segment.ts'

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
const WORD_SPAN = 2 ** 24

/** Finds and makes segments. Not part of the snapshot: made from the columns. */
export class SegmentIndex {
  readonly #columns: SegmentColumns
  readonly #leaves: LeafColumns
  readonly #handles: Segment[] = []
  readonly #words = new Map<string, number>()
  // By kind: parent and word as one number. Labels are told apart by two words, so theirs is the number of the key's, then the value's.
  readonly #byPlace = new Map<SegmentKind, Map<number, number>>()
  readonly #labels = new Map<number, Map<number, number>>()
  readonly #members = new Map<number, TypeMembers>()
  readonly #leafByPlace = new Map<string, number>()
  readonly #labelSets = new Map<string, number>()
  readonly #leafHandles: (Leaf | undefined)[] = []
  // Equal attributes are one object within a reader, so the usual way is one look-up by identity.
  readonly #byAttributes = new Map<Attributes, Leaf>()
  /** Look-ups that found no room of their own, and share another's segment or none. */
  overflow = 0

  constructor(columns: SegmentColumns, leaves: LeafColumns) {
    this.#columns = columns
    this.#leaves = leaves
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
    return [...(this.#byPlace.get('type')?.values() ?? [])].map((index) => this.at(index))
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
    const key = placeKey(parent.index, nameWord)
    const index = kind === 'label' ? this.#labels.get(key)?.get(moreWord) : this.#byPlace.get(kind)?.get(key)
    return index === undefined ? null : this.at(index)
  }

  leafAt(index: number): Leaf {
    const known = this.#leafHandles[index]
    if (known !== undefined) return known
    const leaves = this.#leaves
    const site = this.at(leafPlace(leaves, index, LEAF_SITE))
    const region = leafPlace(leaves, index, LEAF_REGION)
    const labels = leaves.labelSets[leafPlace(leaves, index, LEAF_LABELS)] as number[]
    const aspects = [leafPlace(leaves, index, LEAF_SOLVER), ...(region < 0 ? [] : [region]), ...labels]
    const leaf: Leaf = {
      index,
      aspectKey: aspects.join(),
      type: this.at(site.parent),
      site,
      pair: this.at(leafPlace(leaves, index, LEAF_PAIR)),
      aspects: aspects.map((one) => this.at(one)),
    }
    this.#leafHandles[index] = leaf
    return leaf
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
    const within = `${pair.index}/${solver.index}`
    const leaf =
      this.#leafByPlace.get(`${within}/${region?.index ?? -1}/${labels.join()}`) ??
      this.#leafByPlace.get(`${within}/-1/`)
    return leaf === undefined ? null : this.leafAt(leaf)
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
    const key = `${pair.index}/${solver.index}/${region?.index ?? -1}/${set}`
    const found = this.#leafByPlace.get(key)
    if (found !== undefined) return found
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
    const count = this.#byPlace.get('type')?.size ?? 0
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
    if (kind === 'label') {
      const key = placeKey(parent, segment.nameWord)
      const values = this.#labels.get(key) ?? new Map<number, number>()
      this.#labels.set(key, values.set(segment.moreWord, index))
    } else {
      const name = kind === 'type' ? segment.typeWord : kind === 'pair' ? segment.moreWord : segment.nameWord
      const places = this.#byPlace.get(kind) ?? new Map<number, number>()
      this.#byPlace.set(kind, places.set(placeKey(parent, name), index))
    }
    if (kind === 'type') return
    const type = kind === 'pair' ? this.at(this.at(parent).parent) : this.at(parent)
    const members = this.members(type)
    if (kind === 'site') members.sites.push(index)
    else if (kind === 'solver') members.solvers.push(index)
    else if (kind === 'region') members.regions.push(index)
    else if (kind === 'label') members.labels.push(index)
    else members.pairs.push(index)
  }

  #enlistLeaf(leaf: number): void {
    const leaves = this.#leaves
    const place = (field: number) => leafPlace(leaves, leaf, field)
    const set = (leaves.labelSets[place(LEAF_LABELS)] as number[]).join()
    this.#leafByPlace.set(`${place(LEAF_PAIR)}/${place(LEAF_SOLVER)}/${place(LEAF_REGION)}/${set}`, leaf)
    this.members(this.at(this.at(place(LEAF_SITE)).parent)).leaves.push(leaf)
  }
}

/** Exact: there are fewer than 2^24 words and 2^18 segments. */
function placeKey(parent: number, name: number): number {
  return parent * WORD_SPAN + name
}
