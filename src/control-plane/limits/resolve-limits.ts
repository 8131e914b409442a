import { parseDuration } from '../../kernel/duration.ts'
import type { LimitsSpec } from './limits-kind.ts'
import { limitsBounds } from './limits-kind.ts'

/** A tenant's limits, every one of them. */
export interface ResolvedLimits {
  readonly eventsPerSecond: number
  readonly burst: number
  readonly keyHorizonMs: number
  readonly waitingEvents: number
  readonly weight: number
  readonly inFlight: number
  /** Calls a second of one integration; null: what the integration itself says. */
  readonly commandsPerSecond: number | null
  /** The same for integrations that serve a channel. */
  readonly channelCommandsPerSecond: ReadonlyMap<string, number>
  /** The longest that one call may take, milliseconds; null: what the integration itself says. */
  readonly callTimeoutMs: number | null
  /** Calls under way at once to one integration in one daemon; null: what the integration itself says. */
  readonly perIntegration: number | null
  readonly ruleBreaker: RuleBreakerLimits
}

/** When a rule that fails is stopped, and for how long. */
export interface RuleBreakerLimits {
  /** Failures in one window that stop it. */
  readonly failuresMax: number
  readonly windowMs: number
  /** How long it is stopped the first time; twice as long each time in a row. */
  readonly openMs: number
  readonly openMsMax: number
}

/**
 * Lays the documents over the defaults, later ones over earlier ones, member by member. A rate without a burst gets two
 * seconds' worth of it.
 */
export function resolveLimits(defaults: ResolvedLimits, documents: readonly LimitsSpec[]): ResolvedLimits {
  let limits = defaults
  for (const document of documents) {
    const { intake = {}, dispatch = {}, rates = {}, timeouts = {}, concurrency = {} } = document
    const given = intake.eventsPerSecond ?? rates.events_per_second
    const eventsPerSecond = given ?? limits.eventsPerSecond
    limits = {
      eventsPerSecond,
      burst: intake.burst ?? (given === undefined ? limits.burst : twoSeconds(eventsPerSecond)),
      keyHorizonMs: intake.keyHorizon === undefined ? limits.keyHorizonMs : parseDuration(intake.keyHorizon),
      waitingEvents: intake.waitingEvents ?? limits.waitingEvents,
      weight: dispatch.weight ?? limits.weight,
      inFlight: dispatch.inFlight ?? limits.inFlight,
      ...commandRates(limits, rates.commands_per_second),
      callTimeoutMs: timeouts.call === undefined ? limits.callTimeoutMs : parseDuration(timeouts.call),
      perIntegration: concurrency.per_integration ?? limits.perIntegration,
      ruleBreaker: breakerOf(limits.ruleBreaker, document.rule_breaker),
    }
  }
  return limits
}

function breakerOf(before: RuleBreakerLimits, given: LimitsSpec['rule_breaker'] = {}): RuleBreakerLimits {
  const ms = (text: string | undefined, otherwise: number): number =>
    text === undefined ? otherwise : parseDuration(text)
  const openMs = ms(given.open, before.openMs)
  return {
    failuresMax: given.failures ?? before.failuresMax,
    windowMs: ms(given.within, before.windowMs),
    openMs,
    openMsMax: Math.max(openMs, ms(given.open_max, before.openMsMax)),
  }
}

function commandRates(
  before: ResolvedLimits,
  given: NonNullable<LimitsSpec['rates']>['commands_per_second'],
): Pick<ResolvedLimits, 'commandsPerSecond' | 'channelCommandsPerSecond'> {
  const { default: otherwise, ...channels } = typeof given === 'number' ? { default: given } : (given ?? {})
  return {
    commandsPerSecond: otherwise ?? before.commandsPerSecond,
    channelCommandsPerSecond: new Map([...before.channelCommandsPerSecond, ...Object.entries(channels)]),
  }
}

/** What one integration may do: its own limits, and the tenant's where those are lower. */
export function capIntegration<Limits extends { perSecond: number; concurrency: number; timeoutMs: number }>(
  own: Limits,
  channels: readonly string[],
  tenant: IntegrationCaps,
): Limits {
  const otherwise = tenant.commandsPerSecond ?? Infinity
  const rates = channels.map((channel) => tenant.channelCommandsPerSecond.get(channel) ?? otherwise)
  return {
    ...own,
    // A channel's rate stands for the default; of an integration that serves several, the lowest counts.
    perSecond: Math.min(own.perSecond, ...(rates.length > 0 ? rates : [otherwise])),
    concurrency: Math.min(own.concurrency, tenant.perIntegration ?? Infinity),
    timeoutMs: Math.min(own.timeoutMs, tenant.callTimeoutMs ?? Infinity),
  }
}

/** A tenant's limits for each of its integrations. */
export type IntegrationCaps = Pick<
  ResolvedLimits,
  'commandsPerSecond' | 'channelCommandsPerSecond' | 'callTimeoutMs' | 'perIntegration'
>

/** Nothing beyond what integrations say themselves. */
export const noIntegrationCaps: IntegrationCaps = {
  commandsPerSecond: null,
  channelCommandsPerSecond: new Map(),
  callTimeoutMs: null,
  perIntegration: null,
}

function twoSeconds(eventsPerSecond: number): number {
  const { min, max } = limitsBounds.burst
  return Math.min(max, Math.max(min, Math.ceil(2 * eventsPerSecond)))
}
