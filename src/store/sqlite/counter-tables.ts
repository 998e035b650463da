type Key = 'account' | 'attrs' | 'type'

/** One way in which changes are counted: a row a day for each combination of these keys. */
export interface CounterTable {
  readonly table: string
  readonly hasAccount: boolean
  /** `attrs` tells every attribute apart, `core` type, site and solver, `type` only the task type. */
  readonly what: 'attrs' | 'core' | 'type'
  /** Key columns after `day`, in order. */
  readonly keys: readonly [Key, Key?]
  /** A row holds every type's bins, those of type t numbered from 96 t: an account uses a few types of many. */
  readonly holdsTypes: boolean
}

/**
 * The same changes five times, since what a question does not ask for should cost it nothing: with 40 types, 3,000 sites,
 * 6 solvers, 12 regions and 2,000 accounts a busy day has 40, 20,000, 100,000 and 2,000 rows, and in the last table up
 * to as many as tasks.
 */
export const COUNTER_TABLES: readonly CounterTable[] = [
  { table: 'type_day', hasAccount: false, what: 'type', keys: ['type'], holdsTypes: false },
  { table: 'core_day', hasAccount: false, what: 'core', keys: ['attrs'], holdsTypes: false },
  { table: 'attrs_day', hasAccount: false, what: 'attrs', keys: ['attrs'], holdsTypes: false },
  { table: 'account_day', hasAccount: true, what: 'type', keys: ['account'], holdsTypes: true },
  {
    table: 'account_attrs_day',
    hasAccount: true,
    what: 'attrs',
    keys: ['attrs', 'account'],
    holdsTypes: false,
  },
]
