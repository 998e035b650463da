import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import type { EventHubLimits, EventSink } from './event-hub.ts'
import { createEventHub, EVENT_HUB_LIMITS } from './event-hub.ts'

class Listener implements EventSink {
  text = ''
  writableLength = 0
  state: 'open' | 'ended' | 'destroyed' = 'open'
  write(chunk: Buffer): boolean {
    this.text += chunk.toString()
    return true
  }
  end(): void {
    this.state = 'ended'
  }
  destroy(): void {
    this.state = 'destroyed'
  }
  /** Events since the last look, as `event id data`. */
  take(): string[] {
    const events = [...this.text.matchAll(/id: (\S+)\nevent: (\S+)\ndata: (.*)\n\n/g)].map(
      ([, id, event, data]) => `${event} ${id} ${data}`,
    )
    this.text = ''
    return events
  }
}

function openHub(t: TestContext, limits: Partial<EventHubLimits> = {}) {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const world = { version: 1, total: 0, asked: 0, errors: 0, fails: false }
  const hub = createEventHub({
    incident: (id) => (id === 'gone' ? null : { id, version: world.version }),
    outcomes: async () => {
      world.asked++
      if (world.fails) throw new Error('away')
      return { total: world.total, outcomes: {} as never, adopted: 0 }
    },
    onError: () => world.errors++,
    startedAt: 35,
    limits: { ...EVENT_HUB_LIMITS, ...limits },
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const tick = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms)
    await settle()
  }
  const listen = async (lastEventId: string | null = null): Promise<Listener> => {
    const listener = new Listener()
    hub.listen(listener, lastEventId)
    await settle()
    return listener
  }
  return { hub, world, tick, listen }
}

describe('who listens', () => {
  test('is told of each incident that changed, once per gathering', async (t) => {
    const { hub, world, tick, listen } = openHub(t)
    const listener = await listen()
    assert.deepEqual(listener.take(), ['outcomes z-0 {"total":0,"outcomes":{},"adopted":0}'])
    for (let i = 0; i < 50; i++) hub.incidentChanged('a')
    hub.incidentChanged('b')
    hub.incidentChanged('gone')
    world.version = 2
    await tick(200)
    assert.deepEqual(listener.take(), [
      'incident z-50 {"id":"a","version":2}',
      'incident z-51 {"id":"b","version":2}',
    ])
    await tick(200)
    assert.deepEqual(listener.take(), [])
    hub.close()
  })

  test('is told of outcomes when they changed, and at most once a second', async (t) => {
    const { hub, world, tick, listen } = openHub(t)
    const listener = await listen()
    listener.take()
    for (let i = 1; i <= 30; i++) {
      world.total = i
      await tick(100)
    }
    assert.deepEqual(
      listener.take().map((event) => /"total":(\d+)/.exec(event)?.[1]),
      ['10', '20', '30'],
    )
    await tick(5_000)
    assert.deepEqual(listener.take(), [])
    const second = await listen()
    assert.match(second.take()[0] ?? '', /^outcomes z-0 \{"total":30/)
    hub.close()
  })

  test('hears a heartbeat', async (t) => {
    const { hub, tick, listen } = openHub(t)
    const listener = await listen()
    listener.text = ''
    await tick(15_000)
    assert.match(listener.text, /^: .+\n\n$/)
    hub.close()
  })

  test('comes back and is sent what changed meanwhile, each incident once', async (t) => {
    const { hub, tick, listen } = openHub(t)
    await listen()
    hub.incidentChanged('a')
    hub.incidentChanged('b')
    hub.incidentChanged('a')
    await tick(200)
    const back = await listen('z-1')
    assert.deepEqual(
      back.take().map((event) => event.split(' ').slice(0, 2).join(' ')),
      ['incident z-2', 'incident z-3', 'outcomes z-3'],
    )
    const upToDate = await listen('z-3')
    assert.deepEqual(
      upToDate.take().map((event) => event.split(' ')[0]),
      ['outcomes'],
    )
    hub.close()
  })

  test('hears each change once though another comes in between', async (t) => {
    const { hub, tick, listen } = openHub(t)
    const first = await listen()
    first.take()
    hub.incidentChanged('a')
    const second = await listen('z-0')
    await tick(400)
    assert.equal(first.take().length, 1)
    assert.deepEqual(
      second.take().filter((event) => event.startsWith('incident')),
      ['incident z-1 {"id":"a","version":1}'],
    )
    hub.close()
  })

  test('is told of verdicts in their order among incidents, the last of each report, a bounded number', async (t) => {
    const { hub, tick, listen } = openHub(t, { verdictsMax: 3 })
    const listener = await listen()
    listener.take()
    hub.incidentChanged('a')
    hub.verdictChanged(7, { taskId: 7, verdict: 'supported' })
    hub.verdictChanged('7x', { taskId: '7x', verdict: 'undetermined' })
    hub.verdictChanged(7, { taskId: 7, verdict: 'unsupported' })
    hub.incidentChanged('b')
    await tick(200)
    assert.deepEqual(listener.take(), [
      'incident z-1 {"id":"a","version":1}',
      'verdict z-3 {"taskId":"7x","verdict":"undetermined"}',
      'verdict z-4 {"taskId":7,"verdict":"unsupported"}',
      'incident z-5 {"id":"b","version":1}',
    ])
    const back = await listen('z-3')
    assert.deepEqual(
      back.take().map((event) => event.split(' ').slice(0, 2).join(' ')),
      ['verdict z-4', 'incident z-5', 'outcomes z-5'],
    )
    for (let i = 100; i < 103; i++) hub.verdictChanged(i, { taskId: i })
    assert.match((await listen('z-3')).take()[0] ?? '', /^resync /)
    assert.doesNotMatch((await listen('z-4')).take()[0] ?? '', /^resync /)
    hub.close()
  })

  test('is told to read anew when nobody knows what was missed', async (t) => {
    const { hub, listen } = openHub(t, { rememberedMax: 2 })
    await listen()
    for (const id of ['a', 'b', 'c']) hub.incidentChanged(id)
    for (const id of ['z-0', 'y-2', 'z-99', 'z-', 'x', 'z-1e3']) {
      const listener = await listen(id)
      assert.match(listener.take()[0] ?? '', /^resync z-3 /, id)
    }
    const enough = await listen('z-1')
    assert.equal(enough.take().filter((event) => event.startsWith('incident')).length, 2)
    hub.close()
  })
})

describe('the hub', () => {
  test('takes so many and no more', async (t) => {
    const { hub, listen } = openHub(t, { clientsMax: 2 })
    await listen()
    const leave = hub.listen(new Listener(), null)
    assert.ok(hub.isFull)
    assert.throws(() => hub.listen(new Listener(), null), /nobody more/)
    leave()
    assert.equal(hub.clients, 1)
    assert.ok(!hub.isFull)
    hub.listen(new Listener(), null)
    hub.close()
  })

  test('drops a client that does not read, and keeps the others', async (t) => {
    const { hub, tick, listen } = openHub(t, { waitingBytesMax: 1_000 })
    const slow = await listen()
    const quick = await listen()
    slow.writableLength = 990
    hub.incidentChanged('a')
    await tick(200)
    assert.equal(slow.state, 'destroyed')
    assert.equal(quick.state, 'open')
    assert.equal(hub.clients, 1)
    hub.close()
  })

  test('asks nothing while nobody listens, and goes on after an error', async (t) => {
    const { hub, world, tick, listen } = openHub(t)
    hub.incidentChanged('a')
    await tick(10_000)
    assert.equal(world.asked, 0)
    world.fails = true
    const listener = await listen()
    assert.equal(world.errors, 1)
    world.fails = false
    await tick(1_000)
    assert.equal(listener.take().length, 1)
    hub.close()
  })

  test('ends everybody when it closes, and takes nobody more', async (t) => {
    const { hub, listen } = openHub(t)
    const listener = await listen()
    hub.close()
    assert.equal(listener.state, 'ended')
    assert.ok(hub.isFull)
  })
})
