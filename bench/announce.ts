import type { AddressInfo, Server } from 'node:net'

/** Listens on a free port of the loopback, prints the URL as Assay does, and ends when the benchmark that started it ends. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', 4096, () => {
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  // Standard input is a pipe from the parent: it closes when the parent is gone, however it went.
  process.stdin.on('close', () => process.exit(0)).resume()
}
