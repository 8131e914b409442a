import { canonicalJson } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { findDataProblem } from '../../messaging/events/event-data.ts'
import type { AttemptError, AttemptOutcome } from '../../messaging/commands/command.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import { callReport } from './call-report.ts'
import { classifyAnswer } from './classify-answer.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { Integration } from './integration.ts'
import type { Redact } from './redact-secrets.ts'

/** How much of an answer is kept: in errors, and as a result when the operation declares no output. Characters. */
const answerCharsMax = 1_000
const resultCharsMax = 16_000
/** An integration that cannot be reached is left alone for this long. */
const unreachableParkMs = 2_000

export interface CallFacts {
  readonly integration: Integration
  readonly operation: CompiledOperation
  readonly redact: Redact
  /** May it be repeated when nobody knows whether it took effect? */
  readonly repeatable: boolean
  readonly now: Date
}

type Answered = OutgoingAnswer & { readonly state: 'answered' }

/**
 * What an attempt's end means:
 *   nothing left          parked, no attempt spent (a refused address: permanent)
 *   it left, no answer    retryable when it may be repeated, else an unknown outcome
 *   2xx                   done; when an output is declared and the answer cannot be read (a proxy's page, a cut answer), as if
 *                         there had been no answer
 *   401                   the gate of the integration shuts: its credentials fail for every command
 *   429                   the whole integration is parked for as long as the vendor asks
 *   408, 425, 5xx         retryable when it may be repeated or a rule proves that nothing was done, else an unknown outcome
 *   the rest              permanent
 */
export function outcomeOf(answer: OutgoingAnswer, call: CallFacts): AttemptOutcome {
  const outcome = endOf(answer, call)
  return { ...outcome, report: callReport(answer, outcome, call) }
}

function endOf(answer: OutgoingAnswer, call: CallFacts): AttemptOutcome {
  if (answer.state === 'answered') return answeredOutcome(answer, call)
  const error: AttemptError = {
    ...unansweredError(answer),
    message: call.redact(unansweredError(answer).message),
  }
  if (answer.state === 'lost') return unknown(call, error, null)
  if (answer.reason === 'refused_address') return { state: 'permanent', error }
  const unreachable = answer.reason === 'unreachable' || answer.reason === 'timeout'
  return {
    state: 'parked',
    error,
    retryAfterMs: unreachable ? unreachableParkMs : answer.reason === 'busy' ? 250 : 0,
    wholeIntegration: unreachable,
  }
}

function answeredOutcome(answer: Answered, call: CallFacts): AttemptOutcome {
  const { operation, integration, redact, now } = call
  // Redacted before it is parsed: nothing of it can carry a secret further.
  const text = redact(answer.body)
  const body = answer.cut === null ? parse(text) : undefined
  const rules = [...(operation.definition.errors ?? []), ...integration.connector.definition.errors]
  const { kind, notExecuted, retryAfterMs } = classifyAnswer(
    { status: answer.status, headers: answer.headers, body },
    rules,
    now,
  )
  const error: AttemptError = {
    code: codes[kind],
    message: `${operation.definition.method} answered ${answer.status}: ${titles[kind]}`,
    status: answer.status,
    answer: text === '' ? null : printable(text.slice(0, answerCharsMax)),
  }
  switch (kind) {
    case 'ok':
      return succeeded(answer, text, body, call)
    case 'credentials':
      // How long the gate stays shut is the gate's: a new secret opens it, and then the command must be ready.
      return { state: 'parked', error, retryAfterMs: null, wholeIntegration: true }
    case 'rate_limited':
      return { state: 'parked', error, retryAfterMs, wholeIntegration: true }
    case 'transient':
      return notExecuted ? { state: 'retryable', error, retryAfterMs } : unknown(call, error, retryAfterMs)
    case 'permanent':
      return { state: 'permanent', error }
  }
}

const codes = {
  ok: 'NX-CALL-OK',
  credentials: 'NX-CALL-CREDENTIALS',
  rate_limited: 'NX-CALL-RATE-LIMITED',
  transient: 'NX-CALL-FAILED',
  permanent: 'NX-CALL-REFUSED',
} as const

const titles = {
  ok: 'done',
  credentials: 'the credentials of the integration are not accepted',
  rate_limited: 'too many calls',
  transient: 'the other side failed',
  permanent: 'the other side does not take this request',
} as const

function succeeded(
  answer: Answered,
  text: string,
  body: JsonValue | undefined,
  call: CallFacts,
): AttemptOutcome {
  const { output } = call.operation
  const { status } = answer
  if (output === null)
    return { state: 'succeeded', status, result: wholeResult(status, text, body, answer.cut) }
  const rendered = body === undefined ? undefined : tryRender(call, body, status)
  if (rendered !== undefined) return { state: 'succeeded', status, result: rendered }
  const why = answer.cut === null ? 'is not what the operation declares' : `was cut by ${answer.cut}`
  const error: AttemptError = {
    code: 'NX-CALL-ANSWER',
    message: `${call.operation.definition.method} answered ${status}, but the answer ${why}`,
    status,
    answer: text === '' ? null : printable(text.slice(0, answerCharsMax)),
  }
  return unknown(call, error, null)
}

/** The declared output; undefined when the answer holds none of it. */
function tryRender({ operation }: CallFacts, body: JsonValue, status: number): JsonValue | undefined {
  try {
    const rendered = operation.output?.render({ answer: body, status })
    return rendered === undefined || findDataProblem(rendered) !== null ? undefined : rendered
  } catch {
    return undefined
  }
}

/** Without a declared output the status is what counts; the answer is kept while it is small and readable. */
function wholeResult(
  status: number,
  text: string,
  body: JsonValue | undefined,
  cut: Answered['cut'],
): JsonObject {
  if (text === '' && cut === null) return { status }
  if (cut !== null) return { status, note: `the answer was cut by ${cut}` }
  if (body === undefined || findDataProblem(body) !== null)
    return { status, note: 'the answer is not JSON that can be kept' }
  if (canonicalJson(body).length > resultCharsMax)
    return { status, note: 'the answer is too long to be kept' }
  return { status, answer: body }
}

function unknown(
  { repeatable }: CallFacts,
  error: AttemptError,
  retryAfterMs: number | null,
): AttemptOutcome {
  return repeatable ? { state: 'retryable', error, retryAfterMs } : { state: 'unknown_outcome', error }
}

function unansweredError(answer: Exclude<OutgoingAnswer, Answered>): AttemptError {
  const none = { status: null, answer: null }
  if (answer.state === 'lost') {
    return {
      code: 'NX-CALL-NO-ANSWER',
      message: `The request left and no answer came: ${answer.message}`,
      ...none,
    }
  }
  switch (answer.reason) {
    case 'refused_address':
      return {
        code: 'NX-EGRESS-PRIVATE',
        message: `${answer.message}, and integrations may not reach private addresses (NEURONX_EGRESS_ALLOW_PRIVATE)`,
        ...none,
      }
    case 'busy':
      return { code: 'NX-CALL-BUSY', message: answer.message, ...none }
    case 'stopped':
      return { code: 'NX-CALL-STOPPED', message: answer.message, ...none }
    case 'unreachable':
    case 'timeout':
      return { code: 'NX-CALL-UNREACHABLE', message: `No connection: ${answer.message}`, ...none }
  }
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** Text that the database and a terminal can hold. */
function printable(text: string): string {
  return text.toWellFormed().replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD')
}
