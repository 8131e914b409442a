import type { JsonValue } from '../../../../kernel/json.ts'
import type { FakeAnswer, FakeBehaviour, FakeRequest } from './fake-request.ts'
import { dropFirst } from './fake-state.ts'

const keysMax = 100_000

/** A system of no vendor: answers `{ok, id}` to everything, and honours Idempotency-Key. */
export class AnyVendor implements FakeBehaviour {
  readonly #token: string
  readonly #answers = new Map<string, JsonValue>()
  #ids = 0

  /** `token`: when it is not empty, calls without `Authorization: Bearer <token>` are answered with 401. */
  constructor(token: string) {
    this.#token = token
  }

  operationOf(): string | null {
    return null
  }

  answer({ method, headers }: FakeRequest): FakeAnswer {
    if (this.#token !== '' && headers['authorization'] !== `Bearer ${this.#token}`)
      return said(401, { statusCode: 401, message: 'Invalid JWT' }, false)
    const key = headers['idempotency-key']
    const known = key === undefined ? undefined : this.#answers.get(key)
    const answer = known ?? { ok: true, id: `fake-${++this.#ids}` }
    if (key !== undefined) this.#answers.set(key, answer)
    if (this.#answers.size > keysMax) dropFirst(this.#answers)
    return said(method === 'POST' ? 201 : 200, answer, known === undefined)
  }

  refuse(kind: 'rate_limited' | 'server_error', _request: FakeRequest, waitMs: number): FakeAnswer {
    return kind === 'server_error'
      ? said(500, { message: 'as told' }, false)
      : said(429, { message: 'as told' }, false, { 'retry-after': String(Math.ceil(waitMs / 1_000)) })
  }

  revoke(): FakeAnswer {
    return said(401, { statusCode: 401, message: 'Invalid JWT' }, false)
  }

  forgive(): void {
    // Nothing is remembered of it.
  }
}

function said(
  status: number,
  body: JsonValue,
  tookEffect: boolean,
  headers: Readonly<Record<string, string>> = {},
): FakeAnswer {
  return { status, headers, body, tookEffect, problem: status < 400 ? null : 'as told', receipt: null }
}
