import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerReader } from './answer-reader.ts'

const answer = (body: string, status = '200 OK', name = 'Content-Length') =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${name}: ${body.length}\r\nDate: x\r\n\r\n${body}`,
  )
const read = (bytes: Buffer) => new AnswerReader().read(bytes, bytes.length)

test('a success is one whatever the case of the header and the order of the fields', () => {
  assert.equal(read(answer('{"errorId":0,"status":"success"}')), 'success')
  assert.equal(read(answer('{"status":"success","errorId":0}', '200 OK', 'content-length')), 'success')
})

test('a refusal, and a success that is not HTTP 200, are something else, with their words', () => {
  const reader = new AnswerReader()
  const refusal = answer('{"errorId":1,"errorCode":"ERROR_KEY_DOES_NOT_EXIST"}')
  assert.equal(reader.read(refusal, refusal.length), 'other')
  assert.match(reader.otherText, /ERROR_KEY_DOES_NOT_EXIST/)
  assert.equal(read(answer('{"errorId":0}', '503 Service Unavailable')), 'other')
  assert.equal(read(answer('')), 'other')
})

test('an answer may arrive in any pieces, into a buffer that is used again', () => {
  const whole = answer('{"errorId":0,"status":"success"}')
  for (let cut = 1; cut < whole.length; cut++) {
    const reader = new AnswerReader()
    const shared = Buffer.alloc(1024)
    whole.copy(shared, 0, 0, cut)
    assert.equal(reader.read(shared, cut), null, `cut at ${cut}`)
    shared.fill(0)
    whole.copy(shared, 0, cut)
    assert.equal(reader.read(shared, whole.length - cut), 'success', `cut at ${cut}`)
    assert.equal(reader.read(whole, whole.length), 'success', 'the next answer is read afresh')
  }
})

test('bytes that nobody asked for and framing that is not understood are errors', () => {
  const twice = Buffer.concat([answer('{}'), answer('{}')])
  assert.throws(() => read(twice), /beyond the end/)
  assert.throws(
    () => read(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')),
    /without Content-Length/,
  )
})
