import { setTimeout as delay } from 'node:timers/promises'
import { ConnectorExecutor } from '../../adapters/connectors/connector-executor.ts'
import type { Integration } from '../../adapters/connectors/integration.ts'
import type { PageToken } from '../../adapters/connectors/reading/next-page.ts'
import { BudgetedReader } from '../../adapters/connectors/reading/budgeted-reader.ts'
import { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import { NxError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { silentLogger } from '../../kernel/logger.ts'
import { defaultHorizonMs } from '../../messaging/intake/event-draft.ts'
import type { IntakeRequest, IntakeResult } from '../../messaging/intake/event-intake.ts'
import type { HeldStream } from '../../platform/reconcile/reconcile-store.ts'
import type { AdapterPlace } from '../adapters/catalog/active-adapter.ts'
import { operatorReach } from '../adapters/testing/operator-credentials.ts'
import type { Settings } from '../config/settings.ts'
import type { Operator } from '../operator.ts'
import type { FoundEvent } from './poll-stream.ts'
import { onlyThis, runTurn, turnLeaseMs } from './run-turn.ts'
import type { TurnOutcome } from './run-turn.ts'

/** What came of one stream. */
export interface StreamSync {
  readonly stream: string
  /** complete: all of it was read; cut: more is there, and the next sync or poll goes on. */
  readonly state: 'complete' | 'cut' | 'failed'
  /** Since when changes were read, with the time looked back. RFC 3339. */
  readonly since: string
  readonly items: number
  readonly events: readonly FoundEvent[]
  /** Events that nothing had told of: published, or with --dry-run to be published. */
  readonly missed: number
  /** Why items could not be made an event of. */
  readonly unmapped: readonly string[]
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface SyncReport {
  readonly integration: string
  readonly dryRun: boolean
  readonly streams: readonly StreamSync[]
}

export interface SyncAsk {
  /** null: all that are on, or all there are when none is. */
  readonly stream: string | null
  /** RFC 3339: all since then, whatever was read before. null: from where the last poll ended. */
  readonly since: string | null
  readonly dryRun: boolean
}

/** Turns of one stream in a row: a poll reads at most some thousand items. */
const turnsMax = 200
/** Between looks whether a daemon has ended its turn. */
const busyMs = 500

/**
 * Polls the streams of an integration now, from this machine, with the daemons' executor, credentials and budget. With `dryRun` nothing
 * is stored. A stream that a daemon is just polling is left to it. Throws NX-RECONCILE-SINCE, NX-RECONCILE-NONE, NX-RECONCILE-STREAM, NX-RECONCILE-BUSY,
 * NX-MASTER-KEY-…, NX-DB-….
 */
export async function syncAdapter(
  operator: Operator,
  settings: Pick<Settings, 'masterKeyFile' | 'egressAllowPrivate' | 'dataDir' | 'databaseUrl'>,
  place: AdapterPlace,
  integration: Integration,
  ask: SyncAsk,
  signal: AbortSignal,
): Promise<SyncReport> {
  const names = namesOf(integration, ask.stream)
  const { clock } = operator
  notTooLongAgo(ask, clock.now())
  await using client = new OutgoingClient({ allowPrivate: settings.egressAllowPrivate })
  const reach = await operatorReach(operator, settings, place, integration, client)
  const executor = new ConnectorExecutor({ ...reach, client, clock, logger: silentLogger })
  const reader = new BudgetedReader({ executor, budget: operator.readBudget, logger: silentLogger })
  const parts = {
    integrations: onlyThis(integration),
    clock,
    crashPoints: noCrashPoints,
    readPage: reader.readPage.bind(reader),
    accept: async (request: IntakeRequest): Promise<IntakeResult> => {
      if (ask.dryRun) return await operator.rehearsal.rehearse(request)
      const [result] = await operator.intake.acceptAll([request])
      return result as IntakeResult
    },
  }
  const streams: StreamSync[] = []
  for (const name of names)
    streams.push(await syncStream({ operator, place, integration, name, ask, parts, signal }))
  return { integration: integration.name, dryRun: ask.dryRun, streams }
}

interface StreamWork {
  readonly operator: Operator
  readonly place: AdapterPlace
  readonly integration: Integration
  readonly name: string
  readonly ask: SyncAsk
  readonly parts: Parameters<typeof runTurn>[1]
  readonly signal: AbortSignal
}

async function syncStream(work: StreamWork): Promise<StreamSync> {
  const { operator, name, ask, parts, signal } = work
  const owner = newId()
  let held = await hold(work, owner, 0)
  let from: PageToken | null = null
  let sum = nothingRead(name)
  for (let turns = 0; ; turns += 1) {
    const extra = ask.since === null ? null : { since: ask.since, from }
    const since = ask.since ?? held.readUntil ?? held.beganAt ?? held.now
    const outcome: TurnOutcome = await runTurn(held, parts, signal, extra)
    sum = added(turns === 0 ? { ...sum, since } : sum, outcome)
    const { end, report } = outcome
    const cut = report?.end.state === 'cut' ? report.end : null
    const goesOn = cut !== null && turns < turnsMax && !signal.aborted
    from = cut?.resume ?? null
    if (!ask.dryRun && !(await operator.reconcile.end(held, owner, end))) throw busy(work)
    if (!goesOn) return sum
    // What a turn would have written down is only remembered.
    const { readUntil, position, beganAt } = end
    held = ask.dryRun ? { ...held, readUntil, position, beganAt } : await hold(work, owner, turnLeaseMs)
  }
}

function nothingRead(stream: string): StreamSync {
  const none = { items: 0, events: [], missed: 0, unmapped: [], error: null }
  return { stream, state: 'failed', since: '', ...none }
}

function added(sum: StreamSync, { end, report }: TurnOutcome): StreamSync {
  return {
    ...sum,
    state: report?.end.state ?? 'failed',
    items: sum.items + end.found,
    events: [...sum.events, ...(report?.events ?? [])].slice(0, 1_000),
    missed: sum.missed + end.missed,
    unmapped: [...sum.unmapped, ...(report?.unmapped ?? [])].slice(0, 100),
    error: end.error,
  }
}

/**
 * With --dry-run no row is needed, and none is taken. `waitMs`: for so long somebody else's turn is waited for; what was read in turns
 * before must not be for nothing.
 */
async function hold(work: StreamWork, owner: string, waitMs: number): Promise<HeldStream> {
  const { operator, place, integration, name, ask, signal } = work
  const { reconcile, clock } = operator
  const key = { tenantId: place.tenantId, integration: integration.name, stream: name }
  const endsAtMs = clock.monotonicMs() + waitMs
  while (!ask.dryRun) {
    const held = await reconcile.beginNow(key, owner, turnLeaseMs)
    if (held !== null) return held
    if (clock.monotonicMs() >= endsAtMs || signal.aborted) break
    await delay(busyMs)
  }
  const standings = await reconcile.standings(place.tenantId, integration.name)
  const known = standings.find(({ stream }) => stream === name)
  if (!ask.dryRun) throw known === undefined ? notOn(integration.name, name) : busy(work)
  return {
    ...key,
    turn: '0',
    workspace: known?.workspace ?? place.workspace,
    everyMs: known?.everyMs ?? 300_000,
    readUntil: known?.readUntil ?? null,
    position: null,
    beganAt: null,
    failures: known?.failures ?? 0,
    now: clock.now().toISOString(),
  }
}

function namesOf({ name, connector, reconcile }: Integration, stream: string | null): readonly string[] {
  const all = (connector.definition.reconcile?.streams ?? []).map((one) => one.name)
  if (all.length === 0)
    throw new NxError('configuration', 'NX-RECONCILE-NONE', `'${name}' has nothing to be polled`, {
      detail: `The connector ${connector.definition.connector} reads nothing that webhooks tell.`,
      fix: 'neuronx adapter list --connectors',
    })
  if (stream === null) return reconcile?.streams ?? all
  if (all.includes(stream)) return [stream]
  throw new NxError('not_found', 'NX-RECONCILE-STREAM', `'${name}' has no stream '${stream}'`, {
    fix: `Streams: ${all.join(', ')}.`,
  })
}

/** Of what happened before, the log may not know any more that it was told: it would be published again. */
function notTooLongAgo({ since }: SyncAsk, now: Date): void {
  if (since === null || Date.parse(since) >= now.getTime() - defaultHorizonMs) return
  throw new NxError('usage', 'NX-RECONCILE-SINCE', 'Nobody knows any more what was told so long ago', {
    fix: '--since 7d at most.',
  })
}

function notOn(integration: string, stream: string): NxError {
  return new NxError('configuration', 'NX-RECONCILE-OFF', `'${integration}' does not poll ${stream}`, {
    detail: 'The document leaves it off, or no daemon has seen the document since it was applied.',
    fix: 'Write `reconcile: {}` in the Integration document and apply it; or look with --dry-run.',
  })
}

function busy({ name, integration }: Pick<StreamWork, 'name' | 'integration'>): NxError {
  return new NxError(
    'conflict',
    'NX-RECONCILE-BUSY',
    `${integration.name}.${name} is being polled by a daemon`,
    {
      fix: 'Wait a minute, and look: neuronx adapter show ' + integration.name,
      retryable: true,
    },
  )
}
