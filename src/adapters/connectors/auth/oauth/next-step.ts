import type { StoredCredential } from '../../../../platform/credentials/credential.ts'
import type { TokenAnswer } from '../access-tokens.ts'
import { asksPerson } from './rendered-auth.ts'
import type { TokenAsk } from './rendered-auth.ts'

/** What to do for somebody who needs a token now. */
export type Step =
  /** The stored one is good. `renew`: it is time to get the next one beside it. */
  | { readonly do: 'use'; readonly renew: boolean }
  | { readonly do: 'refresh' }
  /** Somebody else is at it. */
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'answer'; readonly answer: Exclude<TokenAnswer, { state: 'token' }> }

/** A token that ends sooner than this is not worth sending, milliseconds. */
export const endingMs = 5_000

/** Codes after which waiting alone does not help. */
const refusals: ReadonlySet<string> = new Set(['NX-AUTH-REFUSED'])

/** Pure. A token that is still good is used however badly its refresh goes. */
export function nextStep(row: StoredCredential | null, { auth, binding }: TokenAsk): Step {
  const mine = row !== null && row.binding === binding
  if (row !== null && mine && isUsable(row)) {
    const idle = row.retryInMs === 0 && row.leasedForMs === 0
    const due = row.refreshInMs !== null && row.refreshInMs <= 0
    return { do: 'use', renew: due && idle && row.state === 'ready' && row.renewable }
  }
  if (asksPerson(auth)) {
    const answer = needsLogin(row, mine)
    if (answer !== null) return { do: 'answer', answer }
  }
  if (row === null) return { do: 'refresh' }
  if (mine && row.retryInMs > 0) return { do: 'answer', answer: notNow(row) }
  return row.leasedForMs > 0 ? { do: 'wait', ms: row.leasedForMs } : { do: 'refresh' }
}

/** Is there an access token that can be sent? */
export function isUsable(row: Pick<StoredCredential, 'sealed' | 'stale' | 'expiresInMs'>): boolean {
  return row.sealed !== null && !row.stale && (row.expiresInMs === null || row.expiresInMs > endingMs)
}

function needsLogin(row: StoredCredential | null, mine: boolean): (Step & { do: 'answer' })['answer'] | null {
  if (row === null || row.sealed === null) {
    return {
      state: 'refused',
      code: 'NX-AUTH-LOGIN',
      message: 'Nobody has logged in yet: neuronx adapter auth login NAME',
    }
  }
  if (!mine) {
    return {
      state: 'refused',
      code: 'NX-AUTH-LOGIN',
      message: 'The client or the token endpoint changed since the login: neuronx adapter auth login NAME',
    }
  }
  if (row.state === 'failed') {
    const why = row.failure === null ? 'The vendor refused the refresh token' : row.failure.message
    return {
      state: 'refused',
      code: 'NX-AUTH-REFUSED',
      message: `${why}. Log in again: neuronx adapter auth login NAME`,
    }
  }
  if (row.renewable) return null
  return {
    state: 'refused',
    code: 'NX-AUTH-LOGIN',
    message: 'The token is over and the vendor gave no refresh token: neuronx adapter auth login NAME',
  }
}

function notNow({ failure, retryInMs }: StoredCredential): (Step & { do: 'answer' })['answer'] {
  const code = failure?.code ?? 'NX-AUTH-BUSY'
  const message = failure?.message ?? 'The token endpoint asked to be left alone'
  return refusals.has(code)
    ? { state: 'refused', code, message }
    : { state: 'unavailable', code, message, retryAfterMs: Math.ceil(retryInMs) }
}
