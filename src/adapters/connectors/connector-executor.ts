import type { Clock } from '../../kernel/clock.ts'
import { NxError, errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { AttemptError, AttemptOutcome, LeasedCommand } from '../../messaging/commands/command.ts'
import type { CommandExecutor } from '../../messaging/commands/command-executor.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import type { OutgoingClient } from '../http/outgoing-client.ts'
import type { OutgoingRequest } from '../http/outgoing-request.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { Integration, IntegrationProvider, SecretResolver } from './integration.ts'
import { outcomeOf } from './outcome-of.ts'
import { CallBudgets } from './call-budgets.ts'
import { redactSecrets } from './redact-secrets.ts'
import type { Redact } from './redact-secrets.ts'
import { renderRequest } from './render-request.ts'

export interface ConnectorExecutorOptions {
  readonly integrations: IntegrationProvider
  readonly secrets: SecretResolver
  readonly client: OutgoingClient
  readonly clock: Clock
  readonly logger: Logger
  /** Kept free at the end of a lease for writing down how the attempt ended, milliseconds. */
  readonly leaseMarginMs?: number
}

/** Calls in flight of an integration that has not been called yet. */
const concurrencyDefault = 8
/** An integration that lacks a secret or is not reachable is asked again after this. */
const parkMs = 2_000
const missingSecretParkMs = 30_000

/** A call that was prepared: what is sent, and what its answer may not show. */
interface PreparedCall {
  readonly integration: Integration
  readonly operation: CompiledOperation
  readonly request: OutgoingRequest
  readonly redact: Redact
  readonly repeatable: boolean
}

type Preparation = { readonly call: PreparedCall } | { readonly outcome: AttemptOutcome }

/**
 * Carries commands out through connectors: resolves the integration and its secrets, renders the request, keeps to its
 * budget, calls, and says what the answer means. It never throws and never repeats: that is the queue's.
 */
export class ConnectorExecutor implements CommandExecutor {
  readonly #options: Required<ConnectorExecutorOptions>
  readonly #budgets: CallBudgets
  readonly #concurrency = new Map<string, number>()

  constructor(options: ConnectorExecutorOptions) {
    this.#options = { leaseMarginMs: 1_000, ...options }
    this.#budgets = new CallBudgets(options.clock)
  }

  concurrency(tenantId: string, integration: string): number {
    return this.#concurrency.get(`${tenantId}/${integration}`) ?? concurrencyDefault
  }

  async execute(leased: LeasedCommand, signal: AbortSignal): Promise<AttemptOutcome> {
    try {
      const prepared = await this.#prepare(leased)
      return 'outcome' in prepared ? prepared.outcome : await this.#call(leased, prepared.call, signal)
    } catch (error) {
      // Only what happens before the request is sent can throw: nothing has had an effect.
      this.#options.logger.error(
        { command: leased.command.id, error: errorText(error) },
        'A call could not be prepared',
      )
      return parked('NX-CALL-PREPARE', 'The call could not be prepared; it will be tried again', parkMs)
    }
  }

  async #prepare({ command }: LeasedCommand): Promise<Preparation> {
    const integration = await this.#options.integrations.integration(
      command.tenantId,
      command.workspace,
      command.integration,
    )
    if (integration === null) {
      return permanent('NX-INTEGRATION-GONE', `The configuration has no integration '${command.integration}'`)
    }
    this.#concurrency.set(`${command.tenantId}/${command.integration}`, integration.limits.concurrency)
    const operation = integration.connector.operations.get(command.operation)
    if (operation === undefined) {
      return permanent(
        'NX-OPERATION-GONE',
        `'${command.integration}' has no operation '${command.operation}'`,
      )
    }
    const { credentials, secrets, missing } = await this.#credentials(command.tenantId, integration)
    if (missing.length > 0) {
      const message = `The tenant has no secret ${missing.join(', ')}; store it with: neuronx secret set ${missing[0]}`
      return {
        outcome: { ...parked('NX-SECRET-MISSING', message, missingSecretParkMs), wholeIntegration: true },
      }
    }
    const redact = redactSecrets(secrets)
    try {
      const request = renderRequest({
        operation,
        baseUrl: integration.baseUrl,
        auth: integration.auth,
        credentials,
        input: command.input,
        connection: integration.connection,
        entity: parseEntityKey(command.entityKey).subject,
        idempotencyKey: command.idempotencyKey,
      })
      const repeatable = command.repeatable === 'yes' && operation.repeatable === 'yes'
      return { call: { integration, operation, request, redact, repeatable } }
    } catch (error) {
      if (!(error instanceof NxError)) throw error
      return permanent(error.code, redact(`${error.message}: ${error.detail ?? ''}`))
    }
  }

  async #credentials(tenantId: string, { credentials }: Integration) {
    const values: Record<string, string> = {}
    const secrets: string[] = []
    const missing: string[] = []
    for (const [name, source] of Object.entries(credentials)) {
      if ('value' in source) {
        values[name] = source.value
        continue
      }
      const secret = await this.#options.secrets.resolve(tenantId, source.secret)
      if (secret === null) missing.push(source.secret)
      else {
        values[name] = secret
        secrets.push(secret, secret.trim())
      }
    }
    return { credentials: values, secrets, missing }
  }

  async #call(leased: LeasedCommand, call: PreparedCall, signal: AbortSignal): Promise<AttemptOutcome> {
    const { client, clock, leaseMarginMs } = this.#options
    const { integration, request } = call
    const key = `${leased.command.tenantId}/${integration.name}`
    const leftMs = (): number => leased.leaseEndsMs - leaseMarginMs - clock.monotonicMs()
    const turn = await this.#budgets.turn(key, integration.limits.perSecond, leftMs(), signal)
    if (turn.state === 'later')
      return parked('NX-CALL-BUDGET', 'The integration has used its calls for this second', turn.waitMs)
    if (turn.state === 'stopped') return parked('NX-CALL-STOPPED', 'The daemon is stopping', 0)
    const timeoutMs = Math.floor(Math.min(integration.limits.timeoutMs, leftMs()))
    if (timeoutMs <= 0) return parked('NX-CALL-NO-TIME', 'The lease ends before the call could', 0)
    const answer = await client.send(
      request,
      { timeoutMs, bulkhead: { key, concurrencyMax: integration.limits.concurrency } },
      signal,
    )
    return outcomeOf(answer, { ...call, now: clock.now() })
  }
}

function parked(code: string, message: string, retryAfterMs: number): AttemptOutcome & { state: 'parked' } {
  return { state: 'parked', error: failure(code, message), retryAfterMs, wholeIntegration: false }
}

function permanent(code: string, message: string): Preparation {
  return { outcome: { state: 'permanent', error: failure(code, message) } }
}

function failure(code: string, message: string): AttemptError {
  return { code, message, status: null, answer: null }
}
