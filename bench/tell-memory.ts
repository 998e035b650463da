import { isMainThread } from 'node:worker_threads'

/** Loaded before a measured program: tells its parent, when it ends, the most memory it ever had, in MB (10^6). */
if (isMainThread) {
  process.on('exit', () => process.send?.({ rssMb: (process.resourceUsage().maxRSS * 1024) / 1e6 }))
  process.channel?.unref()
}
