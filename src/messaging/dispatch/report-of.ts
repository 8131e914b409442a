import type { AttemptOutcome } from '../commands/command.ts'
import type { CallHealth, CallReport } from '../commands/gate.ts'

/** An integration that takes no calls and does not say for how long is left alone for this long, milliseconds. */
const pauseMsDefault = 1_000

/** What an outcome says about its integration: its own word, else what its state implies. */
export function reportOf(outcome: AttemptOutcome): CallReport {
  if (outcome.report !== undefined) return outcome.report
  const shut = outcome.state === 'parked' && outcome.wholeIntegration
  return {
    health: healthOf(outcome),
    pauseMs: shut ? (outcome.retryAfterMs ?? pauseMsDefault) : null,
    reason: outcome.state === 'succeeded' ? null : outcome.error.code,
    remaining: null,
  }
}

function healthOf(outcome: AttemptOutcome): CallHealth {
  switch (outcome.state) {
    case 'succeeded':
      return 'up'
    case 'retryable':
    case 'unknown_outcome':
      return 'down'
    case 'permanent':
      return outcome.error.status === null ? 'none' : 'up'
    case 'parked':
      if (outcome.error.status === 401) return 'credentials'
      return outcome.error.status === null ? 'none' : 'up'
  }
}
