import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { capIntegration, noIntegrationCaps } from '../../control-plane/limits/resolve-limits.ts'
import type { IntegrationCaps } from '../../control-plane/limits/resolve-limits.ts'
import { NxError, errorText } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type { Logger } from '../../kernel/logger.ts'
import type {
  AttemptError,
  AttemptOutcome,
  Command,
  LeasedCommand,
} from '../../messaging/commands/command.ts'
import type { ClearedCommand } from '../../messaging/commands/cleared-command.ts'
import type { CallLimits, CommandExecutor, Verification } from '../../messaging/commands/command-executor.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import type { OutgoingClient } from '../http/outgoing-client.ts'
import type { OutgoingRequest } from '../http/outgoing-request.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { Integration, IntegrationLimits, IntegrationProvider, SecretResolver } from './integration.ts'
import { outcomeOf } from './outcome-of.ts'
import { judgeLook } from './judge-look.ts'
import { redactSecrets } from './redact-secrets.ts'
import type { Redact } from './redact-secrets.ts'
import { renderRequest } from './render-request.ts'
import type { RequestParts } from './render-request.ts'

export interface ConnectorExecutorOptions {
  readonly integrations: IntegrationProvider
  readonly secrets: SecretResolver
  readonly client: OutgoingClient
  readonly clock: Clock
  readonly logger: Logger
  /** Kept free at the end of a lease for writing down how the attempt ended, milliseconds. */
  readonly leaseMarginMs?: number
  readonly crashPoints?: CrashPoints
  /** The limits of tenants for their integrations. Default: what the integrations say themselves. */
  readonly tenantCaps?: (tenantId: string) => IntegrationCaps
}

/** For commands to an integration that is gone: they are claimed to be told so. */
const goneLimits: CallLimits = { perSecond: 50, burst: 50, concurrency: 8 }
/** While the configuration cannot be read. */
const unreadableLimits: CallLimits = { perSecond: 1, burst: 1, concurrency: 1 }
/** A call that could not be prepared is tried again after this. */
const parkMs = 2_000

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
 * Carries commands out through connectors: resolves the integration and its secrets, renders the request, calls, and says
 * what the answer means. It never throws, never repeats and keeps no budget: those are the queue's.
 */
export class ConnectorExecutor implements CommandExecutor {
  readonly #options: Required<ConnectorExecutorOptions>

  constructor(options: ConnectorExecutorOptions) {
    this.#options = {
      leaseMarginMs: 1_000,
      crashPoints: noCrashPoints,
      tenantCaps: () => noIntegrationCaps,
      ...options,
    }
  }

  /** Read from the compiled configuration, which the provider keeps. */
  async limits(tenantId: string, workspace: string, integration: string): Promise<CallLimits> {
    const { integrations, logger } = this.#options
    try {
      const found = await integrations.integration(tenantId, workspace, integration)
      if (found === null) return goneLimits
      const { perSecond, concurrency } = this.#limitsOf(tenantId, found)
      return { perSecond, burst: Math.max(1, perSecond), concurrency }
    } catch (error) {
      logger.warn({ integration, error: errorText(error) }, 'The limits of an integration cannot be read now')
      return unreadableLimits
    }
  }

  async verify(leased: LeasedCommand, sentAgoMs: number, signal: AbortSignal): Promise<Verification> {
    try {
      return await this.#look(leased, sentAgoMs, signal)
    } catch (error) {
      this.#options.logger.warn(
        { command: leased.command.id, error: errorText(error) },
        'A command in doubt could not be looked up',
      )
      return { state: 'unknown', why: 'the look could not be made' }
    }
  }

  async #look(leased: LeasedCommand, sentAgoMs: number, signal: AbortSignal): Promise<Verification> {
    const { command } = leased
    const integration = await this.#options.integrations.integration(
      command.tenantId,
      command.workspace,
      command.integration,
      command.operation,
    )
    const operation = integration?.connector.operations.get(command.operation)
    const definition = operation?.definition.verify
    if (!integration || !operation?.verify || definition === undefined) return { state: 'not_verifiable' }
    const { credentials, missing } = await this.#credentials(command.tenantId, integration)
    if (missing.length > 0) return { state: 'unknown', why: `the secret ${missing[0]} is missing` }
    const request = renderRequest({
      ...requestParts(integration, command),
      operation: operation.verify.operation,
      credentials,
    })
    const match = operation.verify.match.render({
      input: command.input,
      connection: integration.connection,
      entity: { ...parseEntityKey(command.entityKey).subject },
      key: command.idempotencyKey,
    })
    const wanted = wholeMatch(match, Object.keys(definition.match))
    if (wanted === null) return { state: 'not_verifiable' }
    const answer = await this.#send(leased, integration, request, signal)
    return judgeLook(answer, definition, wanted, sentAgoMs)
  }

  async execute(leased: ClearedCommand, signal: AbortSignal): Promise<AttemptOutcome> {
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
      command.operation,
    )
    if (integration === null) {
      return permanent('NX-INTEGRATION-GONE', `The configuration has no integration '${command.integration}'`)
    }
    const operation = integration.connector.operations.get(command.operation)
    if (operation === undefined) {
      return permanent(
        'NX-OPERATION-GONE',
        `'${command.integration}' has no operation '${command.operation}'`,
      )
    }
    const { credentials, secrets, missing } = await this.#credentials(command.tenantId, integration)
    if (missing.length > 0) {
      return { outcome: secretMissing(missing) }
    }
    const redact = redactSecrets(secrets)
    try {
      const request = renderRequest({ ...requestParts(integration, command), operation, credentials })
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

  async #call(leased: ClearedCommand, call: PreparedCall, signal: AbortSignal): Promise<AttemptOutcome> {
    if (signal.aborted) return parked('NX-CALL-STOPPED', 'The daemon is stopping', 0)
    if (this.#leftMs(leased) <= 0) return parked('NX-CALL-NO-TIME', 'The lease ends before the call could', 0)
    const answer = await this.#send(leased, call.integration, call.request, signal)
    this.#options.crashPoints.reach('dispatch.answer_read')
    return outcomeOf(answer, { ...call, now: this.#options.clock.now() })
  }

  async #send(
    leased: LeasedCommand,
    integration: Integration,
    request: OutgoingRequest,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    const { tenantId } = leased.command
    const limits = this.#limitsOf(tenantId, integration)
    return await this.#options.client.send(
      request,
      {
        timeoutMs: Math.max(1, Math.floor(Math.min(limits.timeoutMs, this.#leftMs(leased)))),
        bulkhead: { key: `${tenantId}/${integration.name}`, concurrencyMax: limits.concurrency },
        mayStart: () => this.#leftMs(leased) > 0,
      },
      signal,
    )
  }

  /** The integration's own limits under the tenant's. */
  #limitsOf(tenantId: string, { limits, channels }: Integration): IntegrationLimits {
    return capIntegration(limits, Object.keys(channels), this.#options.tenantCaps(tenantId))
  }

  /** Of the lease, without what is needed to write down the end. */
  #leftMs({ leaseEndsMs }: LeasedCommand): number {
    return leaseEndsMs - this.#options.leaseMarginMs - this.#options.clock.monotonicMs()
  }
}

function requestParts(
  integration: Integration,
  command: Command,
): Omit<RequestParts, 'operation' | 'credentials'> {
  return {
    baseUrl: integration.baseUrl,
    auth: integration.auth,
    input: command.input,
    connection: integration.connection,
    entity: parseEntityKey(command.entityKey).subject,
    idempotencyKey: command.idempotencyKey,
  }
}

/** What must stand in a candidate; null when a part is missing, for then it would match what it is not. */
function wholeMatch(
  match: JsonValue | undefined,
  paths: readonly string[],
): Readonly<Record<string, string>> | null {
  if (!isJsonObject(match)) return null
  const wanted: Record<string, string> = {}
  for (const path of paths) {
    const value = match[path]
    if (value === undefined || value === null || value === '' || typeof value === 'object') return null
    wanted[path] = String(value)
  }
  return wanted
}

/** The gate of the integration shuts until the secret is there. */
function secretMissing(missing: readonly string[]): AttemptOutcome {
  const message = `The tenant has no secret ${missing.join(', ')}; store it with: neuronx secret set ${missing[0]}`
  return {
    state: 'parked',
    error: failure('NX-SECRET-MISSING', message),
    retryAfterMs: null,
    wholeIntegration: true,
    report: { health: 'credentials', pauseMs: null, reason: 'NX-SECRET-MISSING', remaining: null },
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
