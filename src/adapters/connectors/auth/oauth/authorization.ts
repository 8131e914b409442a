import * as oauth from 'oauth4webapi'
import { NxError } from '../../../../kernel/errors.ts'
import type { AuthorizationCodeAuth } from '../../definition/auth-definition.ts'
import type { TokenAsk } from './rendered-auth.ts'

/** One login under way. All of it but the address stays in memory. */
export interface Authorization {
  /** Where the person consents. Holds the state, which is no use without the verifier. */
  readonly address: URL
  readonly redirectUri: string
  /** Comes back with the redirect; good once. */
  readonly state: string
  /** null: the vendor does without PKCE. */
  readonly verifier: string | null
}

type CodeAsk = TokenAsk & { readonly auth: AuthorizationCodeAuth }

/** Begins a login: fresh state, and fresh PKCE where the vendor takes it. */
export async function beginAuthorization(
  { auth, credentials }: CodeAsk,
  redirectUri: string,
): Promise<Authorization> {
  const state = oauth.generateRandomState()
  const verifier = auth.pkce ? oauth.generateRandomCodeVerifier() : null
  const address = new URL(auth.authorizeUrl)
  const params: Record<string, string> = {
    response_type: 'code',
    client_id: credentials[auth.clientId] ?? '',
    redirect_uri: redirectUri,
    ...(auth.scopes.length === 0 ? {} : { scope: auth.scopes.join(' ') }),
    state,
    ...(verifier === null
      ? {}
      : { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' }),
  }
  for (const [name, value] of Object.entries(params)) address.searchParams.set(name, value)
  return { address, redirectUri, state, verifier }
}

/**
 * The parameters of the vendor's redirect, once they belong to this login. Throws NX-AUTH-STATE (denied) when the state is another,
 * NX-AUTH-DENIED (denied) when the vendor says no, NX-AUTH-CODE (invalid) when there is no code. None shows the code.
 */
export function readCallback(
  { auth, credentials }: CodeAsk,
  { state }: Pick<Authorization, 'state'>,
  params: URLSearchParams,
): URLSearchParams {
  const own = new URLSearchParams(params)
  // Which server answers is known already: a redirect address and a state of its own for every login.
  own.delete('iss')
  const server: oauth.AuthorizationServer = { issuer: new URL(auth.tokenUrl).origin }
  const client: oauth.Client = { client_id: credentials[auth.clientId] ?? '' }
  if (own.getAll('state').length !== 1 || own.get('state') !== state) {
    throw new NxError('denied', 'NX-AUTH-STATE', 'The answer does not belong to this login', {
      detail: 'Its state is missing or another: it comes from an earlier try, or from somebody else.',
      fix: 'Begin again, and use the newest address only.',
    })
  }
  let checked: URLSearchParams
  try {
    checked = oauth.validateAuthResponse(server, client, own, state)
  } catch (cause) {
    if (cause instanceof oauth.AuthorizationResponseError) throw deniedBy(cause)
    throw noCode()
  }
  if ((checked.get('code') ?? '') === '') throw noCode()
  return checked
}

/**
 * What a person pasted: the whole address of the vendor's redirect, or the code alone (then nothing but PKCE ties it to this login).
 * Throws NX-AUTH-CODE (invalid).
 */
export function readPasted(text: string, { state }: Pick<Authorization, 'state'>): URLSearchParams {
  const pasted = text.trim()
  const url = URL.parse(pasted)
  if (url !== null && /^https?:$/.test(url.protocol)) return url.searchParams
  if (/^\??[a-z_]+=/.test(pasted) && /(^|[?&])code=/.test(pasted)) return new URLSearchParams(pasted)
  if (!/^[\x21-\x7e]{4,4096}$/.test(pasted)) throw noCode()
  return new URLSearchParams({ code: pasted, state })
}

function deniedBy(error: oauth.AuthorizationResponseError): NxError {
  const said = [error.error, error.error_description]
    .filter((part) => part !== undefined && part !== '')
    .join(': ')
  return new NxError('denied', 'NX-AUTH-DENIED', 'The vendor did not give access', {
    detail: said.slice(0, 300).replaceAll(/\p{Cc}/gu, ' '),
    fix: 'Consent in the browser with an account that may, and check the client and its scopes at the vendor.',
  })
}

function noCode(): NxError {
  return new NxError('invalid', 'NX-AUTH-CODE', 'There is no code in this', {
    fix: 'Paste the whole address that the browser ended at, or the value of its `code`.',
  })
}
