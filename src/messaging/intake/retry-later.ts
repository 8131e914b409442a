import { NxError } from '../../kernel/errors.ts'
import type { NxErrorOptions } from '../../kernel/errors.ts'

/** Refused now, and when it is worth trying again. Nothing of it was stored unless the code says otherwise. */
export class RetryLater extends NxError {
  /** At least 1. */
  readonly retryAfterMs: number

  constructor(code: string, title: string, retryAfterMs: number, options: NxErrorOptions = {}) {
    super('unavailable', code, title, { ...options, retryable: true })
    this.retryAfterMs = Math.max(1, Math.ceil(retryAfterMs))
  }
}
