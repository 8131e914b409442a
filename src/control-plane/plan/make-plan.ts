import { digestOf } from '../../kernel/digest.ts'
import type { Actor } from '../../platform/access/actor.ts'
import { scopeName } from '../documents/document.ts'
import type { Scope } from '../documents/document.ts'
import type { DocumentKind } from '../documents/document-kind.ts'
import type { QuarantineStore } from '../revisions/quarantine.ts'
import type { NewRevision, RevisionStore, ScopeDigest } from '../revisions/revision-store.ts'
import { rolledBack, rolledBackText } from '../revisions/rolled-back.ts'
import type { EvidenceForecast } from '../rollout/forecast/evidence-forecast.ts'
import type { ResolvedPolicy } from '../rollout/policy/resolved-policy.ts'
import type { Workspace, World } from './world/configuration-world.ts'
import { isBelow } from './world/configuration-world.ts'
import type {
  BehaviourDiff,
  InFlightChange,
  PlannedDocument,
  PlannedScope,
  PlanReport,
  ScopeForecast,
} from './plan-report.ts'
import { planSchema } from './plan-report.ts'
import type { EffectiveChange } from './difference/planned-documents.ts'
import { plannedDocuments } from './difference/planned-documents.ts'
import { governingPolicy } from './governing-policy.ts'
import type { Candidate, CandidatePorts } from './world/read-candidate.ts'
import { readCandidate } from './world/read-candidate.ts'
import type { ClassifyChange } from './risk-of.ts'
import { riskOf } from './risk-of.ts'
import { shownFindings } from './shown-findings.ts'

/** Units (entities with at least one event that day) an hour, by `tenantId/workspace`. */
export interface TrafficReader {
  /** Of the last 7 days; `partial`: so many events that only the newest were counted. Reads only. */
  unitsPerHour(
    tenantIds: readonly string[],
  ): Promise<{ readonly byWorkspace: ReadonlyMap<string, number>; readonly partial: boolean }>
}

export interface PlanPorts extends CandidatePorts {
  readonly quarantine: Pick<QuarantineStore, 'quarantined'>
  readonly revisions: CandidatePorts['revisions'] & Pick<RevisionStore, 'activations'>
  readonly traffic: TrafficReader
  readonly classify: ClassifyChange
  forecast(policy: ResolvedPolicy, unitsPerHour: number): EvidenceForecast
  /** What would be decided otherwise; none: no backtest was asked for. */
  behaviour?(candidate: Candidate, affected: readonly Workspace[]): Promise<readonly BehaviourDiff[]>
  /** What becomes of processes that are under way; none: nobody looks. */
  inFlight?(candidate: Candidate, effects: readonly EffectiveChange[]): Promise<readonly InFlightChange[]>
}

export interface MadePlan {
  readonly candidate: Candidate
  readonly report: PlanReport
}

/** Of how many tenants the traffic is read for a forecast. */
const tenantsMax = 50

/**
 * What applying a directory would do: the difference of what is effective in every workspace, its fan-out, what is known of its
 * behaviour, how long evidence would take, the risk. Changes nothing. Needs config.read on the installation. Throws what
 * `readCandidate` throws.
 */
export async function makePlan(ports: PlanPorts, actor: Actor, directory: string): Promise<MadePlan> {
  const candidate = await readCandidate(ports, actor, 'config.read', directory)
  const { before, after, workspaces, heads, tenants } = candidate
  const quarantined = await ports.quarantine.quarantined(tenants.map(({ id }) => id))
  const reasons = new Map(quarantined.map((one) => [`${scopeName(one.scope)} ${one.digest}`, one.reason]))
  const { documents, affected, effects } = plannedDocuments(before, after, workspaces, ports.kinds)
  const behaviour = (await ports.behaviour?.(candidate, [...affected])) ?? []
  const inFlight = await ports.inFlight?.(candidate, effects)
  const scopes: PlannedScope[] = []
  for (const { scope, digest, documents: own } of candidate.revisions) {
    const base = heads.get(scopeName(scope))?.digest ?? null
    scopes.push({
      scope: scopeName(scope),
      ...{ base, candidate: digest },
      changed: base !== digest,
      documents: own.length,
      quarantined: reasons.get(`${scopeName(scope)} ${digest}`) ?? null,
      rolledBack: base === null || base === digest ? null : await whyBack(ports, scope, digest),
    })
  }
  const changed = scopes.filter((one) => one.changed).map(({ scope }) => scope)
  const approval = approvalRule(before, changed, ports.kinds)
  const report: PlanReport = {
    schema: planSchema,
    digest: planDigest(candidate.base, candidate.revisions),
    source: candidate.source,
    ...{ scopes, documents, behaviour },
    ...(inFlight === undefined ? {} : { inFlight }),
    counts: countsOf(documents),
    workspaces: { affected: affected.size, total: workspaces.length },
    forecasts: await forecasts(ports, candidate, changed, affected),
    risk: riskOf(documents, behaviour, ports.classify, approval),
    warnings: shownFindings(candidate.report.findings),
  }
  return { candidate, report }
}

async function whyBack({ revisions }: PlanPorts, scope: Scope, digest: string): Promise<string | null> {
  const back = await rolledBack(revisions, scope, digest)
  return back === null ? null : rolledBackText(back)
}

/** What a plan is pinned to: sha256 over the digests of base and candidate by scope. */
export function planDigest(
  base: readonly ScopeDigest[],
  candidate: readonly Pick<NewRevision, 'scope' | 'digest'>[],
): string {
  const flat = (list: readonly ScopeDigest[]): Record<string, string | null> =>
    Object.fromEntries(list.map(({ scope, digest }) => [scopeName(scope), digest]))
  return digestOf({ base: flat(base), candidate: flat(candidate) })
}

/** The strictest rule of the policies that govern the changed scopes today; a candidate cannot loosen its own. */
function approvalRule(before: World, changed: readonly string[], kinds: readonly DocumentKind[]) {
  const rules = changed.flatMap((scope) => {
    const policy = governingPolicy(before, scope, kinds)
    return policy.name === null || policy.approval.risk === null || policy.approval.approvers === 0
      ? []
      : [{ risk: policy.approval.risk, approvers: policy.approval.approvers }]
  })
  const order = ['low', 'medium', 'high']
  const [lowest] = rules.toSorted((a, b) => order.indexOf(a.risk) - order.indexOf(b.risk))
  if (lowest === undefined) return null
  return { risk: lowest.risk, approvers: Math.max(...rules.map(({ approvers }) => approvers)) }
}

async function forecasts(
  { traffic, forecast, kinds }: PlanPorts,
  { before, tenants }: Candidate,
  changed: readonly string[],
  affected: ReadonlySet<Workspace>,
): Promise<readonly ScopeForecast[]> {
  const ids = new Map(tenants.map(({ slug, id }) => [slug, id]))
  const seen = [...new Set([...affected].map(({ tenant }) => tenant))]
  const counted = new Set(seen.slice(0, tenantsMax))
  const { byWorkspace, partial } = await traffic.unitsPerHour(
    [...counted].flatMap((slug) => ids.get(slug) ?? []),
  )
  const notes = [
    ...(partial ? ['the traffic of the newest events only'] : []),
    ...(seen.length > counted.size ? [`the traffic of ${counted.size} of ${seen.length} tenants`] : []),
  ]
  return changed.flatMap((scope): ScopeForecast[] => {
    const below = [...affected].filter((workspace) => isBelow(workspace, scope))
    if (below.length === 0) return []
    const unitsPerHour = below.reduce(
      (sum, { tenant, workspace }) => sum + (byWorkspace.get(`${ids.get(tenant) ?? ''}/${workspace}`) ?? 0),
      0,
    )
    const policy = governingPolicy(before, scope, kinds)
    return [{ scope, forecast: forecast(policy, unitsPerHour), note: notes.join('; ') || null }]
  })
}

function countsOf(documents: readonly PlannedDocument[]): PlanReport['counts'] {
  const count = (change: PlannedDocument['change']): number =>
    documents.filter((document) => document.change === change).length
  return {
    added: count('added'),
    changed: count('changed'),
    removed: count('removed'),
    renamed: count('renamed'),
  }
}
