import type { AttemptOutcome, LeasedCommand } from '../commands/command.ts'
import type { ClearedCommand } from '../commands/cleared-command.ts'
import type { SettledAttempt, Settlement } from '../commands/command-queue.ts'
import { retryDelayMs } from '../commands/retry-policy.ts'
import type { RetryPolicy } from '../commands/retry-policy.ts'

/** How a call ends; what a policy stops was never called. */
export type CallSettlement = Exclude<Settlement, { state: 'deferred' | 'suppressed' }>

export interface AttemptFacts {
  readonly leased: LeasedCommand
  readonly outcome: AttemptOutcome
  readonly durationMs: number
  /** Now, for the age of the first attempt. */
  readonly now: Date
  /** In [0, 1): the jitter's draw. */
  readonly random: number
}

/**
 * What becomes of an attempt: the retry policy applied to its outcome. Parked attempts spend none of the policy's attempts
 * and are given up only after `maxElapsedMs`; an unknown outcome is never repeated.
 */
export function settlementOf(policy: RetryPolicy, facts: AttemptFacts): CallSettlement {
  const { leased, outcome, durationMs, random } = facts
  switch (outcome.state) {
    case 'succeeded':
      return { state: 'succeeded', result: outcome.result, durationMs }
    case 'permanent':
      return { state: 'dead', deadClass: 'permanent', error: outcome.error, durationMs }
    case 'unknown_outcome':
      return { state: 'in_doubt', error: outcome.error, durationMs }
    case 'retryable':
      return leased.attempt >= policy.attemptsMax
        ? { state: 'dead', deadClass: 'exhausted', error: outcome.error, durationMs }
        : {
            state: 'retry',
            error: outcome.error,
            delayMs: retryDelayMs(policy, leased.attempt, outcome.retryAfterMs, random),
            spendsAttempt: true,
            durationMs,
            ...proofOf(outcome),
          }
    case 'parked':
      return waitedMs(facts) >= policy.maxElapsedMs
        ? { state: 'dead', deadClass: 'exhausted', error: outcome.error, durationMs }
        : {
            state: 'retry',
            error: outcome.error,
            delayMs: parkedDelayMs(policy, facts, outcome),
            spendsAttempt: false,
            durationMs,
            ...proofOf(outcome),
          }
  }
}

function proofOf({ notExecuted }: { readonly notExecuted?: boolean }): { readonly notExecuted?: boolean } {
  return notExecuted === undefined ? {} : { notExecuted }
}

function waitedMs({ leased, now }: AttemptFacts): number {
  return leased.firstAttemptAt === null ? 0 : now.getTime() - Date.parse(leased.firstAttemptAt)
}

/**
 * While the gate of the whole integration is shut it decides when, and the command must be ready when it opens. Else attempts
 * do not grow while parked, so the wait grows with the time spent waiting: by half each time, up to the cap.
 */
function parkedDelayMs(
  policy: RetryPolicy,
  facts: AttemptFacts,
  { retryAfterMs, wholeIntegration }: Extract<AttemptOutcome, { state: 'parked' }>,
): number {
  if (wholeIntegration) return retryAfterMs ?? policy.baseMs
  const grown = Math.min(policy.capMs, Math.max(policy.baseMs, waitedMs(facts) / 2))
  const jittered = grown * (1 + policy.jitter * (2 * facts.random - 1))
  return Math.round(Math.max(jittered, retryAfterMs ?? 0))
}

/**
 * What goes along with the end of a call: word of a message that went out or never will, when somebody listens (the command's own
 * result says it otherwise), and the slot of an attempt that certainly did not go out.
 */
export function noticeOf(
  { message, holdsSlot }: ClearedCommand,
  settlement: CallSettlement,
): Pick<SettledAttempt, 'notice' | 'givesSlotBack'> {
  const outcome = { succeeded: 'sent', dead: 'failed', retry: null, in_doubt: null } as const
  const end = outcome[settlement.state]
  const told = end !== null && message?.listened.has(end) === true
  return {
    ...(told ? { notice: { outcome: end, channel: message.channel, routed: true } } : {}),
    ...(holdsSlot && didNotGoOut(settlement) ? { givesSlotBack: true } : {}),
  }
}

/**
 * Nothing left, or the other side refused it. What may have gone out keeps its slot, and so does what is tried again soon: an attempt
 * before this one may have gone out.
 */
function didNotGoOut(settlement: CallSettlement): boolean {
  if (settlement.state === 'retry') return !settlement.spendsAttempt && settlement.notExecuted !== false
  return settlement.state === 'dead' && settlement.deadClass === 'permanent'
}
