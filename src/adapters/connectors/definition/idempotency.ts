import type { Repeatable } from '../../../messaging/commands/command.ts'
import type { OperationDefinition } from '../define-connector.ts'

/**
 * Why an operation may be repeated, or not:
 *   native      the vendor takes our key and knows a repeat by it
 *   natural     it reads, or sets rather than adds
 *   verifiable  it may not be repeated, but a look tells whether it happened
 *   none        nobody but a person can tell
 */
export type IdempotencyClass = 'native' | 'natural' | 'verifiable' | 'none'

export function idempotencyOf({
  effect,
  idempotency,
  verify,
}: Pick<OperationDefinition, 'effect' | 'idempotency' | 'verify'>): IdempotencyClass {
  if (effect === 'read') return 'natural'
  if (idempotency !== undefined) return 'native'
  if (effect !== 'create' && effect !== 'send') return 'natural'
  return verify === undefined ? 'none' : 'verifiable'
}

/** May a call of this operation be repeated when nobody knows whether it took effect? */
export function repeatableOf(
  operation: Pick<OperationDefinition, 'effect' | 'idempotency' | 'verify'>,
): Repeatable {
  const kind = idempotencyOf(operation)
  return kind === 'native' || kind === 'natural' ? 'yes' : 'no'
}
