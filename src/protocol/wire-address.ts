import { BlockList, isIP } from 'node:net'

/**
 * Brings an address to one form: IPv4 written inside IPv6 (`::ffff:192.0.2.7`, what a dual-stack socket says) becomes
 * plain IPv4, a zone (`fe80::1%eth0`) is dropped.
 * @returns null if it is no address
 */
export function canonicalAddress(text: string): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)
  const address = mapped?.[1] ?? text.replace(/%.*$/, '')
  return isIP(address) === 0 ? null : address
}

/**
 * A set of addresses and CIDR blocks, such as an account's own list or the trusted proxies.
 */
export class AddressList {
  readonly #blocks = new BlockList()
  readonly #size: number

  /**
   * @param entries `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`
   * @throws RangeError naming the entry that is neither
   */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [text = '', prefixText, ...rest] = entry.split('/')
      const address = canonicalAddress(text)
      const family = address === null ? 0 : isIP(address)
      const bits = family === 4 ? 32 : 128
      const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1
      if (address === null || rest.length > 0 || prefix < 0 || prefix > bits)
        throw new RangeError(`"${entry}" is neither an IP address nor a CIDR block`)
      this.#blocks.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
    }
    this.#size = entries.length
  }

  get size(): number {
    return this.#size
  }

  /** @param address in canonical form */
  has(address: string): boolean {
    return this.#blocks.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
}

/** Hops of one X-Forwarded-For that are looked at, from the right; a longer header is a forgery. */
const HOPS_MAX = 32

/**
 * Who sent a request: the peer of the socket, or, where that is a trusted proxy, the right-most address of
 * X-Forwarded-For that is none. Addresses further left were written by somebody we have no reason to believe.
 *
 * @param peer the socket's remote address; undefined once the socket is gone
 * @returns an address in canonical form, or `unknown`
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | string[] | undefined,
  trusted: AddressList,
): string {
  let address = canonicalAddress(peer ?? '')
  if (address === null) return 'unknown'
  if (forwardedFor === undefined || trusted.size === 0 || !trusted.has(address)) return address
  const hops = String(forwardedFor).split(',').slice(-HOPS_MAX)
  for (let i = hops.length - 1; i >= 0; i--) {
    const hop = canonicalAddress(withoutPort((hops[i] ?? '').trim()))
    // Not an address: the proxy nearest to it is the last of whom anything is known.
    if (hop === null) return address
    address = hop
    if (!trusted.has(hop)) return hop
  }
  return address
}

/** Some proxies write `192.0.2.7:5123` or `[2001:db8::1]:443`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)
  if (bracketed?.[1] !== undefined) return bracketed[1]
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(hop) ? hop.slice(0, hop.indexOf(':')) : hop
}

/**
 * The part of an address that one party holds: an IPv4 address, or the /64 of an IPv6 address, since whoever has one
 * address of a /64 has them all.
 */
export function addressHolder(address: string): string {
  if (!address.includes(':')) return address
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // An IPv4 tail stands for two groups, which lie in the host half anyway.
  const text = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0')
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array<string>(Math.max(0, gap)).fill('0'), ...right].map((group) =>
    Number.parseInt(group, 16).toString(16),
  )
}
