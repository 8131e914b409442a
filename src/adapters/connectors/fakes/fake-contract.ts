import type { JsonObject, JsonValue } from '../../../kernel/json.ts'

/** Members that the vendor takes, by name. What is in neither list is refused. */
export interface FakeFields {
  readonly required?: readonly string[]
  readonly optional?: readonly string[]
}

/** What a call leaves behind at the vendor. Templates as in answers. */
export interface FakeKeep {
  /** `contacts`, `messages`. */
  readonly in: string
  readonly record: JsonObject
  /** The id of the record, kept as its member `id`. Default: a new one. A record that is there is changed. */
  readonly id?: string
  /** Members that tell one from another: a record with an equal one is changed instead. */
  readonly sameBy?: readonly string[]
  /** Members that are lists of texts and grow instead of being replaced. */
  readonly grows?: readonly string[]
}

/** Looks for records by members and the texts that must stand there; one that renders to nothing is not asked for. */
export interface FakeLook {
  readonly in: string
  readonly by: Readonly<Record<string, string>>
}

/** Lists go on: which parameter says where, and which how many. */
export interface FakePages {
  readonly in: 'query' | 'body'
  /** Holds the number of a page (counted from 1), or how many to leave out. */
  readonly param: string
  readonly counts: 'pages' | 'items'
  readonly size: string
  readonly sizeDefault: number
}

/** What the vendor does with one operation of the connector. */
export interface FakeOperation {
  /** Left out: it takes none. */
  readonly body?: FakeFields
  readonly query?: FakeFields
  /** Headers that must be there, and the texts that they may say. Lower-case names. */
  readonly headers?: Readonly<Record<string, readonly string[]>>
  /** Tells operations of one address apart: a member of the body or of the query, and its text. */
  readonly when?: Readonly<Record<string, string>>
  /** What texts of the body must look like, where they are there; of a list every one. Regular expressions over the whole. */
  readonly forms?: Readonly<Record<string, string>>
  /** Without one of each of these groups the call is refused. */
  readonly oneOf?: readonly (readonly string[])[]
  readonly keeps?: readonly FakeKeep[]
  /** The newest that fits is `record`. */
  readonly finds?: FakeLook & { readonly absent: 'not_found' | 'empty' }
  /** All that fit are `items`, the newest first. */
  readonly lists?: FakeLook & { readonly pages?: FakePages }
  /** Default: 200. */
  readonly status?: number
  /** null: nothing in it. Its templates read `fakeRoots`. */
  readonly answer: JsonValue
  /** Name of the receipt that the vendor would send. */
  readonly receipt?: string
}

export interface FakeReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: JsonValue
}

/** How the vendor refuses, in its own words. `problem` says why, for people. */
export const fakeRefusals = [
  'bad_request',
  'unauthorized',
  'not_found',
  'rate_limited',
  'server_error',
] as const

export type FakeRefusal = (typeof fakeRefusals)[number]

/** What a vendor is like, as data: beside the connector's own definition all that its fake is made from. */
export interface FakeContract {
  readonly connector: string
  readonly operations: Readonly<Record<string, FakeOperation>>
  readonly refusals: Readonly<Record<FakeRefusal, FakeReply>>
  /** How it tells a repeat: the header with our key, and what it says to the same key with another content. */
  readonly repeats?: { readonly header: string; readonly conflict?: FakeReply }
  /** What its token endpoint tells beyond the tokens themselves. */
  readonly token?: { readonly expiresInS: number; readonly more?: JsonObject }
  /** Receipts by name: what the vendor posts to our webhook address after a message. Their templates read `connection` as well. */
  readonly receipts?: Readonly<
    Record<string, { readonly format: 'json' | 'form'; readonly payload: JsonObject }>
  >
}

/** The roots that templates of a contract read. */
export const fakeRoots = [
  /** Fresh ids of several forms: `fake-1`, 32 hex digits, 10 of A to F and digits, a UUID, `seconds.micros`. */
  'id',
  'hex',
  'short',
  'uuid',
  'ts',
  /** The time: ISO 8601, text of seconds and of milliseconds, and as mail writes it. */
  'now',
  'epoch',
  'epoch_ms',
  'rfc2822',
  /** The request: parts of the path by the name of what the connector writes there, the query, and the body. */
  'path',
  'query',
  'body',
  /** What was kept or found, and how many there are. */
  'record',
  'created',
  'items',
  'total',
  /** Where a list goes on; nothing at its end. */
  'next',
  'next_uri',
  /** In refusals: why, and how long to wait. */
  'problem',
  'wait_s',
  'wait_ms',
] as const
