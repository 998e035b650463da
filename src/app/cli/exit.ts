/** The command line was used wrongly: exit code 2. Anything else that is thrown ends with 1. */
export class UsageError extends Error {
  override name = 'UsageError'
}
