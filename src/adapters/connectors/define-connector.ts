import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { WebhookDefinition } from './webhooks/webhook-definition.ts'
import type { ValueTables } from './template-functions.ts'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * What an operation does over there. `upsert`, `update` and `delete` may be repeated: the second time finds it done. `create`
 * and `send` may not, unless the vendor honours an idempotency key.
 */
export type Effect = 'read' | 'create' | 'upsert' | 'update' | 'delete' | 'send'

export const effects: readonly Effect[] = ['read', 'create', 'upsert', 'update', 'delete', 'send']

/** Where the vendor expects our key. */
export type IdempotencyPlace = { readonly header: string } | { readonly query: string }

/** The closed set of what an answer can mean. */
export type AnswerKind = 'ok' | 'rate_limited' | 'credentials' | 'transient' | 'permanent'

/** One rule about answers. Every condition given must hold; the first rule that matches decides. */
export interface ErrorRule {
  readonly when: {
    /** Exact codes, or classes like `5xx`. */
    readonly status?: number | string | readonly (number | string)[] | undefined
    /** Values inside a JSON answer, by path. Read before the status is: some vendors fail with 200. */
    readonly body?: Readonly<Record<string, JsonValue | readonly JsonValue[]>> | undefined
  }
  readonly kind: AnswerKind
  /** Proves that the vendor did nothing: then even what may not be repeated is tried again. */
  readonly notExecuted?: boolean | undefined
  readonly retryAfter?: { readonly header: string; readonly unit: 's' | 'ms' } | undefined
  /** How long to wait when no header says so, milliseconds. */
  readonly waitMs?: number | undefined
}

/** One thing that can be asked of a system. Templates read `input`, `entity`, `connection`, `key`. */
export interface OperationDefinition {
  readonly method: HttpMethod
  /** Below the base URL. `{{ }}` parts are percent-encoded. */
  readonly path: string
  readonly effect: Effect
  readonly query?: JsonObject | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: JsonObject | undefined
  readonly encode?: 'json' | 'form' | undefined
  /** Paths that must be present, like `input.tags`. */
  readonly requires?: readonly string[] | undefined
  readonly idempotency?: IdempotencyPlace | undefined
  readonly errors?: readonly ErrorRule[] | undefined
  /** What the result keeps of the answer. Templates read `answer`, `status`. Without it the whole (small) answer is kept. */
  readonly output?: JsonObject | undefined
  /**
   * Types of events that come back because of it: the vendor's webhooks tell of our own change too. Validation looks for rules that
   * set themselves off this way.
   */
  readonly echoes?: readonly string[] | undefined
  /** How to find out whether a call that got no answer took effect. Only for what may not be repeated. */
  readonly verify?: VerifyDefinition | undefined
  /** Where the vendor's own description of it stands: tests check rendered requests against it. */
  readonly spec?: { readonly file: string; readonly path: string } | undefined
}

/** A look (GET) at what the other side holds. Templates as in operations. */
export interface VerifyDefinition {
  readonly path: string
  readonly query?: JsonObject | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Where in the answer the list of candidates is; absent: the answer itself is the one candidate. */
  readonly list?: string | undefined
  /** Paths in a candidate and the texts that must stand there: all of them. */
  readonly match: Readonly<Record<string, string>>
  /** A list of so many may go on elsewhere: not being in it proves nothing. */
  readonly pageSize?: number | undefined
  /** These answers say that there is nothing. */
  readonly absentStatus?: readonly number[] | undefined
  /** How long the other side may take to show what it did: before, not finding it proves nothing. */
  readonly verifyAfterMs?: number | undefined
}

/** Headers in which the vendor says what is left of its budget. Lower-case names. */
export interface BudgetHeaders {
  readonly remaining: string
  /** When nothing is left: how long until there is again (`s`, `ms`), or when (`epoch_s`). */
  readonly reset?: { readonly header: string; readonly unit: 's' | 'ms' | 'epoch_s' } | undefined
}

/** How calls prove who they are. Values are names of credentials, never secrets. */
export type AuthDefinition =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'api_key'
      readonly in: 'header' | 'query'
      readonly name: string
      readonly value: string
    }

/** A system as data: serialisable to JSON, carried out by one interpreter. */
export interface ConnectorDefinition {
  readonly connector: string
  readonly vendor: string
  readonly baseUrl: string
  readonly auth: AuthDefinition
  readonly headers: Readonly<Record<string, string>>
  readonly tables: ValueTables
  readonly operations: Readonly<Record<string, OperationDefinition>>
  /** Which operation serves `send: {channel}`. */
  readonly channels: Readonly<Record<string, string>>
  readonly errors: readonly ErrorRule[]
  readonly limits: { readonly perSecond: number; readonly concurrency: number; readonly timeoutMs: number }
  readonly budget?: BudgetHeaders | undefined
  readonly webhooks: WebhookDefinition | null
  /** Where facts come from, and when they were checked. */
  readonly facts: readonly string[]
}

/** States a connector, checked by the compiler; the value is plain data. */
export function defineConnector<const D extends ConnectorDefinition>(definition: D): D {
  return definition
}
