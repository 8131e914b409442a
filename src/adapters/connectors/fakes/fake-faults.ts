import { z } from 'zod'
import { NxError } from '../../../kernel/errors.ts'
import type { JsonValue } from '../../../kernel/json.ts'

/** What may go wrong, as people ask for it. */
export const fakeFaultKinds = [
  /** 429 in the vendor's own form; afterMs: how long it asks to wait. Nothing is done. */
  'rate_limited',
  /** 500 in the vendor's own form. Nothing is done. */
  'server_error',
  /** It is done, and the answer comes after afterMs. */
  'slow',
  /** It is done, and the connection is cut without an answer. */
  'reset_after_effect',
  /** It is done, and the answer has another shape. */
  'schema_change',
  /** The credential of this call is not good any more, nor for later calls. */
  'revoked_token',
  /** It is done, and the answer is a web page. */
  'html',
] as const

export type FakeFaultKind = (typeof fakeFaultKinds)[number]

const afterMsDefaults: Partial<Record<FakeFaultKind, number>> = { rate_limited: 1_000, slow: 30_000 }

export const fakeFaultSchema = z.strictObject({
  kind: z.enum(fakeFaultKinds),
  /** Only calls of this operation. Default: the next, whatever it is. */
  operation: z.string().min(1).max(100).optional(),
  /** How many calls. */
  count: z.int().min(1).max(10_000).default(1),
  afterMs: z.int().min(0).max(120_000).optional(),
})

/** A fault that waits for its calls. */
export interface FakeFault {
  readonly kind: FakeFaultKind
  readonly operation: string | null
  /** Calls that it is for still. */
  readonly count: number
  readonly afterMs: number | null
}

/** Reads what was asked for. Throws NX-FAKE-FAULT (invalid) with the place. */
export function parseFakeFault(given: unknown, operations: readonly string[] | null): FakeFault {
  const parsed = fakeFaultSchema.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw wrong(`${issue?.path.join('.') || 'fault'}: ${issue?.message ?? 'is not valid'}`)
  }
  const { kind, operation = null, count, afterMs } = parsed.data
  if (operation !== null && operations !== null && !operations.includes(operation))
    throw wrong(`operation: there is no '${operation}'; there are ${operations.join(', ')}`)
  return { kind, operation, count, afterMs: afterMs ?? afterMsDefaults[kind] ?? null }
}

function wrong(detail: string): NxError {
  return new NxError('invalid', 'NX-FAKE-FAULT', 'This fault cannot be', {
    detail,
    fix: `Write {"kind": "…", "operation": "message.send", "count": 1, "afterMs": 1000} with a kind of ${fakeFaultKinds.join(', ')}.`,
  })
}

/** What may go wrong with one call, beyond what people ask for: for tests that say every byte. */
export type VendorFault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: JsonValue
    }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'endless' }
  | { readonly kind: 'refuse'; readonly as: 'rate_limited' | 'server_error'; readonly waitMs: number }
  | { readonly kind: 'revoke' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'other_shape' }

/** What happens to one call. */
export function vendorFaultOf({ kind, afterMs }: Pick<FakeFault, 'kind' | 'afterMs'>): VendorFault {
  switch (kind) {
    case 'rate_limited':
    case 'server_error':
      return { kind: 'refuse', as: kind, waitMs: afterMs ?? 1_000 }
    case 'slow':
      return { kind: 'slow', ms: afterMs ?? 30_000 }
    case 'reset_after_effect':
      return { kind: 'reset' }
    case 'schema_change':
      return { kind: 'other_shape' }
    case 'revoked_token':
      return { kind: 'revoke' }
    case 'html':
      return { kind: 'garbage' }
  }
}

/** As people asked for it; what only tests ask for by its own name. */
export function nameOfFault(fault: VendorFault): string {
  const known = fakeFaultKinds.find((kind) => {
    const made = vendorFaultOf({ kind, afterMs: null })
    return made.kind === fault.kind && (fault.kind !== 'refuse' || fault.as === kind)
  })
  return known ?? fault.kind
}

const waitingMax = 1_000

/** Faults that wait for their calls, in the order in which they were asked for. */
export class FaultQueue {
  readonly #exact: VendorFault[] = []
  #asked: FakeFault[] = []

  get waiting(): readonly FakeFault[] {
    return this.#asked
  }

  /** For the next calls, one each. */
  push(...faults: readonly VendorFault[]): void {
    this.#exact.push(...faults)
  }

  /** Throws NX-FAKE-FAULTS (conflict) when too many wait. */
  ask(fault: FakeFault): void {
    if (this.#asked.length >= waitingMax)
      throw new NxError('conflict', 'NX-FAKE-FAULTS', 'Too many faults wait already', {
        fix: 'neuronx fake reset',
      })
    this.#asked.push(fault)
  }

  /** The fault of this call; null: all goes well. */
  take(operation: string | null): VendorFault | null {
    const exact = this.#exact.shift()
    if (exact !== undefined) return exact
    const index = this.#asked.findIndex((fault) => fault.operation === null || fault.operation === operation)
    const found = this.#asked[index]
    if (found === undefined) return null
    this.#asked = this.#asked
      .with(index, { ...found, count: found.count - 1 })
      .filter(({ count }) => count > 0)
    return vendorFaultOf(found)
  }

  clear(): void {
    this.#exact.length = 0
    this.#asked = []
  }
}
