import { createServer } from 'node:net'
import { announce } from './announce.ts'

/**
 * A constant answer over a bare socket: no parser, no JSON, hardly any work. It shows how fast the load generator can go; if it
 * were not much faster here than against the echo, the benchmark would measure the generator.
 */
const BODY = '{"errorId":0,"status":"success"}'
const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
)

const server = createServer({ noDelay: true }, (socket) => {
  // The generator sends one small request at a time, so each read is one request.
  socket.on('data', () => socket.write(ANSWER))
  socket.on('error', () => socket.destroy())
})
announce(server)
