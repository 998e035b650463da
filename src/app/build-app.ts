import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Intake } from '../intake/interfaces.ts'

/** Which side a listener serves: customers', operators', or both on one port. */
export type Side = 'both' | 'customers' | 'operators'

/** Paths of the operator's side; everything else at the root belongs to customers. */
const OPERATOR_PATH = /^\/(?:api\/|metrics(?:[/?]|$)|livez(?:[/?]|$)|readyz(?:[/?]|$))/

/** Probes are open on either listener: a gateway in front of the public one needs them too. */
const PROBE_PATH = /^\/(?:livez|readyz)(?:[/?]|$)/

/**
 * Headers must come within this time and requests must end within the next: a client that dribbles must not hold a connection. The second
 * leaves room for a large feed over a slow line.
 */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 300_000
/** Longer than gateways keep idle connections, so that it is they who close them. */
export const KEEP_ALIVE_TIMEOUT_MS = 75_000
const HEADER_BYTES_MAX = 8 * 1024
/** Beyond it new connections are closed at once: each costs some 10 KB here and a descriptor in the kernel. */
const CONNECTIONS_MAX = 20_000

/**
 * One request listener for one side. Reports are told apart by their path and handled before any framework sees them: they are
 * nearly all requests, and each costs as little as Node allows.
 */
export function createListener(
  side: Side,
  intake: Pick<Intake, 'handles' | 'handle' | 'refuseUnknownPath'>,
  operatorApi: RequestListener,
): RequestListener {
  return (req: IncomingMessage, res: ServerResponse): void => {
    if (side !== 'operators' && intake.handles(req)) intake.handle(req, res)
    else if (isOperators(side, req.url ?? '')) operatorApi(req, res)
    else if (side !== 'customers' && req.url === '/' && req.method === 'GET') redirect(res, '/api/v1/docs')
    else intake.refuseUnknownPath(req, res)
  }
}

function isOperators(side: Side, url: string): boolean {
  return side === 'customers' ? PROBE_PATH.test(url) : OPERATOR_PATH.test(url)
}

/** The page a browser gets at the root, until there is a console. */
function redirect(res: ServerResponse, location: string): void {
  res.writeHead(302, { location, 'content-length': 0 })
  res.end()
}

/** A server with limits on everything that a stranger can keep open. */
export function createLimitedServer(listener: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      noDelay: true,
    },
    listener,
  )
  server.maxConnections = CONNECTIONS_MAX
  // An expectation that nobody knows is no reason to leave a request without an outcome.
  server.on('checkExpectation', listener)
  return server
}
