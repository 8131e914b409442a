/** How a call spoke for the other side. */
export type CallHealth =
  /** It answered, whatever it said about this one command. */
  | 'up'
  /** The road or the vendor is down: no connection, no answer, a timeout, 5xx. */
  | 'down'
  /** It refuses our credentials, or we have none to show. */
  | 'credentials'
  /** No call was made, or it was broken off by us. */
  | 'none'

/** What an attempt tells about its integration, beside its own end. */
export interface CallReport {
  readonly health: CallHealth
  /** The integration asks to be left alone for so long (429), milliseconds; null when it does not. */
  readonly pauseMs: number | null
  /** Code of why, when `health` is not 'up' or a pause is asked for. */
  readonly reason: string | null
  /** Calls that the vendor says are left, from its answer's headers; null when it does not say or has plenty. */
  readonly remaining: number | null
}

/** The reports of several attempts of one integration, added up. */
export interface CallReports {
  readonly ups: number
  readonly downs: number
  readonly credentials: number
  readonly pauseMs: number | null
  readonly reason: string | null
  readonly remaining: number | null
  /** How the probe of a half-open gate ended, if one is among them. */
  readonly probe: CallHealth | null
}

/** Where a gate stands. Times are epoch milliseconds of the database's clock. */
export interface Gate {
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** No call is claimed before. */
  readonly notBeforeMs: number
  readonly reason: string
  readonly opens: number
  readonly shutSinceMs: number | null
  readonly rampFromMs: number | null
  readonly windowAtMs: number
  readonly calls: number
  readonly failures: number
  readonly callsBefore: number
  readonly failuresBefore: number
  readonly tokens: number
  readonly tokensAtMs: number
  readonly perSecond: number
}

export interface BreakerPolicy {
  /** Calls and failures count for one to two of these. */
  readonly windowMs: number
  /** Fewer calls than this say nothing. */
  readonly callsMin: number
  /** Share of failures from which it opens, 0 to 1. */
  readonly failureShare: number
  readonly openMsMin: number
  readonly openMsMax: number
  /** The same for refused credentials: a person must act, and each try may count against the account. */
  readonly refusedMsMin: number
  readonly refusedMsMax: number
  /** A probe that was not made is made again after this. */
  readonly reprobeMs: number
}

export const defaultBreakerPolicy: BreakerPolicy = {
  windowMs: 30_000,
  callsMin: 10,
  failureShare: 0.5,
  openMsMin: 5_000,
  openMsMax: 300_000,
  refusedMsMin: 15_000,
  refusedMsMax: 900_000,
  reprobeMs: 1_000,
}

/** The gate of an integration that was never called. */
export function newGate(perSecond: number, burst: number, nowMs: number): Gate {
  return {
    breaker: 'closed',
    notBeforeMs: nowMs,
    reason: '',
    opens: 0,
    shutSinceMs: null,
    rampFromMs: null,
    windowAtMs: nowMs,
    calls: 0,
    failures: 0,
    callsBefore: 0,
    failuresBefore: 0,
    tokens: burst,
    tokensAtMs: nowMs,
    perSecond,
  }
}

/** Calls a second that a gate allows now: after an outage 1, 2, 4 … up to the integration's rate. */
export function rateAt(gate: Pick<Gate, 'rampFromMs'>, perSecond: number, nowMs: number): number {
  if (gate.rampFromMs === null) return perSecond
  const seconds = Math.floor(Math.max(0, nowMs - gate.rampFromMs) / 1_000)
  return Math.min(perSecond, 2 ** Math.min(30, seconds))
}

/** Calls that may be begun now. */
export function tokensAt(gate: Gate, limits: { perSecond: number; burst: number }, nowMs: number): number {
  const rate = rateAt(gate, limits.perSecond, nowMs)
  const filled = gate.tokens + (Math.max(0, nowMs - gate.tokensAtMs) / 1_000) * rate
  // On the ramp nothing is saved up: it would come as the burst that the ramp is there to avoid.
  return Math.min(gate.rampFromMs === null ? limits.burst : Math.max(1, Math.min(limits.burst, rate)), filled)
}

/** The gate after these reports. Late reports of calls begun before it opened change nothing any more; only the probe does. */
export function gateAfter(gate: Gate, reports: CallReports, policy: BreakerPolicy, nowMs: number): Gate {
  const paused = pausedGate(gate, reports, nowMs)
  if (paused.breaker === 'open') return paused
  if (paused.breaker === 'half_open') return probedGate(paused, reports, policy, nowMs)
  if (reports.credentials > 0) return opened(paused, 'credentials', reports.reason, policy, nowMs)
  const counted = countedGate(paused, reports, policy, nowMs)
  const calls = counted.calls + counted.callsBefore
  const failures = counted.failures + counted.failuresBefore
  if (reports.downs > 0 && calls >= policy.callsMin && failures >= calls * policy.failureShare)
    return opened(counted, 'down', reports.reason, policy, nowMs)
  if (reports.ups === 0) return counted
  const ramped = counted.rampFromMs !== null && rateAt(counted, counted.perSecond, nowMs) >= counted.perSecond
  return {
    ...counted,
    shutSinceMs: counted.notBeforeMs > nowMs ? counted.shutSinceMs : null,
    rampFromMs: ramped ? null : counted.rampFromMs,
    opens: ramped ? 0 : counted.opens,
  }
}

/** A pause that was asked for, and what the vendor says is left of its budget. */
function pausedGate(gate: Gate, { pauseMs, reason, remaining }: CallReports, nowMs: number): Gate {
  const left = remaining === null ? gate : limitedGate(gate, Math.max(0, remaining), nowMs)
  if (pauseMs === null || pauseMs <= 0) return left
  const notBeforeMs = Math.max(gate.notBeforeMs, nowMs + pauseMs)
  return {
    ...left,
    notBeforeMs,
    reason: gate.breaker === 'closed' ? (reason ?? gate.reason) : gate.reason,
    shutSinceMs: gate.shutSinceMs ?? nowMs,
    // What was saved up would come as a burst right when the vendor has asked for less.
    tokens: Math.min(left.tokens, 1),
    tokensAtMs: notBeforeMs,
  }
}

/** No more than the vendor says is left. */
function limitedGate(gate: Gate, remaining: number, nowMs: number): Gate {
  const filled =
    gate.tokens + (Math.max(0, nowMs - gate.tokensAtMs) / 1_000) * rateAt(gate, gate.perSecond, nowMs)
  return { ...gate, tokens: Math.min(filled, remaining), tokensAtMs: Math.max(gate.tokensAtMs, nowMs) }
}

function probedGate(gate: Gate, reports: CallReports, policy: BreakerPolicy, nowMs: number): Gate {
  switch (reports.probe) {
    case null:
      return gate
    case 'none':
      return { ...gate, notBeforeMs: Math.max(nowMs + policy.reprobeMs, nowMs + (reports.pauseMs ?? 0)) }
    case 'down':
    case 'credentials':
      return opened(gate, reports.probe, reports.reason, policy, nowMs)
    case 'up':
      return {
        ...gate,
        breaker: 'closed',
        notBeforeMs: nowMs + Math.max(0, reports.pauseMs ?? 0),
        shutSinceMs: null,
        rampFromMs: nowMs,
        windowAtMs: nowMs,
        calls: 0,
        failures: 0,
        callsBefore: 0,
        failuresBefore: 0,
        tokens: 1,
        tokensAtMs: nowMs,
      }
  }
}

function opened(
  gate: Gate,
  why: 'down' | 'credentials',
  reason: string | null,
  policy: BreakerPolicy,
  nowMs: number,
): Gate {
  const [least, most] =
    why === 'down' ? [policy.openMsMin, policy.openMsMax] : [policy.refusedMsMin, policy.refusedMsMax]
  const openMs = Math.min(most, least * 2 ** Math.min(20, gate.opens))
  return {
    ...gate,
    breaker: 'open',
    notBeforeMs: Math.max(gate.breaker === 'closed' ? gate.notBeforeMs : 0, nowMs + openMs),
    reason: reason ?? gate.reason,
    opens: gate.opens + 1,
    shutSinceMs: gate.shutSinceMs ?? nowMs,
    rampFromMs: null,
  }
}

/** Two windows, so that what has just been seen is not forgotten when a new one begins. */
function countedGate(gate: Gate, reports: CallReports, policy: BreakerPolicy, nowMs: number): Gate {
  const age = nowMs - gate.windowAtMs
  const calls = reports.ups + reports.downs
  if (age < policy.windowMs)
    return { ...gate, calls: gate.calls + calls, failures: gate.failures + reports.downs }
  const next = age < 2 * policy.windowMs
  return {
    ...gate,
    windowAtMs: nowMs,
    calls,
    failures: reports.downs,
    callsBefore: next ? gate.calls : 0,
    failuresBefore: next ? gate.failures : 0,
  }
}
