/** A line on standard error that says how far something long has come; silent where nobody watches. */
export interface Progress {
  advance(amount: number): void
  end(): void
}

const SHOW_AFTER_MS = 1_000
const EVERY_MS = 200

export function startProgress(verb: string, total: number): Progress {
  const watched = process.stderr.isTTY
  const startedAt = performance.now()
  let done = 0
  let shownAt = 0
  return {
    advance(amount) {
      done += amount
      const now = performance.now()
      if (!watched || now - startedAt < SHOW_AFTER_MS || now - shownAt < EVERY_MS) return
      shownAt = now
      const share = total > 0 ? Math.min(1, done / total) : 0
      const secondsLeft = share > 0 ? ((now - startedAt) / 1000) * (1 / share - 1) : 0
      process.stderr.write(
        `\r${verb} ${(100 * share).toFixed(0)} %, about ${Math.ceil(secondsLeft)} s left \u001b[K`,
      )
    },
    end() {
      if (watched && shownAt > 0) process.stderr.write('\r\u001b[K')
    },
  }
}
