type Key = 'account' | 'attrs' | 'block' | 'type'

/** One way in which changes are counted: a row a day for each combination of these keys. */
export interface CounterTable {
  readonly table: string
  readonly hasAccount: boolean
  /** `attrs` tells every attribute apart, `core` type, site and solver, `type` only the task type. */
  readonly what: 'attrs' | 'core' | 'type'
  /** Key columns after `day`, in order. */
  readonly keys: readonly [Key, Key?]
  /**
   * What of a row's bins is told by their number, counted on by 96: nothing; the type, since an account uses a few of many;
   * which of the BLOCK combinations of a block. Reading one large row is cheaper than reading many small ones.
   */
  readonly inside: 'nothing' | 'type' | 'combination'
}

/** Combinations in one row of `core_day`. */
export const BLOCK = 8

/**
 * The same changes five times, since what a question does not ask for should cost it nothing: with 40 types, 3,000 sites,
 * 6 solvers, 12 regions and 2,000 accounts a busy day has 40, 2,500, 100,000 and 2,000 rows, and in the last table up
 * to as many as tasks.
 */
export const COUNTER_TABLES: readonly CounterTable[] = [
  { table: 'type_day', hasAccount: false, what: 'type', keys: ['type'], inside: 'nothing' },
  { table: 'core_day', hasAccount: false, what: 'core', keys: ['block'], inside: 'combination' },
  { table: 'attrs_day', hasAccount: false, what: 'attrs', keys: ['attrs'], inside: 'nothing' },
  { table: 'account_day', hasAccount: true, what: 'type', keys: ['account'], inside: 'type' },
  {
    table: 'account_attrs_day',
    hasAccount: true,
    what: 'attrs',
    keys: ['attrs', 'account'],
    inside: 'nothing',
  },
]
