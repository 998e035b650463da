import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TaskId } from '../domain/task-id.ts'
import type { Claim } from '../domain/report.ts'
import type { FactsFinding } from '../domain/finding.ts'
import type { ReportShape } from '../protocol/api-reports.ts'
import { finding, NOW, openApi, taskRecord } from '../../test/operator-api/fixture.ts'

type Api = Awaited<ReturnType<typeof openApi>>

async function feed(api: Api, records: readonly object[]): Promise<void> {
  await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
  const answer = await api.ask('POST', '/api/v1/tasks', { body: records })
  assert.equal(answer.body.recorded, records.length, answer.text)
}

function report(api: Api, taskId: TaskId, claim: Claim = 'bad', receivedAt = NOW) {
  return api.store.recordReports([{ taskId, account: 'acme', claim, pathClass: null, receivedAt }])
}

describe('outcomes', () => {
  test('are the store’s, and add up', async () => {
    const api = await openApi()
    await feed(api, [taskRecord(1)])
    await report(api, 1)
    await report(api, 1)
    await report(api, 2)
    const { body } = await api.ask('GET', '/api/v1/outcomes')
    assert.equal(body.total, 3)
    assert.equal(body.outcomes.recorded, 1)
    assert.equal(body.outcomes.repeated, 1)
    assert.equal(body.outcomes['unknown-task'], 1)
    assert.equal(
      Object.values(body.outcomes as Record<string, number>).reduce((a, b) => a + b),
      body.total,
    )
    await api.close()
  })
})

describe('reports', () => {
  test('are found by task, whatever its id looks like', async () => {
    const api = await openApi()
    await feed(api, [taskRecord(7), taskRecord('a/b?c=ü')])
    await report(api, 7)
    await report(api, 'a/b?c=ü', 'good')
    assert.deepEqual((await api.ask('GET', '/api/v1/reports/7')).body, {
      taskId: 7,
      account: 'acme',
      claim: 'bad',
      receivedAt: '2026-11-23T10:00:00.000Z',
      flags: [],
      verdict: 'undetermined',
      because: 'not judged yet',
      incidentId: null,
    })
    const odd = await api.ask('GET', `/api/v1/reports/${encodeURIComponent('a/b?c=ü')}`)
    assert.equal(odd.body.taskId, 'a/b?c=ü')
    assert.equal((await api.ask('GET', '/api/v1/reports/8')).status, 404)
    assert.equal((await api.ask('GET', '/api/v1/reports/0')).status, 400)
    assert.equal((await api.ask('GET', '/api/v1/reports/-7')).status, 400)
    await api.close()
  })

  test('are listed by account and time, page by page', async () => {
    const api = await openApi()
    await feed(
      api,
      [1, 2, 3, 4, 5].map((id) => taskRecord(id)),
    )
    for (const id of [1, 2, 3, 4, 5]) await report(api, id, 'bad', NOW + id * 1_000)
    const ids = async (query: string): Promise<number[]> => {
      const seen: number[] = []
      for (let next: string | null = ''; next !== null;) {
        const page: { body: { items: { taskId: number }[]; next: string | null } } = await api.ask(
          'GET',
          `/api/v1/reports?limit=2&${query}${next === '' ? '' : `&cursor=${next}`}`,
        )
        seen.push(...page.body.items.map(({ taskId }) => taskId))
        next = page.body.next
      }
      return seen
    }
    assert.deepEqual(await ids(''), [1, 2, 3, 4, 5])
    assert.deepEqual(await ids('account=acme'), [1, 2, 3, 4, 5])
    assert.deepEqual(await ids('account=other'), [])
    assert.deepEqual(await ids('from=2026-11-23T10:00:02Z&to=2026-11-23T10:00:04Z'), [2, 3])
    // An offset whose plus sign nobody escaped.
    assert.deepEqual(await ids('from=2026-11-23T12:00:04+02:00'), [4, 5])
    assert.deepEqual(await ids(`to=${NOW + 2_000}`), [1])
    for (const query of [
      'from=yesterday',
      'to=2026-11-23',
      `from=${NOW}&to=${NOW}`,
      'cursor=x',
      'limit=1001',
    ])
      assert.equal((await api.ask('GET', `/api/v1/reports?${query}`)).status, 400, query)
    await api.close()
  })

  test('carry what is thought of them, in the words for operators', async () => {
    const asked: number[] = []
    const api = await openApi({
      judgeReports: async (reports) => {
        asked.push(reports.length)
        return reports.map(({ taskId, attributes, group, solvedAt }) => ({
          verdict: taskId === 1 ? 'supported' : 'unsupported',
          because: `${attributes.site} of ${group} at ${solvedAt}`,
          becauseForReporter: 'not for operators',
          incidentId: taskId === 1 ? 'A-23456789' : null,
        }))
      },
    })
    await feed(api, [taskRecord(1), taskRecord(2)])
    await report(api, 1)
    await report(api, 2)
    const { items } = (await api.ask('GET', '/api/v1/reports')).body
    const because = `shop.example of acme at ${NOW - 60_000}`
    assert.deepEqual(
      items.map((item: ReportShape) => [item.verdict, item.because, item.incidentId]),
      [
        ['supported', because, 'A-23456789'],
        ['unsupported', because, null],
      ],
    )
    assert.deepEqual((await api.ask('GET', '/api/v1/reports/1')).body, items[0])
    assert.deepEqual(asked, [2, 1])
    await api.close()
  })
})

describe('quality', () => {
  test('counts tasks and reports by what is asked, and holds them against what is expected', async () => {
    const api = await openApi()
    const tasks = Array.from({ length: 40 }, (_, i) =>
      taskRecord(i + 1, { site: i < 35 ? 'a.example' : 'b.example', labels: { pool: i % 2 ? 'x' : 'y' } }),
    )
    await feed(api, tasks)
    await report(api, 1)
    await report(api, 40, 'good')
    const { body } = await api.ask('GET', '/api/v1/quality?by=site,solver')
    assert.deepEqual(
      body.items.map((row: Record<string, unknown>) => [row.where, row.exposure, row.reports, row.good]),
      [
        [{ site: 'a.example', solver: '3.8.1' }, 35, 1, 0],
        [{ site: 'b.example', solver: '3.8.1' }, 5, 0, 1],
      ],
    )
    const [many, few] = body.items
    // Solved a minute ago, in the bin that ended just now: 7.5 minutes old, of an hour to maturity.
    assert.equal(many.reason, 'may still rise: about 13 % of its reports are due by now')
    assert.deepEqual([many.at, many.maturity, many.expected], [null, 0.125, 0.0875])
    assert.ok(many.rate.low < many.rate.estimate && many.rate.estimate < many.rate.high)
    assert.deepEqual([few.rate, few.reason], [null, 'under 30 tasks: too few for a rate'])
    api.clock.at += 3_600_000
    const [grown] = (await api.ask('GET', '/api/v1/quality?by=site')).body.items
    assert.deepEqual([grown.maturity, grown.expected, grown.reason], [1, 0.7, undefined])
    assert.equal(grown.rate.estimate, Number((2 / 85).toPrecision(4)))
    api.clock.at -= 3_600_000
    const total = async (query: string): Promise<number> =>
      (await api.ask('GET', `/api/v1/quality?${query}`)).body.items.reduce(
        (sum: number, row: { exposure: number }) => sum + row.exposure,
        0,
      )
    assert.equal(await total(''), 40)
    assert.equal(await total('site=b.example'), 5)
    assert.equal(await total('labels.pool=x'), 20)
    assert.equal(await total('by=labels.pool&bin=1h'), 40)
    assert.equal(await total(`from=${NOW}`), 0)
    const binned = await api.ask('GET', '/api/v1/quality?bin=15m&region=eu')
    assert.deepEqual(binned.body, { items: [], next: null })
    await api.close()
  })

  test('is read by pages in one order', async () => {
    const api = await openApi()
    const tasks = Array.from({ length: 24 }, (_, i) =>
      taskRecord(i + 1, {
        site: `s${i % 4}.example`,
        solvedAt: NOW - 3_600_000 * (i % 3),
        ...(i % 2 && { region: `r${i % 5}` }),
      }),
    )
    await feed(api, tasks)
    const whole = (await api.ask('GET', '/api/v1/quality?by=site,region&bin=1h')).body.items
    const paged: unknown[] = []
    for (let next: string | null = ''; next !== null;) {
      const page: { body: { items: unknown[]; next: string | null } } = await api.ask(
        'GET',
        `/api/v1/quality?by=site,region&bin=1h&limit=3${next === '' ? '' : `&cursor=${next}`}`,
      )
      paged.push(...page.body.items)
      next = page.body.next
    }
    assert.ok(whole.length > 6)
    assert.deepEqual(paged, whole)
    await api.close()
  })

  test('refuses what it does not know, and what is too much, in words', async () => {
    const api = await openApi()
    for (const [query, status] of [
      ['by=colour', 400],
      ['by=labels.', 400],
      ['by=site,site', 400],
      ['bin=2h', 400],
      ['sit=a', 400],
      ['labels.=a', 400],
      ['limit=0', 400],
      ['by=site&colour=red', 400],
    ] as const) {
      const answer = await api.ask('GET', `/api/v1/quality?${query}`)
      assert.equal(answer.status, status, query)
      assert.match(answer.body.detail, / /)
    }
    await api.close()
  })
})

describe('incidents', () => {
  test('are listed, the newest first, by state and situation', async () => {
    const api = await openApi()
    for (const [i, site] of ['a.example', 'b.example', 'c.example'].entries())
      api.find(finding({ site, at: NOW + i }))
    const [first] = (await api.ask('GET', '/api/v1/incidents')).body.items
    assert.equal(first.where.site, 'c.example')
    assert.equal((await api.ask('POST', `/api/v1/incidents/${first.id}/resolve`)).body.state, 'resolved')
    const sites = async (query: string): Promise<string[]> =>
      (await api.ask('GET', `/api/v1/incidents?${query}`)).body.items.map(
        ({ where }: { where: { site: string } }) => where.site,
      )
    assert.deepEqual(await sites('state=open'), ['b.example', 'a.example'])
    assert.deepEqual(await sites('state=resolved&situation=regression'), ['c.example'])
    assert.deepEqual(await sites('situation=one-account'), [])
    const page = await api.ask('GET', '/api/v1/incidents?limit=2')
    assert.deepEqual(await sites(`limit=2&cursor=${page.body.next}`), ['a.example'])
    for (const query of ['state=closed', 'situation=outage', 'cursor=WzEsMl0', 'limit=0'])
      assert.equal((await api.ask('GET', `/api/v1/incidents?${query}`)).status, 400, query)
    await api.close()
  })

  test('are found by any state and situation, an absorbed one under its absorber only', async () => {
    const api = await openApi()
    const of = (name: string, situation: 'regression' | 'split' | 'never-worked' | 'one-account') => {
      const { facts, ...one } = finding({ site: `${name}.example` })
      const sites = { rejecting: ['a.example'], accepting: ['b.example'], undecided: [] }
      return { ...one, facts: { ...facts, situation, ...(situation === 'split' && { sites }) } }
    }
    const [a, b, c, d] = [
      of('a', 'regression'),
      of('b', 'split'),
      of('c', 'never-worked'),
      of('d', 'one-account'),
    ]
    for (const one of [a, b, c, d]) api.find(one)
    api.find({ ...head(b), event: 'confirmed-fixed', seq: 5, because: 'None since.' })
    api.find({ ...head(a), event: 'merged', seq: 6, otherAlarmId: c.alarmId, because: 'One fault.' })
    api.find({ ...head(a), event: 'action', seq: 7, actionId: 'act-1' })
    const situations = async (query: string): Promise<string[]> =>
      (await api.ask('GET', `/api/v1/incidents?${query}`)).body.items
        .map(({ situation }: { situation: string }) => situation)
        .sort()
    assert.deepEqual(await situations(''), ['one-account', 'regression', 'split'])
    for (const situation of ['regression', 'split', 'one-account'])
      assert.deepEqual(await situations(`situation=${situation}`), [situation])
    assert.deepEqual(await situations('situation=never-worked'), [])
    assert.deepEqual(await situations('state=fixed'), ['split'])
    for (const state of ['acknowledged', 'snoozed', 'resolved'])
      assert.deepEqual(await situations(`state=${state}`), [])
    api.find({ ...head(a), event: 'unmerged', seq: 8, otherAlarmId: c.alarmId, because: 'Two faults.' })
    assert.deepEqual(await situations('situation=never-worked&state=open'), ['never-worked'])
    await api.close()
  })

  test('are shown one by one, and resolved once', async () => {
    const api = await openApi()
    api.find(finding())
    const [{ id }] = (await api.ask('GET', '/api/v1/incidents')).body.items
    const shown = await api.ask('GET', `/api/v1/incidents/${id}`)
    assert.equal(shown.body.id, id)
    const resolve = `/api/v1/incidents/${id}/resolve`
    assert.equal((await api.ask('POST', resolve, { body: { nota: 'x' } })).status, 400)
    api.clock.at += 60_000
    const resolved = await api.ask('POST', resolve, { body: { note: 'solver 3.8.2' } })
    assert.equal(resolved.body.state, 'resolved')
    assert.deepEqual(resolved.body.history.at(-1), {
      at: '2026-11-23T10:01:00.000Z',
      event: 'resolved',
      by: 'operator',
      note: 'solver 3.8.2',
    })
    assert.equal((await api.ask('POST', resolve)).status, 409)
    assert.equal((await api.ask('POST', '/api/v1/incidents/A-NOBODY/resolve')).status, 404)
    assert.equal((await api.ask('GET', '/api/v1/incidents/A-NOBODY')).status, 404)
    await api.close()
  })
})

/** What every finding about this alarm begins with. */
function head({ alarmId, at, method }: FactsFinding) {
  return { alarmId, at, method }
}
