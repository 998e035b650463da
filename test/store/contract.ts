import { describe } from 'node:test'
import { accountContract } from './contract/accounts.ts'
import { actionContract } from './contract/actions.ts'
import { changeLogContract } from './contract/change-log.ts'
import type { OpenSubject } from './contract/fixtures.ts'
import { keepingContract } from './contract/keeping.ts'
import { listContract } from './contract/lists.ts'
import { parkingContract } from './contract/parking.ts'
import { randomContract } from './contract/random.ts'
import { reportContract } from './contract/reports.ts'
import { taskContract } from './contract/tasks.ts'

export type { OpenSubject, Subject } from './contract/fixtures.ts'

/**
 * What every engine behind src/store/contract.ts must do, and nothing about how: the same suite runs on each.
 * @param open gives a fresh, empty store with the settings asked for
 */
export function storeContract(name: string, open: OpenSubject): void {
  describe(`store contract: ${name}`, () => {
    taskContract(open)
    reportContract(open)
    parkingContract(open)
    changeLogContract(open)
    listContract(open)
    accountContract(open)
    actionContract(open)
    keepingContract(open)
    randomContract(open)
  })
}
