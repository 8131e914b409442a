import type { JsonValue } from '../../kernel/json.ts'
import { answeredAt, parseRetryAfter } from '../http/retry-after.ts'
import { bodyMatches, listAt } from './answers/match-body.ts'
import type { AnswerKind, ErrorRule, OperationDefinition } from './define-connector.ts'

/** An answer, as rules see it. `body` is undefined when it is not (whole) JSON. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonValue | undefined
}

/** What an answer means. */
export interface Classified {
  readonly kind: AnswerKind
  /** The vendor certainly did nothing. */
  readonly notExecuted: boolean
  readonly retryAfterMs: number | null
  /** What the rule says to people, or how much failed; null: nothing beyond the kind. */
  readonly says: string | null
}

/** What applies to every vendor, after its own rules. */
const commonRules: readonly ErrorRule[] = [
  { when: { status: '2xx' }, kind: 'ok' },
  { when: { status: 401 }, kind: 'credentials', notExecuted: true, waitMs: 60_000 },
  {
    when: { status: 429 },
    kind: 'rate_limited',
    notExecuted: true,
    retryAfter: { header: 'retry-after', unit: 's' },
  },
  {
    when: { status: [408, 425, '5xx'] },
    kind: 'transient',
    retryAfter: { header: 'retry-after', unit: 's' },
  },
  { when: { status: 404 }, kind: 'not_found', notExecuted: true },
  { when: { status: 409 }, kind: 'conflict', notExecuted: true },
  // No redirect is followed. These two also lead to a page about what was done: no proof that nothing was.
  {
    when: { status: [302, 303] },
    kind: 'permanent',
    says: 'A redirect is not followed. Where it means that the work was done, an error rule must say so: { when: { status: 302 }, kind: ok }.',
  },
  // Other redirects ask for the same call elsewhere, and other 4xx say that this request will never do.
  { when: {}, kind: 'permanent', notExecuted: true },
]

/** Before the common rules, where tokens can be got anew: a 401 may be a token that was taken back. */
export const tokenRules: readonly ErrorRule[] = [
  { when: { status: 401 }, kind: 'expired', notExecuted: true },
]

/** Finds the first rule that matches: the operation's, the connector's, then the common ones. Bodies count before the status. */
export function classifyAnswer(answer: Answer, rules: readonly ErrorRule[], now: Date): Classified {
  const rule = [...rules, ...commonRules].find(
    ({ when }) => statusMatches(answer.status, when.status) && bodyMatches(answer.body, when.body),
  )
  if (rule === undefined) return { kind: 'permanent', notExecuted: true, retryAfterMs: null, says: null }
  const { retryAfter, waitMs } = rule
  const then = answeredAt(answer.headers, now)
  const asked =
    (retryAfter === undefined
      ? null
      : parseRetryAfter(answer.headers[retryAfter.header], retryAfter.unit, then)) ??
    parseRetryAfter(answer.headers['retry-after'], 's', then)
  return {
    kind: rule.kind,
    notExecuted: rule.notExecuted ?? false,
    retryAfterMs: asked ?? waitMs ?? null,
    says: rule.says ?? null,
  }
}

/** Does any of the rules look at the body of an answer with this status? */
export function readsBody(rules: readonly ErrorRule[], status: number): boolean {
  return rules.some(({ when }) => when.body !== undefined && statusMatches(status, when.status))
}

/**
 * What an accepted call of several things means: all of them failed is a refusal, some of them is `partial`. An answer without the
 * declared list says nothing about them.
 */
export function afterItems(
  classified: Classified,
  body: JsonValue | undefined,
  partial: OperationDefinition['partial'],
): Classified {
  if (classified.kind !== 'ok' || partial === undefined) return classified
  const items = listAt(body, partial.items) ?? []
  const failed = items.filter((item) => bodyMatches(item, partial.failed)).length
  if (failed === 0) return classified
  const says = `${failed} of ${items.length} items failed`
  return failed === items.length
    ? { ...classified, kind: 'permanent', notExecuted: true, says }
    : { ...classified, kind: 'partial', says }
}

function statusMatches(status: number, wanted: ErrorRule['when']['status']): boolean {
  if (wanted === undefined) return true
  const list = Array.isArray(wanted) ? (wanted as readonly (number | string)[]) : [wanted as number | string]
  return list.some((one) =>
    typeof one === 'number' ? one === status : Number(one[0]) === Math.floor(status / 100),
  )
}
