import { NxError } from '../../kernel/errors.ts'

/** The thing, or NX-<KIND>-NOT-FOUND with the command that lists such things. */
export function foundOr<T>(thing: T | null, kind: string, id: string, listCommand: string): T {
  if (thing !== null) return thing
  const code = `NX-${kind.toUpperCase().replaceAll(' ', '-')}-NOT-FOUND`
  throw new NxError('not_found', code, `There is no ${kind} '${id}'`, { fix: listCommand })
}
