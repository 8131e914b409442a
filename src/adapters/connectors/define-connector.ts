import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { AuthDefinition } from './definition/auth-definition.ts'
import type {
  ApiVersion,
  CredentialDefinition,
  Fact,
  FieldDefinition,
} from './definition/field-definition.ts'
import type { MessageDefinition, VendorTemplatesDefinition } from './definition/message-definition.ts'
import type { IncrementalDefinition, PaginationDefinition } from './definition/reading-definition.ts'
import type { ReconcileDefinition } from './reconcile/reconcile-definition.ts'
import type { WebhookDefinition } from './webhooks/webhook-definition.ts'
import type { ValueTables } from './template-functions.ts'

export const connectorFormat = 'neuronx.connector/1'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * What an operation does over there. `upsert`, `update` and `delete` may be repeated: the second time finds it done. `create`
 * and `send` may not, unless the vendor honours an idempotency key.
 */
export type Effect = 'read' | 'create' | 'upsert' | 'update' | 'delete' | 'send'

export const effects: readonly Effect[] = ['read', 'create', 'upsert', 'update', 'delete', 'send']

/** Where the vendor expects our key. */
export type IdempotencyPlace = { readonly header: string } | { readonly query: string }

export const answerKinds = [
  'ok',
  /** Too many calls: the integration waits. */
  'rate_limited',
  /** The budget of a long window (a day) is used up. */
  'quota_exhausted',
  /** The credentials are not accepted: the integration waits for a person. */
  'credentials',
  /** The token is over: got anew and tried again at once, once. */
  'expired',
  /** It may work later. */
  'transient',
  /** Some of it was done, and nobody knows how much. */
  'partial',
  'not_found',
  'conflict',
  /** This request will never do. */
  'permanent',
] as const

/** The closed set of what an answer can mean. */
export type AnswerKind = (typeof answerKinds)[number]

/** What must stand at a path: a value, one of several, or anything at all (`null` and an empty list are nothing). */
export type Wanted = JsonValue | readonly JsonValue[] | { readonly exists: boolean }

/** Values by path. A path may go into lists: `errors.*.code` is any of them. */
export type BodyMatch = Readonly<Record<string, Wanted>>

/** One rule about answers. Every condition given must hold; the first rule that matches decides. */
export interface ErrorRule {
  readonly when: {
    /** Exact codes, or classes like `5xx`. */
    readonly status?: number | string | readonly (number | string)[] | undefined
    /** What stands in a JSON answer. Read before the status is: some vendors fail with 200. */
    readonly body?: BodyMatch | undefined
  }
  readonly kind: AnswerKind
  /** Proves that the vendor did nothing: then even what may not be repeated is tried again. */
  readonly notExecuted?: boolean | undefined
  readonly retryAfter?: { readonly header: string; readonly unit: 's' | 'ms' } | undefined
  /** How long to wait when no header says so, milliseconds. */
  readonly waitMs?: number | undefined
  /** For the person who reads the dead letter: what happened, and what to do. */
  readonly says?: string | undefined
}

/** One thing that can be asked of a system. Templates read `input`, `entity`, `connection`, `key`. */
export interface OperationDefinition {
  readonly method: HttpMethod
  /** Below the base URL. `{{ }}` parts are percent-encoded. Empty: the base URL itself. */
  readonly path: string
  readonly effect: Effect
  /** A list is the parameter repeated. */
  readonly query?: JsonObject | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** With `encode: graphql`: the variables. */
  readonly body?: JsonObject | undefined
  /** How the body is written. In a form a list is the key repeated. Default: json. */
  readonly encode?: 'json' | 'form' | 'graphql' | undefined
  /** With `encode: graphql`: the text of the query or mutation. Never a template: values come in as variables. */
  readonly document?: string | undefined
  /** Paths that must be present, like `input.tags`; of `input.to ?? connection.channel` one. */
  readonly requires?: readonly string[] | undefined
  readonly idempotency?: IdempotencyPlace | undefined
  readonly errors?: readonly ErrorRule[] | undefined
  /** For calls that do several things at once: where the answer tells of each, and how a failed one looks. */
  readonly partial?: { readonly items: string; readonly failed: BodyMatch } | undefined
  /** For reads: how they go on, and how only what changed is read. */
  readonly pagination?: PaginationDefinition | undefined
  readonly incremental?: IncrementalDefinition | undefined
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

/** Headers in which the vendor says what is left of one of its budgets. Lower-case names. */
export interface BudgetHeaders {
  readonly remaining: string
  /** When nothing is left: how long until there is again (`s`, `ms`), or when (`epoch_s`). */
  readonly reset?: { readonly header: string; readonly unit: 's' | 'ms' | 'epoch_s' } | undefined
  /** When nothing is left and no header says how long, milliseconds. Default: a second. */
  readonly waitMs?: number | undefined
}

/** A system as data: serialisable to JSON, carried out by one interpreter. */
export interface ConnectorDefinition {
  readonly format: typeof connectorFormat
  readonly connector: string
  readonly vendor: string
  /** May hold {{ connection.x }}. */
  readonly baseUrl: string
  /** What a document's `connection:` holds. */
  readonly connection: Readonly<Record<string, FieldDefinition>>
  /** The secrets that a document names. */
  readonly credentials: Readonly<Record<string, CredentialDefinition>>
  /** The first whose credentials the document gives is used. */
  readonly auth: readonly AuthDefinition[]
  readonly apiVersions?: readonly ApiVersion[] | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly tables: ValueTables
  readonly operations: Readonly<Record<string, OperationDefinition>>
  /** Which operation serves `send: {channel}`. */
  readonly channels: Readonly<Record<string, string>>
  /** What a message of a channel may be, for previews. */
  readonly messages?: Readonly<Record<string, MessageDefinition>> | undefined
  /** Messages that the vendor keeps and approves. */
  readonly templates?: VendorTemplatesDefinition | undefined
  readonly errors: readonly ErrorRule[]
  readonly limits: { readonly perSecond: number; readonly concurrency: number; readonly timeoutMs: number }
  /** What is left of each budget: burst, day. */
  readonly budget?: readonly BudgetHeaders[] | undefined
  readonly webhooks: WebhookDefinition | null
  /** What is read now and then to find what webhooks lost. */
  readonly reconcile?: ReconcileDefinition | undefined
  /** The cheapest operation that proves the credentials. */
  readonly health?: string | undefined
  /** The operation that lists the custom fields of this account. */
  readonly describe?: string | undefined
  readonly facts: readonly Fact[]
}

/** States a connector, checked by the compiler; the value is plain data. */
export function defineConnector<const D extends ConnectorDefinition>(definition: D): D {
  return definition
}
