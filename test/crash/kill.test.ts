import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAssay } from '../../bench/assay-server.ts'
import type { AssayServer } from '../../bench/assay-server.ts'
import { auditReports, sendAgain } from './audit.ts'
import type { Shift } from './customers.ts'
import { customer } from './customers.ts'
import { openHttpClient } from './http-client.ts'
import { ACCOUNTS, keyOf, Ledger } from './ledger.ts'
import { feeder } from './operator.ts'
import { randomFrom } from './random.ts'

const KILLS = process.env.ASSAY_TEST_FULL === '1' ? 100 : 10
const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 30))
const CUSTOMERS = 10
const FEEDERS = 2
const LOAD_MS_MAX = 800
/** In one life of five the load lasts longer than outcomes may be lost, so that the bound on the loss means something. */
const LONG_LIFE_EVERY = 5
const LONG_LIFE_MS = 2000
/** One kill in eight falls while the server is still starting: recovery must survive being interrupted, too. */
const KILLS_AT_START = 1 / 8
/** Outcomes that do not commit with a report reach the disk within a second; the rest is what a busy machine adds. */
const OUTCOMES_WITHIN_MS = 1000 + 300

const dataDir = mkdtempSync(join(tmpdir(), 'assay-crash-'))
let running: AssayServer | null = null
after(async () => {
  await running?.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

test(`${KILLS} kills -9 under load lose no acknowledged report and count none twice (seed ${seed})`, async (t) => {
  const random = randomFrom(seed)
  const ledger = new Ledger(random)
  const solvedAt = Date.now() - 60_000
  let auditedBatches = 0

  running = await start()
  for (const id of ACCOUNTS) await running.api('POST', '/accounts', { id, clientKey: keyOf(id) })

  for (let kills = 0; kills < KILLS; kills++) {
    if (running === null) throw new Error('a server runs at the beginning of each round')
    const shift = beginShift(running, ledger)
    const isLong = kills % LONG_LIFE_EVERY === 0
    const loadMs = random.whole(20, LOAD_MS_MAX) + (isLong ? LONG_LIFE_MS : 0)
    await workUntilKilled(shift, running, loadMs, solvedAt)
    allowForLoss(ledger)
    while (random.next() < KILLS_AT_START) await killWhileStarting(random.whole(0, 400))

    running = await start()
    await auditReports(running, ledger)
    const again = beginShift(running, ledger)
    await sendAgain(again, auditedBatches, solvedAt)
    again.http.close()
    auditedBatches = ledger.batches.length
  }

  await auditReports(running, ledger)
  assert.equal(await running.stop(), 0, `SIGTERM ends with 0\n${running.output()}`)
  running = await start()
  // A clean stop loses no outcome at all; what earlier kills took stays lost.
  await auditReports(running, ledger)
  const reported = ledger.tasks.filter(({ claims }) => claims.length > 0).length
  assert.ok(reported > 50 * KILLS, `only ${reported} reports in ${KILLS} rounds: no load to speak of`)
  t.diagnostic(
    `seed ${seed}: ${reported} reports of ${ledger.tasks.length} tasks, ${ledger.sent} requests, ${KILLS} kills`,
  )
})

function start(): Promise<AssayServer> {
  return startAssay(dataDir, { ownGroup: true })
}

function beginShift(server: AssayServer, ledger: Ledger): Shift {
  return {
    http: openHttpClient(server.port),
    ledger,
    random: randomFrom(seed + ledger.sent),
    wrongKeys: 0,
    over: false,
  }
}

async function workUntilKilled(
  shift: Shift,
  server: AssayServer,
  loadMs: number,
  solvedAt: number,
): Promise<void> {
  const people = [
    ...Array.from({ length: CUSTOMERS }, () => customer(shift)),
    ...Array.from({ length: FEEDERS }, () => feeder(shift, solvedAt)),
  ]
  // A wrong answer ends the test at once; until then everybody works.
  await Promise.race([sleep(loadMs), ...people]).catch((error: unknown) => {
    throw new Error(`a wrong answer; the server said:\n${server.output()}`, { cause: error })
  })
  assert.ok(!server.hasEnded(), `the server ended by itself\n${server.output()}`)
  await server.kill()
  shift.over = true
  await Promise.all(people)
  shift.http.close()
}

/** Spawns the server and kills its group a moment later, wherever it is by then. */
async function killWhileStarting(afterMs: number): Promise<void> {
  let pid = 0
  const starting = startAssay(dataDir, { ownGroup: true, onSpawn: (spawned) => (pid = spawned) })
  const settled = starting.then(
    (server) => server,
    () => null,
  )
  await sleep(afterMs)
  process.kill(-pid, 'SIGKILL')
  await (await settled)?.kill()
}

/** After a kill: everything answered within the last second may have lost its outcome, unless it was a report's own. */
function allowForLoss(ledger: Ledger): void {
  const lostFrom = performance.now() - OUTCOMES_WITHIN_MS
  ledger.lossAllowed += ledger.recentOthers.filter((at) => at >= lostFrom).length
  ledger.recentOthers = []
  ledger.wrongKeyLossAllowed += ledger.wrongKeysAnswered.filter((at) => at >= lostFrom).length
}
