import type { AttemptError, AttemptOutcome } from '../../../messaging/commands/command.ts'

/** Ends of calls that were not made. */
export function parked(code: string, message: string, retryAfterMs: number): AttemptOutcome {
  return { state: 'parked', error: failure(code, message), retryAfterMs, wholeIntegration: false }
}

/** An answer came, and nobody knows what it says. */
export function unjudged(repeatable: boolean): AttemptOutcome {
  const error = failure('NX-CALL-ANSWER', 'An answer came that could not be judged')
  return repeatable ? { state: 'retryable', error, retryAfterMs: null } : { state: 'unknown_outcome', error }
}

export function permanent(code: string, message: string): AttemptOutcome {
  return { state: 'permanent', error: failure(code, message) }
}

/** The gate of the integration shuts until a person has seen to it: no secret, no consent, a secret that cannot serve. */
export function withoutCredentials(code: string, message: string): AttemptOutcome {
  return {
    state: 'parked',
    error: failure(code, message),
    retryAfterMs: null,
    wholeIntegration: true,
    report: { health: 'credentials', pauseMs: null, reason: code, remaining: null },
  }
}

/** The place where tokens come from is not there; the vendor itself may be well. */
export function withoutToken(code: string, message: string, retryAfterMs: number): AttemptOutcome {
  return {
    state: 'parked',
    error: failure(code, message),
    retryAfterMs,
    wholeIntegration: true,
    report: { health: 'none', pauseMs: retryAfterMs, reason: code, remaining: null },
  }
}

export function goneIntegration(integration: string): AttemptOutcome {
  return permanent('NX-INTEGRATION-GONE', `The configuration has no integration '${integration}'`)
}

export function goneOperation(integration: string, operation: string): AttemptOutcome {
  return permanent('NX-OPERATION-GONE', `'${integration}' has no operation '${operation}'`)
}

export function secretMissing(missing: readonly string[]): AttemptOutcome {
  return withoutCredentials(
    'NX-SECRET-MISSING',
    `The tenant has no secret ${missing.join(', ')}; store it with: neuronx secret set ${missing[0]}`,
  )
}

/** The end of a call that was made anew with another token. What the first one may have done, it may have done still. */
export function afterExpired(first: AttemptOutcome, last: AttemptOutcome): AttemptOutcome {
  const proven = first.state !== 'parked' || first.notExecuted !== false
  return proven || (last.state !== 'parked' && last.state !== 'retryable')
    ? last
    : { ...last, notExecuted: false }
}

function failure(code: string, message: string): AttemptError {
  return { code, message, status: null, answer: null }
}
