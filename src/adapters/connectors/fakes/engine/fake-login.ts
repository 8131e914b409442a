import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../../kernel/clock.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import type { AuthDefinition } from '../../definition/auth-definition.ts'
import { tokenAuthOf } from '../../definition/auth-definition.ts'
import type { FakeContract } from '../fake-contract.ts'
import { membersOf, readBody } from './fake-request.ts'
import type { FakeAnswer, FakeRequest } from './fake-request.ts'
import { patternOf } from './fake-routes.ts'
import { dropFirst } from './fake-state.ts'
import { freshWorld, renderFake } from './fake-world.ts'

/** How the asking for a token is called in faults and logs. */
export const tokenOperation = 'oauth.token'

const issuedMax = 10_000
const jwtGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** The token endpoint of a fake vendor, for clients that speak for themselves. A token of its own ends when it said; of others it knows nothing. */
export class FakeLogin {
  readonly #token: RegExp | null
  readonly #contract: FakeContract
  readonly #endsAtMs = new Map<string, number>()
  readonly #refused = new Set<string>()

  constructor(auths: readonly AuthDefinition[], contract: FakeContract) {
    const auth = auths.map(tokenAuthOf).find((one) => one !== null) ?? null
    this.#token = auth === null ? null : addressOf(auth.tokenUrl)
    this.#contract = contract
  }

  operationOf({ method, path }: FakeRequest): string | null {
    return method === 'POST' && this.#token?.test(path) === true ? tokenOperation : null
  }

  /** Is it a token of ours that has ended? */
  hasEnded(token: string): boolean {
    const endsAtMs = this.#endsAtMs.get(token)
    return endsAtMs === undefined ? token.startsWith('fake-access-') : endsAtMs <= systemClock.monotonicMs()
  }

  /** This caller is refused from now on. */
  revoke({ caller }: FakeRequest): FakeAnswer {
    this.#refused.add(caller)
    return takenBack
  }

  forgive(): void {
    this.#refused.clear()
  }

  answer(request: FakeRequest): FakeAnswer {
    if (this.#refused.has(request.caller)) return takenBack
    const form = readBody(request, 'form')
    if (form === null) return refusal('invalid_request', 'A token request is a form')
    const grant = form['grant_type']
    if (grant !== 'client_credentials' && grant !== jwtGrant)
      return refusal('unsupported_grant_type', 'A fake knows clients only, no people')
    const known = typeof form['client_id'] === 'string' || 'authorization' in request.headers
    if (!known && grant !== jwtGrant) return refusal('invalid_client', 'The client does not say who it is')
    return this.#tokens(request, form)
  }

  #tokens(request: FakeRequest, form: JsonObject): FakeAnswer {
    const expiresIn = this.#contract.token?.expiresInS ?? 3_600
    const access = `fake-access-${randomBytes(16).toString('hex')}`
    this.#endsAtMs.set(access, systemClock.monotonicMs() + expiresIn * 1_000)
    if (this.#endsAtMs.size > issuedMax) dropFirst(this.#endsAtMs)
    const more = this.#contract.token?.more
    const extra = more === undefined ? {} : renderFake(more, freshWorld({}, membersOf(request.query), form))
    const body: JsonObject = {
      ...(extra as JsonObject),
      access_token: access,
      token_type: 'Bearer',
      expires_in: expiresIn,
      scope: typeof form['scope'] === 'string' ? form['scope'] : undefined,
    }
    return said(200, body, { 'cache-control': 'no-store' })
  }
}

/** The path of a login address, whatever its connection. */
function addressOf(address: string): RegExp {
  const path = address.replace(/^https?:\/\/[^/]*/, '').replace(/[?#].*$/, '')
  return new RegExp(`^${patternOf(path).text}$`)
}

function said(status: number, body: JsonObject | null, headers: Record<string, string> = {}): FakeAnswer {
  return { status, headers, body, tookEffect: false, problem: null, receipt: null }
}

/** RFC 6749, 5.2. */
function refusal(error: string, problem: string): FakeAnswer {
  const status = error === 'invalid_client' ? 401 : 400
  return { ...said(status, { error, error_description: problem }), problem }
}

const takenBack = refusal('invalid_client', 'The client was taken back')
