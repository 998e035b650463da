import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's clock ticks a second, as /proc counts CPU time: 100 on every Linux for x86 and ARM. */
const TICKS_PER_SECOND = 100

/** @returns CPU time used so far by a process and all its threads, in microseconds; Linux only */
export function cpuTimeUs(pid: number): number {
  const fields = statFields(pid)
  // utime and stime: fields 14 and 15 of proc(5), counted here after the command name.
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND
}

/** CPU time of a process and everything below it, those that have ended and been waited for included. */
export function treeCpuTimeUs(pid: number): number {
  const fields = statFields(pid)
  const waitedFor = ((Number(fields[13]) + Number(fields[14])) * 1e6) / TICKS_PER_SECOND
  return cpuTimeUs(pid) + waitedFor + childrenOf(pid).reduce((sum, child) => sum + treeCpuTimeUs(child), 0)
}

/** @returns resident memory now, in MB (10^6) */
export function residentMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  if (match === null) throw new Error(`process ${pid} has no VmRSS: has it ended?`)
  return (Number(match[1]) * 1024) / 1e6
}

function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The command name stands in parentheses and may hold anything, spaces too.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}
