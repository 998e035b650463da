import type { Static, TInteger } from 'typebox'
import { Type } from 'typebox'
import type { Outcome } from '../domain/outcome.ts'
import { OUTCOMES } from '../domain/outcome.ts'

const MEANINGS: Readonly<Record<Outcome, string>> = {
  recorded: 'A first claim, accepted.',
  repeated: 'The same claim again, or one beyond the one change.',
  changed: 'A claim that replaced the opposite one.',
  'unknown-task': "No such task, another customer's, no id at all, or refused by strict class.",
  'not-ready': 'The task was still in process.',
  failed: 'The task had failed: nothing was issued.',
  late: 'After the report window.',
  'bad-key': 'The key was missing, unknown or revoked.',
  'ip-refused': "The sender's address is not on the account's list.",
  throttled: 'Too many wrong keys or ids from one address.',
  malformed: 'The body could not be parsed, was too large or broke off.',
  method: 'Not a POST.',
  unavailable: 'The report could not be stored at that moment.',
}

const count = (description: string) => Type.Integer({ description, minimum: 0 })

export const OutcomesShape = Type.Object(
  {
    total: count('Requests on report paths since the store was made.'),
    outcomes: Type.Object(
      Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(MEANINGS[outcome])])) as Record<
        Outcome,
        TInteger
      >,
      { description: 'Each request has exactly one; they add up to `total`.' },
    ),
    adopted: count(
      'Reports that came before their task and were accepted once it came. Counted apart: their outcome stays unknown-task.',
    ),
  },
  { description: 'Requests on report paths, by what became of them.' },
)
export type OutcomesShape = Static<typeof OutcomesShape>
