import { NxError } from '../../../kernel/errors.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { AttemptOutcome, Command } from '../../../messaging/commands/command.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { OutgoingRequest } from '../../http/outgoing-request.ts'
import type { Authorizer } from '../auth/authorizer.ts'
import type { CompiledOperation } from '../compile-connector.ts'
import { fillBaseUrl } from '../definition/fill-connection.ts'
import type { Integration } from '../integration.ts'
import type { SecretResolver } from '../auth/secret-resolver.ts'
import { keptForms, redactSecrets } from '../redact-secrets.ts'
import type { Redact } from '../redact-secrets.ts'
import { renderRequest } from '../render-request.ts'
import type { RequestParts } from '../render-request.ts'
import { openCredentials } from './open-credentials.ts'
import { permanent, secretMissing, withoutCredentials, withoutToken } from './failures.ts'

/** A token endpoint that does not say when it will answer again is asked again after this, milliseconds. */
const tokenParkMs = 5_000

/** What is to be asked of an integration, before it is known how. */
export interface CallWish {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: Integration
  readonly operation: CompiledOperation
  readonly input: JsonObject
  readonly entity: RequestParts['entity']
  readonly idempotencyKey: string
  readonly more?: RequestParts['more']
  /** Changes the request before it is signed: the address of a next page. Throws NxError when it may not. */
  readonly change?: (request: OutgoingRequest) => OutgoingRequest
}

/** What a command asks for, but for the operation. */
export function wishOf(command: Command, integration: Integration): Omit<CallWish, 'operation'> {
  return {
    tenantId: command.tenantId,
    workspace: command.workspace,
    integration,
    input: command.input,
    entity: parseEntityKey(command.entityKey).subject,
    idempotencyKey: command.idempotencyKey,
  }
}

/** A call that was prepared: what is sent, and what its answer may not show. */
export interface PreparedCall {
  readonly request: OutgoingRequest
  readonly redact: Redact
  /** Tells that the token was not accepted; null: there is none that could be got anew. */
  readonly expire: (() => Promise<void>) | null
}

export type Preparation = { readonly call: PreparedCall } | { readonly outcome: AttemptOutcome }

/** Makes requests ready to be sent: secrets opened, templates rendered, signed. */
export class CallPreparer {
  readonly #secrets: SecretResolver
  readonly #authorizer: Authorizer

  constructor(secrets: SecretResolver, authorizer: Authorizer) {
    this.#secrets = secrets
    this.#authorizer = authorizer
  }

  /** Throws what the stores throw; everything else is in the outcome. */
  async prepare(wish: CallWish, signal: AbortSignal): Promise<Preparation> {
    const { tenantId, workspace, integration } = wish
    const { credentials, secrets, missing } = await openCredentials(tenantId, integration, this.#secrets)
    if (missing.length > 0) return { outcome: secretMissing(missing) }
    const proof = await this.#authorizer.prove({
      owner: { tenantId, workspace, integration: integration.name },
      auth: integration.auth,
      credentials,
      connection: integration.connection,
      signal,
    })
    const known = [...secrets, ...(proof.state === 'ready' ? proof.secrets : [])]
    const forms = (): readonly string[] => keptForms(integration, known)
    const redact = redactSecrets([], forms)
    if (proof.state === 'refused') return { outcome: withoutCredentials(proof.code, redact(proof.message)) }
    if (proof.state === 'unavailable')
      return { outcome: withoutToken(proof.code, redact(proof.message), proof.retryAfterMs ?? tokenParkMs) }
    try {
      const rendered = renderRequest({
        operation: wish.operation,
        baseUrl: baseUrlOf(integration, proof.connection),
        connection: proof.connection,
        input: wish.input,
        entity: wish.entity,
        idempotencyKey: wish.idempotencyKey,
        ...(wish.more === undefined ? {} : { more: wish.more }),
      })
      const request = proof.sign(wish.change?.(rendered) ?? rendered, wish.idempotencyKey)
      const shown = redactSecrets(derivedSecrets(request.headers), forms)
      return { call: { request, redact: shown, expire: proof.expire } }
    } catch (error) {
      if (!(error instanceof NxError)) throw error
      const message = redact(`${error.message}: ${error.detail ?? ''}`)
      // What is wrong with the integration is wrong for every command; what is wrong with the input for this one.
      return {
        outcome:
          error.kind === 'configuration'
            ? withoutCredentials(error.code, message)
            : permanent(error.code, message),
      }
    }
  }
}

/** One without fields that come with a token was filled and looked at when the document was. */
function baseUrlOf({ baseUrl }: Integration, connection: JsonObject): string {
  return baseUrl.includes('{{') ? fillBaseUrl(baseUrl, connection) : baseUrl
}

/** What was made of secrets and proves as much: the pair of basic auth, signatures. */
function derivedSecrets(headers: Readonly<Record<string, string>>): readonly string[] {
  const authorization = headers['authorization'] ?? ''
  const [, pair] = /^Basic (.+)$/.exec(authorization) ?? []
  const [, signature] = /oauth_signature="([^"]+)"/.exec(authorization) ?? []
  const signatures = (headers['webhook-signature'] ?? '').split(' ').map((one) => one.replace(/^v1,/, ''))
  // As mail servers get the login (AUTH PLAIN): some say it back.
  const plain =
    pair === undefined ? undefined : `\0${Buffer.from(pair, 'base64').toString().replace(':', '\0')}`
  const found = [
    pair,
    plain,
    signature === undefined ? undefined : decodeURIComponent(signature),
    ...signatures,
  ]
  return found.filter((one) => one !== undefined)
}
