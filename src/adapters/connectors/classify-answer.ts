import { readPath } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { parseRetryAfter } from '../http/retry-after.ts'
import type { AnswerKind, ErrorRule } from './define-connector.ts'

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
  // Redirects are not followed, and other 4xx say that this request will never do.
  { when: {}, kind: 'permanent', notExecuted: true },
]

/** Finds the first rule that matches: the operation's, the connector's, then the common ones. Bodies count before the status. */
export function classifyAnswer(answer: Answer, rules: readonly ErrorRule[], now: Date): Classified {
  const rule = [...rules, ...commonRules].find(
    ({ when }) => statusMatches(answer.status, when.status) && bodyMatches(answer, when.body),
  )
  if (rule === undefined) return { kind: 'permanent', notExecuted: true, retryAfterMs: null }
  const { retryAfter, waitMs } = rule
  const asked =
    (retryAfter === undefined
      ? null
      : parseRetryAfter(answer.headers[retryAfter.header], retryAfter.unit, now)) ??
    parseRetryAfter(answer.headers['retry-after'], 's', now)
  return { kind: rule.kind, notExecuted: rule.notExecuted ?? false, retryAfterMs: asked ?? waitMs ?? null }
}

function statusMatches(status: number, wanted: ErrorRule['when']['status']): boolean {
  if (wanted === undefined) return true
  const list = Array.isArray(wanted) ? (wanted as readonly (number | string)[]) : [wanted as number | string]
  return list.some((one) =>
    typeof one === 'number' ? one === status : Number(one[0]) === Math.floor(status / 100),
  )
}

function bodyMatches({ body }: Answer, wanted: ErrorRule['when']['body']): boolean {
  if (wanted === undefined) return true
  return Object.entries(wanted).every(([path, values]) => {
    const found = readPath(body, path)
    const list = Array.isArray(values) ? (values as readonly JsonValue[]) : [values as JsonValue]
    return found !== undefined && list.includes(found)
  })
}
