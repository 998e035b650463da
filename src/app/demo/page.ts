import type { Instant } from '../../domain/instant.ts'
import { wrapped } from '../cli/incident-page.ts'
import type { Look, Tone } from '../cli/terminal.ts'
import { toned } from '../cli/terminal.ts'

/** Who has something to say: what is true in the simulated world, what people do about it, what Assay makes of it. */
export type Speaker = 'world' | 'team' | 'Assay'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** `Wed 09:31`, in the world's own time (UTC). */
export function clockFace(at: Instant): string {
  const date = new Date(at)
  return `${DAYS[date.getUTCDay()]} ${date.toISOString().slice(11, 16)}`
}

const SPEAKER_WIDTH = 7
const LEAD = 'Wed 09:31  '.length + SPEAKER_WIDTH
/** Longer lines are tiring to read. */
const COLUMNS_MAX = 110

/** The sheet that is narrated on: time, speaker, words; further lines under the words. */
export class Page {
  readonly #write: (line: string) => void
  readonly #look: Look

  constructor(write: (line: string) => void, look: Look) {
    this.#write = write
    this.#look = { ...look, columns: Math.min(look.columns, COLUMNS_MAX) }
  }

  title(text: string): void {
    const rule = (this.#look.blocks ? '─' : '-').repeat(2)
    this.#write('')
    this.#write(toned(`${rule} ${text} `.padEnd(this.#look.columns, rule.slice(0, 1)), 'bold', this.#look))
  }

  /** The first line has the weight; what follows explains it. */
  say(at: Instant, who: Speaker, first: string, ...more: string[]): void {
    this.#block(at, who, who === 'Assay' ? 'bold' : null, first, more)
  }

  /** What is said without weight. */
  note(at: Instant, who: Speaker, text: string): void {
    this.#block(at, who, null, text, [])
  }

  #block(at: Instant, who: Speaker, tone: Tone | null, first: string, more: readonly string[]): void {
    const head = `${clockFace(at)}  ${who.padEnd(SPEAKER_WIDTH)}`
    this.#lines(first).forEach((line, index) =>
      this.#write(
        (index === 0 ? head : ' '.repeat(LEAD)) + (tone === null ? line : toned(line, tone, this.#look)),
      ),
    )
    for (const text of more) for (const line of this.#lines(text)) this.#write(' '.repeat(LEAD) + line)
  }

  /** Something beside the story: a command to type. It is not wrapped, so that it can be copied. */
  aside(text: string): void {
    this.#write(' '.repeat(LEAD) + toned(text, 'dim', this.#look))
  }

  plain(text: string): void {
    for (const line of wrapped(text, this.#look.columns, 3)) this.#write(line)
  }

  #lines(text: string): string[] {
    return wrapped(text, this.#look.columns - LEAD, 0)
  }
}
