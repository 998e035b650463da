import type { Command } from 'commander'
import { connect } from './client.ts'
import { printTable } from './table.ts'

interface AccountWire {
  readonly id: string
  readonly name: string | null
  readonly group: string
  readonly clientKey?: string
}

/** `assay account add|list`: who may report. */
export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('accounts and their keys')

  account
    .command('add <id>')
    .description('make an account; its key is printed once and never shown again')
    .option('--name <name>', 'a name for people')
    .option('--group <group>', 'accounts of one payer share a group (default: the account itself)')
    .option('--key <clientKey>', 'use this key instead of a new one: at least 16 characters, no "__"')
    .option('--json', 'print JSON')
    .option('--config <file>', 'settings file')
    .action(
      async (
        id: string,
        options: { name?: string; group?: string; key?: string; json?: boolean; config?: string },
      ) => {
        const body = { id, name: options.name, group: options.group, clientKey: options.key }
        const made = await connect(options.config ?? null).post<AccountWire>('/api/v1/accounts', body)
        if (options.json) process.stdout.write(`${JSON.stringify(made)}\n`)
        else process.stdout.write(`${made.clientKey}\n`)
        if (!options.json)
          process.stderr.write(`account ${made.id} made; this is its only sight of the key\n`)
      },
    )

  account
    .command('list')
    .description('accounts, without their keys')
    .option('--json', 'print JSON, one account a line')
    .option('--config <file>', 'settings file')
    .action(async (options: { json?: boolean; config?: string }) => {
      const client = connect(options.config ?? null)
      const rows: AccountWire[] = []
      let next: string | null = ''
      while (next !== null) {
        const query: string = next === '' ? '' : `?cursor=${encodeURIComponent(next)}`
        const page: { items: AccountWire[]; next: string | null } = await client.get(
          `/api/v1/accounts${query}`,
        )
        rows.push(...page.items)
        next = page.next
      }
      if (options.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
      else
        printTable(
          ['account', 'group', 'name'],
          rows.map((row) => [row.id, row.group, row.name ?? '']),
        )
    })
}
