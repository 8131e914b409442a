import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { findDataProblem } from '../../messaging/events/event-data.ts'
import type { AttemptError, AttemptOutcome } from '../../messaging/commands/command.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import { parseJson } from './answers/parse-json.ts'
import { printable } from './answers/printable.ts'
import { answerCodes, answerTitles } from './answers/answer-words.ts'
import { unansweredError } from './answers/unanswered-error.ts'
import { callReport } from './call-report.ts'
import { afterItems, classifyAnswer, readsBody, tokenRules } from './classify-answer.ts'
import type { Classified } from './classify-answer.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { Integration } from './integration.ts'
import type { Redact } from './redact-secrets.ts'

/** How much of an answer is kept: in errors, and as a result when the operation declares no output. Characters. */
const answerCharsMax = 1_000
const resultCharsMax = 16_000
/** An integration that cannot be reached is left alone for this long. */
const unreachableParkMs = 2_000
/** A day's budget that is used up is asked about again after this, unless the vendor says when. */
const quotaParkMs = 3_600_000

export interface CallFacts {
  readonly integration: Integration
  readonly operation: CompiledOperation
  readonly redact: Redact
  /** May it be repeated when nobody knows whether it took effect? */
  readonly repeatable: boolean
  /** Can the token be got anew? Then `expired` means to do that and to try again at once. */
  readonly renewable?: boolean
  /** Is the answer itself wanted, as of a page? Then no result is made of it. */
  readonly page?: boolean
  readonly now: Date
}

/** An answer that was judged: what comes of the call, and what else it says. */
export interface Judged {
  readonly outcome: AttemptOutcome
  /** Does it say that the token is over, so that a new one may do? Never where none can be got anew. */
  readonly expired: boolean
  /** Without secrets; undefined: there is none, or it is not whole JSON. */
  readonly body: JsonValue | undefined
}

type Answered = OutgoingAnswer & { readonly state: 'answered' }

/**
 * What an attempt's end means:
 *   nothing left          parked, no attempt spent (a refused address: permanent)
 *   it left, no answer    retryable when it may be repeated, else an unknown outcome
 *   2xx                   done; when an output is declared and the answer cannot be read (a proxy's page, a cut answer), as if
 *                         there had been no answer
 *   expired               as 401; an unknown outcome unless it may be repeated or a rule proves that nothing was done
 *   401                   the gate of the integration shuts: its credentials fail for every command
 *   429, a used up day    the whole integration is parked for as long as the vendor asks
 *   a part of it failed   retryable when it may be repeated, else an unknown outcome
 *   408, 425, 5xx         retryable when it may be repeated or a rule proves that nothing was done, else an unknown outcome
 *   302, 303              an unknown outcome unless it may be repeated: they also lead to a page about what was done
 *   the rest              permanent
 */
export function judge(answer: OutgoingAnswer, call: CallFacts): Judged {
  const judged =
    answer.state === 'answered'
      ? judgeAnswered(answer, call)
      : { outcome: unansweredOutcome(answer, call), expired: false, body: undefined }
  const { outcome } = judged
  return { ...judged, outcome: { ...outcome, report: callReport(answer, outcome, call) } }
}

function unansweredOutcome(answer: Exclude<OutgoingAnswer, Answered>, call: CallFacts): AttemptOutcome {
  const error: AttemptError = {
    ...unansweredError(answer),
    // It may quote the other side: the name in its certificate.
    message: shown(oneLine(call.redact(unansweredError(answer).message)).slice(0, answerCharsMax)),
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

function judgeAnswered(answer: Answered, call: CallFacts): Judged {
  const found = classified(answer, call)
  const expired = call.renewable === true && found.means.kind === 'expired'
  return { outcome: answeredOutcome(answer, found, call), expired, body: found.body }
}

function classified(answer: Answered, { operation, integration, redact, renewable, now }: CallFacts) {
  // Redacted before it is parsed: nothing of it can carry a secret further.
  const text = redact(answer.body)
  const body = answer.cut === null ? parseJson(text) : undefined
  const rules = [
    ...(operation.definition.errors ?? []),
    ...integration.connector.definition.errors,
    ...(renewable === true ? tokenRules : []),
  ]
  const first = classifyAnswer({ status: answer.status, headers: answer.headers, body }, rules, now)
  return { text, body, means: afterItems(first, body, operation.definition.partial) }
}

function answeredOutcome(
  answer: Answered,
  { text, body, means }: ReturnType<typeof classified>,
  call: CallFacts,
): AttemptOutcome {
  const { kind, retryAfterMs } = means
  if (kind === 'ok') return succeeded(answer, text, body, call)
  const error = errorOf(answer, text, means, call)
  switch (kind) {
    case 'expired':
      // Without proof that nothing was done it is like every other half-done call; where it may be repeated, so is this.
      if (!means.notExecuted && !call.repeatable) return unknown(call, error, null)
      return means.notExecuted
        ? { state: 'parked', error, retryAfterMs: null, wholeIntegration: true }
        : { state: 'parked', error, retryAfterMs: null, wholeIntegration: true, notExecuted: false }
    case 'credentials':
      // How long the gate stays shut is the gate's: a new secret opens it, and then the command must be ready.
      return { state: 'parked', error, retryAfterMs: null, wholeIntegration: true }
    case 'rate_limited':
      return { state: 'parked', error, retryAfterMs, wholeIntegration: true }
    case 'quota_exhausted':
      return { state: 'parked', error, retryAfterMs: retryAfterMs ?? quotaParkMs, wholeIntegration: true }
    case 'transient':
      return means.notExecuted
        ? { state: 'retryable', error, retryAfterMs, notExecuted: true }
        : unknown(call, error, retryAfterMs)
    case 'partial':
      return unknown(call, error, retryAfterMs)
    case 'permanent':
      // Repeating it would lead to the same page, so that who may repeat it need not.
      return isElsewhere(answer.status) && !means.notExecuted && !call.repeatable
        ? unknown(call, error, null)
        : { state: 'permanent', error }
    case 'not_found':
    case 'conflict':
      return { state: 'permanent', error }
  }
}

function errorOf(
  { status }: Answered,
  text: string,
  { kind, says }: Classified,
  { operation }: CallFacts,
): AttemptError {
  const title = `${operation.definition.method} answered ${status}: ${answerTitles[kind]}`
  return {
    code: answerCodes[kind],
    message: says === null ? title : `${title}. ${says}`,
    status,
    answer: text === '' ? null : shown(text.slice(0, answerCharsMax)),
  }
}

function succeeded(
  answer: Answered,
  text: string,
  body: JsonValue | undefined,
  call: CallFacts,
): AttemptOutcome {
  const { output } = call.operation
  const { status } = answer
  const readable = body !== undefined || !needsBody(call, status, text)
  if (output === null && readable) {
    const result = call.page === true ? { status } : wholeResult(status, text, body, answer.cut)
    return { state: 'succeeded', status, result }
  }
  const rendered = readable ? tryRender(call, body, status) : undefined
  if (rendered !== undefined) return { state: 'succeeded', status, result: rendered }
  const why = answer.cut === null ? 'is not what the operation declares' : `was cut by ${answer.cut}`
  const error: AttemptError = {
    code: 'NX-CALL-ANSWER',
    message: `${call.operation.definition.method} answered ${status}, but the answer ${why}`,
    status,
    answer: text === '' ? null : shown(text.slice(0, answerCharsMax)),
  }
  return unknown(call, error, null)
}

/** Does it take the answer itself to tell whether the call was carried out? */
function needsBody({ operation, integration }: CallFacts, status: number, text: string): boolean {
  const { encode, partial, errors = [] } = operation.definition
  if (operation.outputReadsAnswer || encode === 'graphql') return true
  // Whoever says no with such a status says it in the body: a page in its place says neither.
  const rules = [...errors, ...integration.connector.definition.errors]
  return text !== '' && (partial !== undefined || readsBody(rules, status))
}

/** Does the status lead to another page, which is got with GET? */
function isElsewhere(status: number): boolean {
  return status === 302 || status === 303
}

/** What these make has an id or a state to tell: an answer that tells null of it all is no proof that it was made. */
const makesNew: ReadonlySet<string> = new Set(['send', 'create'])

function isEmpty(rendered: JsonValue): boolean {
  const members = isJsonObject(rendered) ? Object.values(rendered) : [rendered]
  return members.length > 0 && members.every((one) => one === null)
}

/** The declared output; undefined when the answer holds none of it. */
function tryRender(
  { operation }: CallFacts,
  body: JsonValue | undefined,
  status: number,
): JsonValue | undefined {
  try {
    const rendered = operation.output?.render({ answer: body, status })
    if (rendered === undefined || findDataProblem(rendered) !== null) return undefined
    return makesNew.has(operation.definition.effect) && isEmpty(rendered) ? undefined : rendered
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
  if (JSON.stringify(body).length > resultCharsMax)
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

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}

/** As it came: its lines stay lines. */
function shown(text: string): string {
  return printable(text, (sign) => (sign === '\n' || sign === '\t' ? sign : '\uFFFD'))
}
