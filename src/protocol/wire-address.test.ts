import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressHolder, AddressList, canonicalAddress, clientAddress } from './wire-address.ts'

describe('an address', () => {
  test('has one form', () => {
    assert.equal(canonicalAddress('::ffff:192.0.2.7'), '192.0.2.7')
    assert.equal(canonicalAddress('fe80::1%eth0'), 'fe80::1')
    for (const no of ['', 'unknown', '192.0.2', '192.0.2.256', '1.2.3.4:80', 'example.com'])
      assert.equal(canonicalAddress(no), null, no)
  })

  test('is held with its /64 if it is IPv6', () => {
    assert.equal(addressHolder('192.0.2.7'), '192.0.2.7')
    assert.equal(addressHolder('2001:db8:0:1:2:3:4:5'), '2001:db8:0:1::/64')
    assert.equal(addressHolder('2001:0db8::0001'), '2001:db8:0:0::/64')
    assert.equal(addressHolder('::1'), '0:0:0:0::/64')
    assert.equal(addressHolder('2001:db8:1:2::'), '2001:db8:1:2::/64')
    assert.equal(addressHolder('64:ff9b::192.0.2.7'), '64:ff9b:0:0::/64')
    assert.equal(addressHolder('2001:db8:1:2:3:4:192.0.2.7'), '2001:db8:1:2::/64')
  })
})

describe('a list of addresses', () => {
  test('holds addresses and blocks', () => {
    const list = new AddressList(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '::ffff:198.51.100.4'])
    for (const inside of ['192.0.2.7', '10.255.0.1', '2001:db8:ffff::1', '198.51.100.4'])
      assert.ok(list.has(inside), inside)
    for (const outside of ['192.0.2.8', '11.0.0.1', '2001:db9::1', 'unknown'])
      assert.ok(!list.has(outside), outside)
  })

  test('names the entry that is none', () => {
    for (const entry of [
      'example.com',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '2001:db8::/129',
      '',
      '10.0.0.0/-1',
    ])
      assert.throws(() => new AddressList(['10.0.0.0/8', entry]), {
        name: 'RangeError',
        message: `"${entry}" is neither an IP address nor a CIDR block`,
      })
  })
})

describe("a client's address", () => {
  const trusted = new AddressList(['10.0.0.0/8', '::1'])
  const of = (peer: string | undefined, forwarded?: string, list = trusted) =>
    clientAddress(peer, forwarded, list)

  test('is the peer, unless that is a trusted proxy', () => {
    assert.equal(of('198.51.100.4', '192.0.2.7'), '198.51.100.4')
    assert.equal(of('10.0.0.1'), '10.0.0.1')
    assert.equal(of('10.0.0.1', '192.0.2.7', new AddressList([])), '10.0.0.1')
    assert.equal(of(undefined, '192.0.2.7'), 'unknown')
  })

  test('is the right-most hop that is not trusted', () => {
    assert.equal(of('10.0.0.1', '192.0.2.7'), '192.0.2.7')
    assert.equal(of('::ffff:10.0.0.1', '192.0.2.7'), '192.0.2.7')
    assert.equal(of('10.0.0.1', '203.0.113.9, 192.0.2.7 ,10.0.0.2'), '192.0.2.7')
    assert.equal(of('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3')
  })

  test('may come with a port', () => {
    assert.equal(of('10.0.0.1', '192.0.2.7:5123'), '192.0.2.7')
    assert.equal(of('10.0.0.1', '[2001:db8::1]:443'), '2001:db8::1')
    assert.equal(of('10.0.0.1', '[2001:db8::1]'), '2001:db8::1')
  })

  test('is the last that is known where the header holds something else', () => {
    assert.equal(of('10.0.0.1', 'unknown'), '10.0.0.1')
    assert.equal(of('10.0.0.1', '192.0.2.7, _hidden, 10.0.0.2'), '10.0.0.2')
    assert.equal(of('10.0.0.1', ''), '10.0.0.1')
  })

  test('is looked for in the last hops only: a longer header is a forgery', () => {
    const forged = ['192.0.2.7', ...Array<string>(100_000).fill('10.0.0.2')].join(',')
    assert.equal(of('10.0.0.1', forged), '10.0.0.2')
  })
})
