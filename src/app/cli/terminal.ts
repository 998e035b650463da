/** What can be drawn where a page is printed. */
export interface Look {
  /** Characters a line may have. */
  readonly columns: number
  /** Whether block and box characters can be shown. */
  readonly blocks: boolean
  readonly colour: boolean
}

/** Where nobody's window says how wide it is. */
const COLUMNS_USUAL = 80
const COLUMNS_MIN = 40
const COLUMNS_MAX = 160

/**
 * What a stream can show, by the usual signs: its width if it is a terminal; blocks if the locale is UTF-8 and the terminal no dumb
 * one; colour only on a terminal, and never with NO_COLOR (no-color.org).
 */
export function lookOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
  platform: string,
  ascii: boolean,
): Look {
  const isTerminal = stream.isTTY === true
  const dumb = env.TERM === 'dumb'
  // The first that is set decides, as the C library has it; an empty one counts as not set.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  const utf8 = platform === 'win32' || /utf-?8/i.test(locale)
  const columns = isTerminal ? (stream.columns ?? COLUMNS_USUAL) : COLUMNS_USUAL
  return {
    columns: Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, columns)),
    blocks: !ascii && !dumb && utf8,
    colour: isTerminal && !dumb && !env.NO_COLOR,
  }
}

export type Tone = 'red' | 'bold' | 'dim'

const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  red: [31, 39],
  bold: [1, 22],
  dim: [2, 22],
}

/** The text in a tone, or as it is where there is no colour. */
export function toned(text: string, tone: Tone, { colour }: Pick<Look, 'colour'>): string {
  const [on, off] = CODES[tone]
  return colour && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
}
