/** A line on standard error that says how far something long has come; silent where nobody watches. */
export interface Progress {
  advance(amount: number): void
  /** The same by how much is done in all. */
  reach(done: number): void
  end(): void
}

const SHOW_AFTER_MS = 1_000
const EVERY_MS = 200
/** From here on time left is told in minutes. */
const MINUTES_FROM_S = 100

export function startProgress(verb: string, total: number): Progress {
  const watched = process.stderr.isTTY
  const startedAt = performance.now()
  let done = 0
  let shownAt = 0
  const show = (): void => {
    const now = performance.now()
    if (!watched || now - startedAt < SHOW_AFTER_MS || now - shownAt < EVERY_MS) return
    shownAt = now
    const share = total > 0 ? Math.min(1, done / total) : 0
    const left = share > 0 ? `, about ${timeOf(((now - startedAt) / 1000) * (1 / share - 1))} left` : ''
    process.stderr.write(`\r${verb} ${(100 * share).toFixed(0)} %${left} \u001b[K`)
  }
  return {
    advance(amount) {
      done += amount
      show()
    },
    reach(amount) {
      done = amount
      show()
    },
    end() {
      if (watched && shownAt > 0) process.stderr.write('\r\u001b[K')
    },
  }
}

function timeOf(seconds: number): string {
  return seconds < MINUTES_FROM_S ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
}
