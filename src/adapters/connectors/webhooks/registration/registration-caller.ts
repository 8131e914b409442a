import type { Clock } from '../../../../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { AttemptOutcome } from '../../../../messaging/commands/command.ts'
import type { OutgoingAnswer } from '../../../http/exchange.ts'
import { parseJson } from '../../answers/parse-json.ts'
import type { AccessTokens } from '../../auth/access-tokens.ts'
import { ConnectorAuthorizer } from '../../auth/authorizer.ts'
import type { SecretResolver } from '../../auth/secret-resolver.ts'
import { CallPreparer } from '../../calls/call-preparer.ts'
import { sendOut } from '../../calls/send-out.ts'
import type { WaysOut } from '../../calls/send-out.ts'
import { final, withNewToken } from '../../calls/with-new-token.ts'
import type { CompiledOperation } from '../../compile-connector.ts'
import type { Integration } from '../../integration.ts'
import { judge } from '../../outcome-of.ts'
import { registrationCalls, registrationIntegration } from './registration-integration.ts'

/** Why a call came to nothing. */
export interface CallFailure {
  readonly code: string
  readonly message: string
}

export type CallEnd<T> = ({ readonly state: 'done' } & T) | ({ readonly state: 'failed' } & CallFailure)

export interface RegistrationCallerOptions extends Pick<WaysOut, 'client'> {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: Integration
  readonly secrets: SecretResolver
  readonly accessTokens: AccessTokens
  readonly clock: Clock
}

/**
 * Makes the calls by which a vendor is told where to send. They reach the vendor's settings and no person, so they pass no policy gate;
 * therefore nothing else can be called from here: which calls there are stands in the connector itself, and none of them is a send.
 */
export class RegistrationCaller {
  readonly #options: RegistrationCallerOptions
  readonly #integration: Integration

  /** Throws when the connector's vendor is told by hand. */
  constructor(options: RegistrationCallerOptions) {
    this.#options = options
    this.#integration = registrationIntegration(options.integration)
  }

  /** Made once; once more only where the token was over. The answer is as it came: a secret that it holds is wanted. Throws nothing. */
  async call(
    name: keyof typeof registrationCalls,
    input: JsonObject,
    signal: AbortSignal,
  ): Promise<CallEnd<{ readonly body: JsonValue }>> {
    const { client, tenantId, workspace, secrets, accessTokens, clock } = this.#options
    const integration = this.#integration
    const operation = integration.connector.operations.get(registrationCalls[name])
    if (operation === undefined) return { state: 'failed', code: 'NX-BUG', message: `There is no ${name}` }
    const preparer = new CallPreparer(secrets, new ConnectorAuthorizer(accessTokens, clock))
    const { timeoutMs, concurrency } = integration.limits
    const bulkhead = { key: `${tenantId}/${integration.name}`, concurrencyMax: concurrency }
    const entity = { kind: 'integration', id: integration.name }
    const wish = { tenantId, workspace, integration, operation, entity, idempotencyKey: '' }
    return await withNewToken<CallEnd<{ readonly body: JsonValue }>>(async () => {
      const prepared = await preparer.prepare({ ...wish, input: readOf(operation, input) }, signal)
      if ('outcome' in prepared) return final(failureOf(prepared.outcome))
      const { request, redact, expire } = prepared.call
      const answer = await sendOut({ client }, request, { timeoutMs, bulkhead }, signal)
      const facts = { integration, operation, redact, repeatable: false, renewable: expire !== null }
      const { outcome, expired } = judge(answer, { ...facts, page: true, now: clock.now() })
      if (outcome.state === 'succeeded') return final({ state: 'done', body: bodyOf(answer) })
      return { end: failureOf(outcome), expire: expired && outcome.state === 'parked' ? expire : null }
    })
  }
}

function bodyOf(answer: OutgoingAnswer): JsonValue {
  return answer.state === 'answered' && answer.cut === null ? (parseJson(answer.body) ?? null) : null
}

/** Of what is known, what the call reads. */
function readOf({ inputs }: CompiledOperation, input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([name]) => inputs === null || inputs.has(name)))
}

function failureOf(outcome: AttemptOutcome): { readonly state: 'failed' } & CallFailure {
  if (outcome.state === 'succeeded') return { state: 'failed', code: 'NX-BUG', message: '' }
  const { code, message } = outcome.error
  const doubt = outcome.state === 'unknown_outcome' ? '; nobody knows whether it took effect: look again' : ''
  return { state: 'failed', code, message: message + doubt }
}
