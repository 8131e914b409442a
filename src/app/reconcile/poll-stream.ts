import type { PageAnswer, PageAsk } from '../../adapters/connectors/calls/read-page.ts'
import type { Integration } from '../../adapters/connectors/integration.ts'
import { readAll } from '../../adapters/connectors/reading/read-all.ts'
import type { ReadOutcome } from '../../adapters/connectors/reading/read-all.ts'
import type { PageToken } from '../../adapters/connectors/reading/next-page.ts'
import { compileReconcile } from '../../adapters/connectors/reconcile/compile-reconcile.ts'
import type { CompiledStream } from '../../adapters/connectors/reconcile/compile-reconcile.ts'
import { eventsOfItems } from '../../adapters/connectors/reconcile/events-of-items.ts'
import type { ConnectorDefinition } from '../../adapters/connectors/define-connector.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { NxError } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { IncomingEvent, IntakeRequest, IntakeResult } from '../../messaging/intake/event-intake.ts'
import type { AttemptOutcome } from '../../messaging/commands/command.ts'

/** One poll of one stream. */
export interface PollAsk {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: Integration
  readonly stream: string
  /** What changed since then is read, and a little before. RFC 3339. */
  readonly since: string
  /** Where an earlier poll since then was cut. */
  readonly from: PageToken | null
}

export interface PollParts {
  readonly readPage: (asked: PageAsk, signal: AbortSignal) => Promise<PageAnswer>
  /** Resolves when the events are durable. */
  readonly accept: (request: IntakeRequest) => Promise<IntakeResult>
  readonly clock: Clock
  readonly crashPoints: Pick<CrashPoints, 'reach'>
}

/** An event that a poll found, and whether anything had told of it. */
export interface FoundEvent {
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly isKnown: boolean
}

export interface PollReport {
  /** Items read. */
  readonly items: number
  /** Events that were published, and those that were known, as far as `keeps` says. */
  readonly events: readonly FoundEvent[]
  readonly missed: number
  readonly unmapped: readonly string[]
  readonly end:
    | { readonly state: 'complete' }
    | { readonly state: 'cut'; readonly resume: PageToken | null }
    | {
        readonly state: 'failed'
        readonly code: string
        readonly message: string
        /** How long the vendor, or the budget, asks to be left alone. */
        readonly waitMs: number | null
        /** null: begin anew. */
        readonly resume: PageToken | null
      }
}

/** What one poll holds in memory at most. */
const limits = { pagesMax: 20, itemsMax: 5_000, charactersMax: 16 * 1024 * 1024, timeMs: 60_000 } as const
/** Longest wait within a poll. */
const waitMsMax = 2_000
/** Events that are stored in one transaction. */
const batchMax = 200
const shownMax = 1_000

const compiled = new WeakMap<ConnectorDefinition, ReadonlyMap<string, CompiledStream>>()

/** The stream of a connector; null: it has none of that name. */
export function streamOf({ connector }: Pick<Integration, 'connector'>, name: string): CompiledStream | null {
  const { definition } = connector
  let streams = compiled.get(definition)
  if (streams === undefined) {
    streams = compileReconcile(definition).streams
    compiled.set(definition, streams)
  }
  return streams.get(name) ?? null
}

/**
 * Reads what changed and has every event of it accepted, the earliest first; what was published before, or told by a webhook, is
 * recognised. Nothing is written down of how far it came: that is the caller's, afterwards. Throws what the stores throw, and
 * NX-RECONCILE-STREAM (not_found).
 */
export async function pollStream(ask: PollAsk, parts: PollParts, signal: AbortSignal): Promise<PollReport> {
  const { tenantId, workspace, integration } = ask
  const stream = streamOf(integration, ask.stream)
  const operation = integration.connector.operations.get(stream?.definition.operation ?? '')
  if (stream === null || operation === undefined)
    throw new NxError(
      'not_found',
      'NX-RECONCILE-STREAM',
      `'${integration.name}' has no stream '${ask.stream}'`,
    )
  const since = new Date(Date.parse(ask.since) - stream.lookbackMs)
  const { connection } = integration
  const input = (stream.input?.render({ connection, since: since.toISOString() }) ?? {}) as JsonObject
  const items: JsonValue[] = []
  const outcome = await readAll({
    readPage: parts.readPage,
    clock: parts.clock,
    operation: operation.definition,
    asked: { tenantId, workspace, integration: integration.name, operation: operation.name, input },
    since: ask.since,
    from: { page: ask.from, seen: null },
    limits,
    waitsFor: isShortWait,
    onItems: async (page) => void items.push(...page),
    signal,
  })
  const now = parts.clock.now()
  const told = eventsOfItems(stream, items, {
    ...{ tenantId, workspace, integration: integration.name, connection },
    ...{ sinceMs: since.getTime(), now },
  })
  const events = await published(told.events, tenantId, parts)
  return {
    items: items.length,
    events: events.slice(0, shownMax),
    missed: events.filter(({ isKnown }) => !isKnown).length,
    unmapped: told.unmapped,
    end: endOf(outcome),
  }
}

async function published(
  events: readonly IncomingEvent[],
  tenantId: string,
  { accept, crashPoints }: PollParts,
): Promise<readonly FoundEvent[]> {
  const found: FoundEvent[] = []
  for (let at = 0; at < events.length; at += batchMax) {
    const batch = events.slice(at, at + batchMax)
    const result = await accept({ tenantId, events: batch, deadLetters: [] })
    if (result.state !== 'accepted')
      throw new NxError('bug', 'NX-RECONCILE-RESULT', `A poll's events were not accepted: ${result.state}`)
    for (const [index, { event }] of batch.entries()) {
      const { type, subject, time } = event
      const isKnown = result.events[index]?.duplicate === true
      found.push({ type, subject: `${subject.kind}/${subject.id}`, time, isKnown })
    }
  }
  crashPoints.reach('reconcile.before_cursor')
  return found
}

/**
 * A turn that waits for one account keeps the others' polls waiting. The budget's next call is worth it: an account of one call a second
 * would get one page a turn.
 */
function isShortWait(outcome: AttemptOutcome): boolean {
  return (
    outcome.state === 'parked' &&
    outcome.error.code === 'NX-READ-BUDGET' &&
    (outcome.retryAfterMs ?? Infinity) <= waitMsMax
  )
}

function endOf(outcome: ReadOutcome): PollReport['end'] {
  if (outcome.state === 'complete') return { state: 'complete' }
  if (outcome.state === 'cut') return { state: 'cut', resume: outcome.resume.page }
  const failure = outcome.outcome
  const { code, message } = errorOf(failure)
  const again = failure.state === 'parked' || failure.state === 'retryable'
  return {
    state: 'failed',
    code,
    message,
    waitMs: again ? failure.retryAfterMs : null,
    // A page that is refused for good may be one that the vendor has forgotten.
    resume: again ? outcome.resume.page : null,
  }
}

function errorOf(outcome: AttemptOutcome): { readonly code: string; readonly message: string } {
  return outcome.state === 'succeeded' ? { code: 'NX-BUG', message: 'It went well' } : outcome.error
}

/** A position as it was kept; null: none, or none that can be read. */
export function tokenOf(position: JsonValue): PageToken | null {
  return isJsonObject(position) && typeof position['kind'] === 'string'
    ? (position as unknown as PageToken)
    : null
}
