import type { IncomingMessage } from 'node:http'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'

/** A request as a fake vendor reads it. */
export interface FakeRequest {
  readonly method: string
  /** Without the query, and without the part that says who calls. */
  readonly path: string
  /** What was in front of `path`. */
  readonly base: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it came. */
  readonly text: string
  /** `TENANT/INTEGRATION` that calls; empty when nobody said. What is kept is kept apart. */
  readonly caller: string
}

/** How an answer goes out. null: nothing in it. */
export interface FakeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonValue
  /** Did anything change over there? */
  readonly tookEffect: boolean
  /** Why it was refused, for people; null when it was not. */
  readonly problem: string | null
  /** What the vendor would post back; null: nothing. */
  readonly receipt: FakeReceipt | null
}

/** A receipt to be filled in by whoever knows where it goes: its name, and what its templates read. */
export interface FakeReceipt {
  readonly name: string
  readonly scope: Readonly<Record<string, JsonValue | undefined>>
}

/** What answers behind a fake's door. */
export interface FakeBehaviour {
  /** null: the vendor has no such address. */
  operationOf(request: FakeRequest): string | null
  answer(request: FakeRequest): FakeAnswer
  /** As the vendor says no for now. */
  refuse(kind: 'rate_limited' | 'server_error', request: FakeRequest, waitMs: number): FakeAnswer
  /** The credential of this request is not good any more, for this and every later one. */
  revoke(request: FakeRequest): FakeAnswer
  /** Credentials that were taken back are good again. */
  forgive(): void
}

/** Reads a request to a path `/_to/TENANT/INTEGRATION/…`, or to one that does not say who calls. `door`: what was in front of it. */
export function readRequest(request: IncomingMessage, url: URL, text: string, door: string): FakeRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  const [, caller = '', rest] = /^\/_to\/([^/]+\/[^/]+)(.*)$/.exec(url.pathname) ?? []
  return {
    method: request.method ?? '',
    path: rest ?? url.pathname,
    base: caller === '' ? door : `${door}/_to/${caller}`,
    query: url.searchParams,
    headers,
    text,
    caller: caller.split('/').map(decodeURIComponent).join('/'),
  }
}

/** The body as an object by its content type: JSON or a form; a member that a form has twice is a list. null when it is neither. */
export function readBody({ text, headers }: FakeRequest, encode: 'json' | 'form'): JsonObject | null {
  if (text === '') return {}
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (encode === 'form') {
    if (type !== 'application/x-www-form-urlencoded') return null
    return membersOf(new URLSearchParams(text))
  }
  if (type !== 'application/json') return null
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

/** Parameters as an object; one that comes twice is a list. */
export function membersOf(params: URLSearchParams): JsonObject {
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}
