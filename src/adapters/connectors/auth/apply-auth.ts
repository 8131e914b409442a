import type { JsonObject } from '../../../kernel/json.ts'
import type { OutgoingRequest } from '../../http/outgoing-request.ts'
import type { AuthDefinition } from '../definition/auth-definition.ts'
import { fillConnection } from '../definition/fill-connection.ts'
import { oauth1Header } from './oauth1.ts'
import { standardWebhookHeaders, webhookMessageId } from './standard-webhooks.ts'

/** What a request is proved with. */
export interface AuthParts {
  readonly auth: AuthDefinition
  readonly credentials: Readonly<Record<string, string>>
  readonly connection: JsonObject
  readonly accessToken: string | null
  readonly idempotencyKey: string
  readonly now: Date
  readonly nonce: string
}

/** The request with the proof of who sends it. Throws NX-AUTH-SECRET (configuration). */
export function applyAuth(request: OutgoingRequest, parts: AuthParts): OutgoingRequest {
  const { auth, credentials, connection } = parts
  // A secret read from a file often ends in a line feed, which no header may hold.
  const secret = (name: string): string => (credentials[name] ?? '').trim()
  const withHeaders = (more: Readonly<Record<string, string>>): OutgoingRequest => ({
    ...request,
    headers: { ...request.headers, ...more },
  })
  switch (auth.kind) {
    case 'none':
      return request
    case 'bearer':
      return withHeaders({ authorization: `Bearer ${secret(auth.token)}` })
    case 'oauth2':
    case 'jwt_bearer':
      return withHeaders({ authorization: `Bearer ${parts.accessToken ?? ''}` })
    case 'basic': {
      const { username } = auth
      const user = username.includes('{{') ? fillConnection(username, connection) : secret(username)
      const pair = `${user}:${secret(auth.password)}`
      return withHeaders({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })
    }
    case 'api_key': {
      const value = `${auth.prefix ?? ''}${secret(auth.value)}`
      if (auth.in === 'header') return withHeaders({ [auth.name.toLowerCase()]: value })
      const url = new URL(request.url)
      url.searchParams.set(auth.name, value)
      return { ...request, url }
    }
    case 'oauth1': {
      const keys = {
        consumerKey: secret(auth.consumerKey),
        consumerSecret: secret(auth.consumerSecret),
        token: secret(auth.token),
        tokenSecret: secret(auth.tokenSecret),
        realm: auth.realm === undefined ? null : fillConnection(auth.realm, connection),
      }
      const moment = { timestamp: seconds(parts.now), nonce: parts.nonce }
      return withHeaders({ authorization: oauth1Header({ ...request, form: formOf(request) }, keys, moment) })
    }
    case 'standard_webhooks': {
      const { previousSecret } = auth
      const previous = previousSecret === undefined ? '' : secret(previousSecret)
      const secrets = [secret(auth.secret), ...(previous === '' ? [] : [previous])]
      const id = webhookMessageId(parts.idempotencyKey)
      return withHeaders({
        ...standardWebhookHeaders({ id, timestamp: seconds(parts.now), body: request.body ?? '' }, secrets),
      })
    }
    case 'mtls': {
      const inner = auth.with === undefined ? request : applyAuth(request, { ...parts, auth: auth.with })
      return { ...inner, client: { certificate: secret(auth.certificate), key: secret(auth.key) } }
    }
  }
}

function seconds(now: Date): number {
  return Math.floor(now.getTime() / 1_000)
}

function formOf({ headers, body }: OutgoingRequest): string | null {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true ? body : null
}
