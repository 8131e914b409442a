import type { JsonObject } from '../../../kernel/json.ts'

/** A case of `calls:` in a Test document, but for the integration's name. */
export interface ScaffoldCall {
  readonly name: string
  readonly operation: string
  readonly with: JsonObject
  readonly answer?: JsonObject | 'lost'
  readonly expect: JsonObject
}

/** An operation to begin with: how it is written in the document, what is said beside it, and how it is tested. */
export interface ScaffoldOperation {
  readonly name: string
  readonly definition: JsonObject
  /** Above the operation itself (''), or above one of its members. */
  readonly comments: Readonly<Record<string, string>>
  readonly calls: readonly ScaffoldCall[]
}

/** How the new integration proves itself. */
export interface ScaffoldAuth {
  readonly auth: JsonObject
  readonly comment: string | null
  /** Names of secrets that must be stored. */
  readonly secrets: readonly string[]
}

export const scaffoldAuthKinds = ['bearer', 'basic', 'api_key', 'oauth2', 'none'] as const
export type ScaffoldAuthKind = (typeof scaffoldAuthKinds)[number]

/** What becomes of an answer that takes no credentials, that comes too late, that asks for patience: the same for every system. */
export function answerCalls(
  operation: { readonly name: string; readonly with: JsonObject },
  repeatable: boolean,
  auth: ScaffoldAuth['auth'],
): readonly ScaffoldCall[] {
  const { name, with: input } = operation
  const refused = auth['kind'] === 'oauth2' ? {} : { code: 'NX-CALL-CREDENTIALS' }
  return [
    {
      name: `${name} that nobody answers is ${repeatable ? 'repeated' : 'not repeated: it may have happened'}`,
      operation: name,
      with: input,
      answer: 'lost',
      expect: { outcome: repeatable ? 'retryable' : 'unknown_outcome' },
    },
    {
      name: `${name} waits when the system wants fewer calls`,
      operation: name,
      with: input,
      answer: { status: 429, headers: { 'retry-after': '5' } },
      expect: { outcome: 'parked', code: 'NX-CALL-RATE-LIMITED' },
    },
    {
      name: `${name} waits for a person when the credentials are refused`,
      operation: name,
      with: input,
      answer: { status: 401 },
      expect: { outcome: 'parked', ...refused },
    },
  ]
}
