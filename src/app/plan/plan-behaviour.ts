import { readFile } from 'node:fs/promises'
import type { World, Workspace } from '../../control-plane/plan/world/configuration-world.ts'
import type { Candidate } from '../../control-plane/plan/world/read-candidate.ts'
import type { BehaviourDiff } from '../../control-plane/plan/plan-report.ts'
import { scopeName } from '../../control-plane/documents/document.ts'
import { bundleDigest } from '../../control-plane/revisions/revision-digest.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { BacktestReport } from '../../sales-core/backtest/report.ts'
import { backtestSchema } from '../../sales-core/backtest/report.ts'
import { backtestConfiguration } from '../backtest/backtest-configuration.ts'
import type { Operator } from '../operator.ts'

/** Workspaces that a plan is backtested in, the first by name. */
const workspacesMax = 20

export interface BehaviourRequest {
  readonly directory: string
  /** RFC 3339; the event log from then on. */
  readonly from: string
}

/** The parts of a backtest's report that a plan keeps: figures, no ids of people. */
export function behaviourOf(report: BacktestReport): BehaviourDiff {
  const { id, tenant, workspace, events, units, decisions, bands, rules, actions, errors, notReplayed } =
    report
  return {
    ...{ id, tenant, workspace, units, bands },
    events: { read: events.read, replayed: events.replayed, from: events.from, to: events.to },
    changedUnits: decisions.changedUnits,
    rules: rules.map(({ rule, baseline, candidate }) => ({ rule, baseline, candidate })),
    actions: actions.map(({ kind, name, baseline, candidate }) => ({ kind, name, baseline, candidate })),
    newlyFailing: errors.newlyFailing,
    notReplayed: notReplayed.events,
    signals: report.signals.map(({ name, units, candidate }) => ({ name, units, count: candidate.count })),
  }
}

/** Replays what passed through the affected workspaces; those beyond the first 20 are said to be left out. */
export async function backtestPlan(
  operator: Operator,
  { directory, from }: BehaviourRequest,
  affected: readonly Workspace[],
  note: (text: string) => void,
): Promise<readonly BehaviourDiff[]> {
  const tenants = new Map((await operator.tenants.list()).map((tenant) => [tenant.slug, tenant.id]))
  const chosen = affected.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, workspacesMax)
  if (affected.length > chosen.length)
    note(`Backtested ${chosen.length} of ${affected.length} workspaces; others: neuronx config backtest`)
  const found: BehaviourDiff[] = []
  for (const { tenant, workspace } of chosen) {
    const id = tenants.get(tenant)
    if (id === undefined) continue
    const report = await backtestConfiguration(
      operator,
      {
        scope: { tenant: { id, slug: tenant }, workspace },
        candidateDirectory: directory,
        against: { kind: 'active' },
        only: null,
        events: { kind: 'log', from, until: operator.clock.now().toISOString() },
        options: { divergencesMax: 0 },
      },
      operator.clock,
    )
    found.push(behaviourOf(report))
  }
  return found
}

/**
 * A backtest's report out of a file. It must be about this candidate: its digest is that of a workspace's bundle. Throws
 * NX-PLAN-BACKTEST (invalid).
 */
export async function readBehaviour(file: string, candidate: Candidate): Promise<readonly BehaviourDiff[]> {
  const report = await readReport(file)
  const { tenant, workspace } = report
  const known = candidate.workspaces.find((one) => one.tenant === tenant && one.workspace === workspace)
  const digest = known === undefined ? null : bundleOf(candidate.after, known)
  if (digest === report.candidate.digest) return [behaviourOf(report)]
  throw notOfThis(file, `it is about ${report.candidate.digest.slice(0, 12)} in ${tenant}/${workspace}`)
}

async function readReport(file: string): Promise<BacktestReport> {
  let parsed: unknown
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw notOfThis(file, errorText(error))
  }
  // As `config backtest --json` prints it, or its data alone.
  const inner: unknown = isRecord(parsed) && isRecord(parsed['data']) ? parsed['data'] : parsed
  if (isRecord(inner) && inner['schema'] === backtestSchema) return inner as unknown as BacktestReport
  throw notOfThis(file, `it is not a report (${backtestSchema})`)
}

function bundleOf(world: World, { chain }: Workspace): string {
  return bundleDigest(
    chain.flatMap((scope) => {
      const digest = world.get(scopeName(scope))?.digest ?? null
      return digest === null ? [] : [{ scope, digest }]
    }),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notOfThis(file: string, why: string): NxError {
  return new NxError('invalid', 'NX-PLAN-BACKTEST', 'This is not a backtest of what is planned', {
    detail: why,
    where: { file },
    fix: 'Make one: neuronx config backtest DIR --json > FILE',
  })
}
