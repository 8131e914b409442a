import type { Integration, IntegrationProvider } from '../../adapters/connectors/integration.ts'
import type { PageToken } from '../../adapters/connectors/reading/next-page.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { HeldStream, TurnEnd } from '../../platform/reconcile/reconcile-store.ts'
import { pollStream, streamOf, tokenOf } from './poll-stream.ts'
import type { PollParts, PollReport } from './poll-stream.ts'

export interface TurnParts extends PollParts {
  readonly integrations: Pick<IntegrationProvider, 'integration'>
}

/** How a turn went, and what is to be written down of it. */
export interface TurnOutcome {
  readonly end: TurnEnd
  readonly report: PollReport | null
}

/** A read beside the polls. */
export interface ExtraRead {
  /** RFC 3339. */
  readonly since: string
  /** Where the turn before was cut. */
  readonly from: PageToken | null
}

/** How long a turn may hold its stream: longer than a poll may take, waits and commits included. */
export const turnLeaseMs = 180_000
/** A poll that failed is made again after this at the earliest, and twice as late each time, up to an hour. */
const retryMsMin = 30_000
const retryMsMax = 3_600_000
/** No call was made. */
const notAsked: ReadonlySet<string> = new Set(['NX-READ-BUDGET', 'NX-READ-SHUT'])

/**
 * One turn of a stream that is held: polls it, and says where it then stands. `extra`: read that instead, and leave the stream as it
 * is. Throws nothing but what may be tried again.
 */
export async function runTurn(
  held: HeldStream,
  parts: TurnParts,
  signal: AbortSignal,
  extra: ExtraRead | null = null,
): Promise<TurnOutcome> {
  const { tenantId, workspace, integration: name, stream } = held
  const since = extra?.since ?? null
  const goesOn = since === null && held.beganAt !== null && held.position !== null
  const beganAt = goesOn ? held.beganAt : held.now
  const anew = { readUntil: held.readUntil, position: null, beganAt: null }
  const asWas = { readUntil: held.readUntil, position: held.position, beganAt: held.beganAt }
  const failed = (code: string, message: string): TurnOutcome => {
    const error = { code, message }
    const nothing = { found: 0, missed: 0, unmapped: 0, error }
    if (since !== null) return { report: null, end: { kind: 'beside', ...asWas, ...nothing, wakeInMs: null } }
    return { report: null, end: { kind: 'poll', ...anew, ...nothing, wakeInMs: retryMs(held, code, null) } }
  }
  try {
    const integration = await parts.integrations.integration(tenantId, workspace, name)
    if (integration === null || streamOf(integration, stream) === null)
      return failed('NX-RECONCILE-STREAM', 'The configuration has it no more')
    const from = goesOn ? tokenOf(held.position) : (extra?.from ?? null)
    const ask = { tenantId, workspace, integration, stream, from }
    const report = await pollStream({ ...ask, since: since ?? held.readUntil ?? beganAt }, parts, signal)
    const counts = { found: report.items, missed: report.missed, unmapped: report.unmapped.length }
    if (since === null) return { report, end: { ...placeAfter(report, held, beganAt), ...counts } }
    const error = errorOf(report)
    return { report, end: { kind: 'beside', ...asWas, ...counts, error, wakeInMs: null } }
  } catch (error) {
    if (error instanceof NxError && error.retryable) throw error
    return failed(error instanceof NxError ? error.code : 'NX-RECONCILE-FAILED', errorText(error))
  }
}

function placeAfter(
  report: PollReport,
  held: HeldStream,
  beganAt: string,
): Omit<TurnEnd, 'found' | 'missed' | 'unmapped'> {
  const { end } = report
  const error = errorOf(report)
  if (end.state === 'complete')
    return { kind: 'poll', readUntil: beganAt, position: null, beganAt: null, error, wakeInMs: null }
  const position = end.resume === null ? null : { ...end.resume }
  // Nothing read for the first time: it begins where it began then, not later.
  const place = {
    readUntil: held.readUntil ?? beganAt,
    position,
    beganAt: position === null ? null : beganAt,
  }
  if (end.state === 'cut') return { kind: 'poll', ...place, error, wakeInMs: 0 }
  const kind = notAsked.has(end.code) ? 'unasked' : 'poll'
  return { kind, ...place, error, wakeInMs: retryMs(held, end.code, end.waitMs) }
}

function errorOf({ end }: PollReport): TurnEnd['error'] {
  return end.state === 'failed' ? { code: end.code, message: end.message } : null
}

/**
 * Later with every failure in a row; not sooner than the vendor asks, as long as that is within the hour. A gate that is shut, and a
 * budget that commands need, are looked at as often as the stream itself.
 */
function retryMs({ everyMs, failures }: HeldStream, code: string, waitMs: number | null): number {
  const least = Math.min(retryMsMin, everyMs)
  if (notAsked.has(code)) return Math.max(least, Math.min(waitMs ?? least, everyMs))
  return Math.min(retryMsMax, Math.max(waitMs ?? 0, least * 2 ** Math.min(failures, 20)))
}

/** What the provider gives for one integration that is known already. */
export function onlyThis(integration: Integration): Pick<IntegrationProvider, 'integration'> {
  return { integration: async () => integration }
}
