import express from 'express'
import { createServer } from 'node:http'
import pg from 'pg'
import { announce } from './announce.ts'

/**
 * What a team would write in an afternoon: Express, `pg`, one INSERT a request. No key, owner or window is checked; the
 * primary key counts a task once. The statement is prepared, the pool as large as served it best here (8, 16, 32 tried).
 */
const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 16 })
await pool.query(
  'create table if not exists report (task_id text primary key, client_key text not null, path text not null, received_at timestamptz not null)',
)
const INSERT = {
  name: 'insert-report',
  text: 'insert into report values ($1, $2, $3, now()) on conflict do nothing',
}

const app = express()
app.disable('x-powered-by')
app.use(express.json())
app.post('/reportIncorrectTokenCaptcha', async (request, response) => {
  const { clientKey, taskId } = request.body as { clientKey: string; taskId: number | string }
  await pool.query(INSERT, [String(taskId), clientKey, request.path])
  response.json({ errorId: 0, status: 'success' })
})
announce(createServer(app))
