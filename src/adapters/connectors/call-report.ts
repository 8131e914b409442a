import type { AttemptOutcome } from '../../messaging/commands/command.ts'
import type { CallHealth, CallReport } from '../../messaging/commands/gate.ts'
import { answeredAt, parseRetryAfter } from '../http/retry-after.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import type { BudgetHeaders } from './define-connector.ts'
import type { Integration } from './integration.ts'

/** A vendor that asks for a pause and does not say how long gets this one, milliseconds. */
const pauseMsDefault = 1_000
const pauseMsMax = 86_400_000

/** What a call says about its integration: is it there, does it want a pause, what is left of its budget. */
export function callReport(
  answer: OutgoingAnswer,
  outcome: AttemptOutcome,
  { integration, now }: { readonly integration: Integration; readonly now: Date },
): CallReport {
  const budget =
    answer.state === 'answered'
      ? budgetOf(answer.headers, integration, answeredAt(answer.headers, now))
      : nothingSaid
  const shut = outcome.state === 'parked' && outcome.wholeIntegration
  const health = healthOf(answer, outcome)
  const asked = shut && health !== 'credentials' ? (outcome.retryAfterMs ?? pauseMsDefault) : null
  const pauseMs = asked === null ? budget.pauseMs : Math.max(asked, budget.pauseMs ?? 0)
  return {
    health,
    pauseMs: pauseMs === null ? null : Math.min(pauseMs, pauseMsMax),
    reason: outcome.state === 'succeeded' ? null : outcome.error.code,
    remaining: budget.remaining,
  }
}

function healthOf(answer: OutgoingAnswer, outcome: AttemptOutcome): CallHealth {
  if (answer.state === 'not_sent')
    return answer.reason === 'unreachable' || answer.reason === 'timeout' ? 'down' : 'none'
  if (answer.state === 'lost') return answer.reason === 'stopped' ? 'none' : 'down'
  // It answered, and did a part: what one command asks for must not shut the gate for all.
  if (outcome.state !== 'succeeded' && outcome.error.code === 'NX-CALL-PARTIAL') return 'up'
  if (outcome.state === 'unknown_outcome' && outcome.error.code === 'NX-CALL-CREDENTIALS') return 'up'
  if (outcome.state === 'retryable' || outcome.state === 'unknown_outcome') return 'down'
  if (outcome.state === 'parked' && outcome.error.code === 'NX-CALL-CREDENTIALS') return 'credentials'
  return 'up'
}

const nothingSaid = { remaining: null, pauseMs: null }

/** The tightest of the vendor's budgets: burst, day. */
function budgetOf(
  headers: Readonly<Record<string, string>>,
  { connector, limits }: Integration,
  now: Date,
): Pick<CallReport, 'remaining' | 'pauseMs'> {
  const said = (connector.definition.budget ?? []).map((budget) =>
    oneBudget(headers, budget, limits.perSecond, now),
  )
  const remaining = said.flatMap((one) => (one.remaining === null ? [] : [one.remaining]))
  const pauses = said.flatMap((one) => (one.pauseMs === null ? [] : [one.pauseMs]))
  return {
    remaining: remaining.length === 0 ? null : Math.min(...remaining),
    pauseMs: pauses.length === 0 ? null : Math.max(...pauses),
  }
}

/** Only little is worth telling: while there is more than a second's calls left, the bucket alone keeps to the rate. */
function oneBudget(
  headers: Readonly<Record<string, string>>,
  budget: BudgetHeaders,
  perSecond: number,
  now: Date,
): Pick<CallReport, 'remaining' | 'pauseMs'> {
  const text = headers[budget.remaining]
  if (text === undefined || !/^\d{1,9}$/.test(text.trim())) return nothingSaid
  const remaining = Number(text)
  if (remaining >= Math.max(1, perSecond)) return nothingSaid
  if (remaining > 0) return { remaining, pauseMs: null }
  return { remaining, pauseMs: resetMs(headers, budget.reset, now) ?? budget.waitMs ?? pauseMsDefault }
}

function resetMs(
  headers: Readonly<Record<string, string>>,
  reset: { readonly header: string; readonly unit: 's' | 'ms' | 'epoch_s' } | undefined,
  now: Date,
): number | null {
  if (reset === undefined) return null
  const text = headers[reset.header]
  if (reset.unit !== 'epoch_s') return parseRetryAfter(text, reset.unit, now)
  if (text === undefined || !/^\d{9,11}$/.test(text.trim())) return null
  return Math.max(0, Number(text) * 1_000 - now.getTime())
}
