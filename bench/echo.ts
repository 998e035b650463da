import { createServer } from 'node:http'
import { announce } from './announce.ts'

/**
 * The floor that Assay is measured against: raw node:http, reads and parses the JSON, answers a constant. It checks nothing
 * and stores nothing.
 */
const BODY = '{"errorId":0,"status":"success"}'

const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => (text += chunk))
  request.on('end', () => {
    const { clientKey, taskId } = JSON.parse(text) as { clientKey?: unknown; taskId?: unknown }
    if (clientKey === undefined || taskId === undefined) {
      response.writeHead(400).end()
      return
    }
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': BODY.length })
    response.end(BODY)
  })
})
announce(server)
