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

/** A poll that failed is made again after this at the earliest, and twice as late each time, up to an hour. */
const retryMsMin = 30_000
const retryMsMax = 3_600_000
/** No call was made: the vendor is spared already. */
const notAsked: ReadonlySet<string> = new Set(['NX-READ-BUDGET', 'NX-READ-SHUT'])

/**
 * One turn of a stream that is held: polls it, and says where it then stands. `extra`: read that instead, and leave its place as it is. Throws nothing but what may be tried again.
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
  try {
    const integration = await parts.integrations.integration(tenantId, workspace, name)
    if (integration === null || streamOf(integration, stream) === null)
      return failed(anew, held, 'NX-RECONCILE-STREAM', 'The configuration has it no more')
    const from = goesOn ? tokenOf(held.position) : (extra?.from ?? null)
    const ask = { tenantId, workspace, integration, stream, from }
    const report = await pollStream({ ...ask, since: since ?? held.readUntil ?? beganAt }, parts, signal)
    const counts = { found: report.items, missed: report.missed, unmapped: report.unmapped.length }
    if (since !== null) return { report, end: { ...asWas, ...counts, ...endOfExtra(report) } }
    return { report, end: { ...placeAfter(report, held, beganAt), ...counts } }
  } catch (error) {
    if (error instanceof NxError && error.retryable) throw error
    const code = error instanceof NxError ? error.code : 'NX-RECONCILE-FAILED'
    return failed(since === null ? anew : asWas, held, code, errorText(error))
  }
}

type Place = Pick<TurnEnd, 'readUntil' | 'position' | 'beganAt'>

function placeAfter(
  { end }: PollReport,
  held: HeldStream,
  beganAt: string,
): Omit<TurnEnd, 'found' | 'missed' | 'unmapped'> {
  if (end.state === 'complete')
    return { readUntil: beganAt, position: null, beganAt: null, error: null, wakeInMs: null }
  const position = end.resume === null ? null : { ...end.resume }
  // Nothing read for the first time: it begins where it began then, not later.
  const place = {
    readUntil: held.readUntil ?? beganAt,
    position,
    beganAt: position === null ? null : beganAt,
  }
  if (end.state === 'cut') return { ...place, error: null, wakeInMs: 0 }
  return {
    ...place,
    error: { code: end.code, message: end.message },
    wakeInMs: retryMs(held, end.code, end.waitMs),
  }
}

function endOfExtra({ end }: PollReport): Pick<TurnEnd, 'error' | 'wakeInMs'> {
  return {
    error: end.state === 'failed' ? { code: end.code, message: end.message } : null,
    wakeInMs: null,
  }
}

function failed(place: Place, held: HeldStream, code: string, message: string): TurnOutcome {
  const error = { code, message }
  const end = { ...place, found: 0, missed: 0, unmapped: 0, error, wakeInMs: retryMs(held, code, null) }
  return { report: null, end }
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
