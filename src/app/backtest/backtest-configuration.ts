import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { noPastStates } from '../../sales-core/backtest/recorded-events.ts'
import type { RecordedPast } from '../../sales-core/backtest/recorded-events.ts'
import type { BacktestReport } from '../../sales-core/backtest/report.ts'
import { runBacktest } from '../../sales-core/backtest/run-backtest.ts'
import type { BacktestInput } from '../../sales-core/backtest/backtest-input.ts'
import type { BacktestOptions } from '../../sales-core/backtest/run-backtest.ts'
import { DefinitionCache } from '../../sales-core/processing/definition-cache.ts'
import type { ConfigurationSide, SideScope } from './configuration-side.ts'
import { activeSide, directorySide, onlyRule, recordedSide } from './configuration-side.ts'
import { fileRecording } from './file-recording.ts'

/** What a backtest needs of an installation. */
export interface BacktestInstallation {
  readonly revisions: Pick<RevisionStore, 'effective' | 'effectiveByDigest' | 'document'>
  readonly recordedPast: RecordedPast
}

export interface BacktestRequest {
  readonly scope: SideScope
  readonly candidateDirectory: string
  readonly against:
    { readonly kind: 'active' } | { readonly kind: 'digest' | 'directory'; readonly name: string }
  /** `set` or `set/rule`: of the candidate only this; null: all of it. */
  readonly only: string | null
  readonly events:
    | { readonly kind: 'file'; readonly lines: () => AsyncIterable<string> }
    /** RFC 3339. */
    | { readonly kind: 'log'; readonly from: string; readonly until: string }
  readonly options: BacktestOptions
}

/** What a backtest found, as the command line shows it. */
export type BacktestResult = BacktestReport

/** The owner of events that name none: a file of plain CloudEvents. */
const unnamedTenantId = '00000000-0000-8000-8000-000000000000'
const sha256 = /^[0-9a-f]{64}$/

/**
 * Replays recorded events through a candidate and the baseline, changing nothing anywhere. Without an installation both sides are
 * directories and the events come from a file. Throws NX-CONFIG-INVALID, NX-DIGEST-UNKNOWN, NX-RULE-NOT-FOUND, NX-BACKTEST-…
 */
export async function backtestConfiguration(
  installation: BacktestInstallation | null,
  request: BacktestRequest,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<BacktestReport> {
  const { scope, only, options } = request
  const revisions = installation?.revisions ?? null
  const baseline = await baselineOf(installation, request)
  const whole = await directorySide(request.candidateDirectory, revisions, scope)
  const candidate = only === null ? whole : onlyRule(baseline, whole, only, scope)
  return await runBacktest(inputOf(installation, request, { baseline, candidate }, clock), options)
}

async function baselineOf(
  installation: BacktestInstallation | null,
  { scope, against }: BacktestRequest,
): Promise<ConfigurationSide> {
  if (against.kind === 'directory') return directorySide(against.name, installation?.revisions ?? null, scope)
  if (installation === null) throw notOpen('What is active is known to the installation only.')
  if (against.kind === 'active') return activeSide(installation.revisions, scope)
  return recordedSide(installation.revisions, scope, against.name)
}

function inputOf(
  installation: BacktestInstallation | null,
  { scope, events }: BacktestRequest,
  { baseline, candidate }: { readonly baseline: ConfigurationSide; readonly candidate: ConfigurationSide },
  clock: Pick<Clock, 'monotonicMs'>,
): BacktestInput {
  const { tenant, workspace } = scope
  const base = { workspace, baseline: baseline.config, candidate: candidate.config, clock }
  if (events.kind === 'file') {
    return {
      ...base,
      // A file may come from another installation: its events are taken as this tenant's.
      tenant: { id: null, slug: tenant.slug },
      recording: fileRecording(events.lines, { tenantId: tenant.id ?? unnamedTenantId, workspace }),
      past: noPastStates,
      definitionsOf: async () => Promise.resolve(new Map()),
    }
  }
  if (installation === null || tenant.id === null) throw notOpen('The event log is in the database.')
  const { id: tenantId } = tenant
  const definitions = new DefinitionCache(installation.revisions)
  const { from, until } = events
  return {
    ...base,
    tenant,
    recording: installation.recordedPast.recording({ tenantId, workspace, from, until }),
    past: installation.recordedPast.states(tenantId),
    definitionsOf: async (instances, config) => definitions.definitionsOf(tenantId, instances, config),
  }
}

function notOpen(detail: string): NxError {
  return new NxError('usage', 'NX-BACKTEST-OFFLINE', 'This backtest needs the installation', {
    detail,
    fix: 'Name a tenant, or give both --events FILE and --against DIR.',
  })
}

/** `--against`: a digest of 64 characters, else a directory; `active` or nothing: what is active. */
export function againstOf(text: string | undefined): BacktestRequest['against'] {
  if (text === undefined || text === 'active') return { kind: 'active' }
  return { kind: sha256.test(text) ? 'digest' : 'directory', name: text }
}
