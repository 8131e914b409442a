import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { capIntegration, noIntegrationCaps } from '../../control-plane/limits/resolve-limits.ts'
import type { IntegrationCaps } from '../../control-plane/limits/resolve-limits.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { AttemptOutcome, Command, LeasedCommand } from '../../messaging/commands/command.ts'
import type { ClearedCommand } from '../../messaging/commands/cleared-command.ts'
import type { CallLimits, CommandExecutor, Verification } from '../../messaging/commands/command-executor.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import type { OutgoingRequest } from '../http/outgoing-request.ts'
import type { AccessTokens } from './auth/access-tokens.ts'
import { noAccessTokens } from './auth/access-tokens.ts'
import { ConnectorAuthorizer } from './auth/authorizer.ts'
import { CallPreparer, wishOf } from './calls/call-preparer.ts'
import type { CallWish, PreparedCall } from './calls/call-preparer.ts'
import { afterExpired, goneIntegration, goneOperation, parked, unjudged } from './calls/failures.ts'
import { pageAnswer, pageWish, readRefusal } from './calls/read-page.ts'
import type { PageAnswer, PageAsk } from './calls/read-page.ts'
import { sendOut } from './calls/send-out.ts'
import type { WaysOut } from './calls/send-out.ts'
import { final, withNewToken } from './calls/with-new-token.ts'
import type { Tried } from './calls/with-new-token.ts'
import type { CompiledOperation } from './compile-connector.ts'
import type { Integration, IntegrationLimits, IntegrationProvider } from './integration.ts'
import type { SecretResolver } from './auth/secret-resolver.ts'
import { judge } from './outcome-of.ts'
import type { CallFacts, Judged } from './outcome-of.ts'
import { judgeLook, wholeMatch } from './judge-look.ts'
import { redacted } from './redact-secrets.ts'

export interface ConnectorExecutorOptions extends WaysOut {
  readonly integrations: IntegrationProvider
  readonly secrets: SecretResolver
  /** Where access tokens of oauth2 and jwt_bearer come from. Without it such integrations wait for credentials. */
  readonly accessTokens?: AccessTokens
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

/**
 * Carries commands out through connectors: opens the secrets of an integration, renders, calls, and says what the answer means. It never
 * throws. Tries and budgets are the queue's, but for one: where a token is over, the call is made once more, at once, with a new one.
 */
export class ConnectorExecutor implements CommandExecutor {
  readonly #options: Required<Omit<ConnectorExecutorOptions, 'mail'>> & WaysOut
  readonly #preparer: CallPreparer

  constructor(options: ConnectorExecutorOptions) {
    this.#options = {
      leaseMarginMs: 1_000,
      crashPoints: noCrashPoints,
      tenantCaps: () => noIntegrationCaps,
      accessTokens: noAccessTokens,
      ...options,
    }
    const { accessTokens, clock, secrets } = this.#options
    this.#preparer = new CallPreparer(secrets, new ConnectorAuthorizer(accessTokens, clock))
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
    const wish = { ...wishOf(command, integration), operation: operation.verify.operation }
    const prepared = await this.#preparer.prepare(wish, signal)
    if ('outcome' in prepared) return { state: 'unknown', why: whyNot(prepared.outcome) }
    const match = operation.verify.match.render({
      input: command.input,
      connection: integration.connection,
      entity: { ...parseEntityKey(command.entityKey).subject },
      key: command.idempotencyKey,
    })
    const wanted = wholeMatch(match, Object.keys(definition.match))
    if (wanted === null) return { state: 'not_verifiable' }
    const { request, redact, expire } = prepared.call
    const answer = await this.#sendLeased(leased, integration, request, signal)
    const now = this.#options.clock.now()
    const looking = { integration, operation: operation.verify.operation, redact, repeatable: true, now }
    // The next look has a new token.
    if (expire !== null && judge(answer, { ...looking, renewable: true, page: true }).expired)
      await this.#expire(expire, integration)
    return judgeLook(redacted(answer, redact), definition, wanted, sentAgoMs)
  }

  async execute(leased: ClearedCommand, signal: AbortSignal): Promise<AttemptOutcome> {
    try {
      const found = await this.#find(leased.command)
      if ('outcome' in found) return found.outcome
      const first = await this.#attempt(leased, found.wish, signal)
      await first.expire?.()
      // In doubt, a person or the look settles it.
      if (first.expire === null || first.end.state === 'unknown_outcome') return first.end
      // The vendor did nothing but look at the token, or may do it again: with a new one the call is made at once, once.
      const last = await this.#attempt(leased, found.wish, signal).catch((error: unknown) =>
        final(this.#unprepared(leased, error)),
      )
      return afterExpired(first.end, last.end)
    } catch (error) {
      return this.#unprepared(leased, error)
    }
  }

  /** Only what happens before a request is sent can throw: this try had no effect. */
  #unprepared({ command }: LeasedCommand, error: unknown): AttemptOutcome {
    this.#options.logger.error(
      { command: command.id, error: errorText(error) },
      'A call could not be prepared',
    )
    return parked('NX-CALL-PREPARE', 'The call could not be prepared; it will be tried again', parkMs)
  }

  /** Reads one page. Only operations that read can be asked for; nothing of it passes the policy gate, for nothing is changed. */
  async readPage(asked: PageAsk, signal: AbortSignal): Promise<PageAnswer> {
    const { clock, integrations } = this.#options
    const { tenantId, workspace } = asked
    const integration = await integrations.integration(
      tenantId,
      workspace,
      asked.integration,
      asked.operation,
    )
    if (integration === null) return { state: 'failed', outcome: goneIntegration(asked.integration) }
    const refusal = readRefusal(integration, asked.operation)
    if (refusal !== null) return { state: 'failed', outcome: refusal }
    const operation = integration.connector.operations.get(asked.operation) as CompiledOperation
    return await withNewToken<PageAnswer>(async () => {
      const prepared = await this.#preparer.prepare(pageWish(asked, integration, operation), signal)
      if ('outcome' in prepared) return final({ state: 'failed', outcome: prepared.outcome })
      const { request, redact, expire } = prepared.call
      const answer = await this.#send(tenantId, integration, request, () => Infinity, signal)
      const facts = {
        integration,
        operation,
        redact,
        repeatable: true,
        renewable: expire !== null,
        page: true,
      }
      const judged = judge(answer, { ...facts, now: clock.now() })
      return { end: pageAnswer(answer, judged, redact), expire: this.#expiring(judged, expire, integration) }
    })
  }

  async #find(command: Command): Promise<{ wish: CallWish } | { outcome: AttemptOutcome }> {
    const { tenantId, workspace } = command
    const integration = await this.#options.integrations.integration(
      tenantId,
      workspace,
      command.integration,
      command.operation,
    )
    if (integration === null) return { outcome: goneIntegration(command.integration) }
    const operation = integration.connector.operations.get(command.operation)
    if (operation === undefined) return { outcome: goneOperation(command.integration, command.operation) }
    return { wish: { ...wishOf(command, integration), operation } }
  }

  async #attempt(
    leased: ClearedCommand,
    wish: CallWish,
    signal: AbortSignal,
  ): Promise<Tried<AttemptOutcome>> {
    const prepared = await this.#preparer.prepare(wish, signal)
    if ('outcome' in prepared) return final(prepared.outcome)
    if (signal.aborted) return final(parked('NX-CALL-STOPPED', 'The daemon is stopping', 0))
    if (this.#leftMs(leased) <= 0)
      return final(parked('NX-CALL-NO-TIME', 'The lease ends before the call could', 0))
    const { integration, operation } = wish
    const { request, redact, expire } = prepared.call
    const answer = await this.#sendLeased(leased, integration, request, signal)
    this.#options.crashPoints.reach('dispatch.answer_read')
    const repeatable = leased.command.repeatable === 'yes' && operation.repeatable === 'yes'
    const now = this.#options.clock.now()
    const facts = { integration, operation, redact, repeatable, renewable: expire !== null, now }
    const judged = this.#judged(answer, facts)
    return { end: judged.outcome, expire: this.#expiring(judged, expire, integration) }
  }

  /** What the answer means. When that itself fails, the call may have had an effect: it must not pass for one that was not made. */
  #judged(answer: OutgoingAnswer, facts: CallFacts): Omit<Judged, 'body'> {
    try {
      return judge(answer, facts)
    } catch (error) {
      this.#options.logger.error({ error: errorText(error) }, 'An answer could not be judged')
      return { outcome: unjudged(facts.repeatable), expired: false }
    }
  }

  /** What gives back the token that an answer calls over; null: it says no such thing. */
  #expiring({ expired }: Pick<Judged, 'expired'>, expire: PreparedCall['expire'], integration: Integration) {
    return expire !== null && expired ? async () => await this.#expire(expire, integration) : null
  }

  /** A token that cannot be given back now is refused once more the next time. */
  async #expire(expire: () => Promise<void>, { name }: Integration): Promise<void> {
    try {
      await expire()
    } catch (error) {
      this.#options.logger.warn(
        { integration: name, error: errorText(error) },
        'An access token could not be given back',
      )
    }
  }

  async #sendLeased(
    leased: LeasedCommand,
    integration: Integration,
    request: OutgoingRequest,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    const leftMs = (): number => this.#leftMs(leased)
    return await this.#send(leased.command.tenantId, integration, request, leftMs, signal)
  }

  async #send(
    tenantId: string,
    integration: Integration,
    request: OutgoingRequest,
    leftMs: () => number,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    const limits = this.#limitsOf(tenantId, integration)
    return await sendOut(
      this.#options,
      request,
      {
        timeoutMs: Math.max(1, Math.floor(Math.min(limits.timeoutMs, leftMs()))),
        bulkhead: { key: `${tenantId}/${integration.name}`, concurrencyMax: limits.concurrency },
        mayStart: () => leftMs() > 0,
        leftMs,
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

function whyNot(outcome: AttemptOutcome): string {
  return outcome.state === 'succeeded' ? 'the look could not be made' : outcome.error.message
}
