import type { Actor } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import { NxError } from '../../kernel/errors.ts'
import type { PlanStore, SavedPlan } from '../revisions/plan-store.ts'
import { planNotFound } from '../revisions/revision-errors.ts'
import type { AppliedScope, ApplyOptions, RevisionStore } from '../revisions/revision-store.ts'
import type { MadePlan } from './make-plan.ts'
import type { PlanFile } from './plan-file.ts'
import type { PlanReport } from './plan-report.ts'
import { blockedPlaces, reportJson } from './plan-report.ts'

export interface ApplyPlanOptions extends Pick<ApplyOptions, 'overrideQuarantine' | 'kind' | 'immediate'> {
  readonly reason: string | null
}

type Revisions = Pick<RevisionStore, 'apply'>

/**
 * Applies a plan that was just made, if nothing has moved since. Needs config.apply on the installation. Throws NX-DENIED,
 * NX-PLAN-UNAPPROVED (it must be saved and approved), and what the store's `apply` throws.
 */
export async function applyMadePlan(
  revisions: Revisions,
  actor: Actor,
  { candidate, report }: MadePlan,
  { reason, ...options }: ApplyPlanOptions,
): Promise<readonly AppliedScope[]> {
  requirePermission(actor, 'config.apply', null)
  requireNoApproval(report, candidate.source.directory)
  requireNobodyBlocked(report)
  const { base, keep, source } = candidate
  return await revisions.apply(candidate.revisions, source, actor, reason, { ...options, base, keep })
}

/** The same for a plan that was kept in a file. Throws NX-PLAN-EXPIRED as well. */
export async function applyPlanFile(
  revisions: Revisions,
  actor: Actor,
  file: PlanFile,
  { reason, ...options }: ApplyPlanOptions,
): Promise<readonly AppliedScope[]> {
  requirePermission(actor, 'config.apply', null)
  requireNoApproval(file.report, file.source.directory)
  requireNobodyBlocked(file.report)
  const { candidate, base, keep, source } = file
  return await revisions.apply(candidate, source, actor, reason, { ...options, base, keep })
}

/**
 * Applies a saved plan: once, while it has not expired, and only on the base that it was made on. Needs config.apply on the
 * installation. Applying it again while its candidate is what is active changes nothing. Throws NX-DENIED, NX-PLAN-NOT-FOUND and what
 * the store's `apply` throws.
 */
export async function applySavedPlan(
  ports: { readonly revisions: Revisions; readonly plans: Pick<PlanStore, 'plan' | 'candidate'> },
  actor: Actor,
  id: string,
  { reason, ...options }: ApplyPlanOptions,
): Promise<readonly AppliedScope[]> {
  requirePermission(actor, 'config.apply', null)
  const plan = await ports.plans.plan(id)
  if (plan === null) throw planNotFound(id)
  requireNobodyBlocked(plan.report as unknown as PlanReport)
  const candidate = await ports.plans.candidate(plan.id)
  return await ports.revisions.apply(candidate, plan.source, actor, reason, { ...options, planId: plan.id })
}

/** Keeps a plan in the database, with its candidate. Needs config.read on the installation: a plan changes nothing. */
export async function savePlan(
  plans: Pick<PlanStore, 'save'>,
  actor: Actor,
  { candidate, report }: MadePlan,
  expiresAt: string,
): Promise<SavedPlan> {
  requirePermission(actor, 'config.read', null)
  return await plans.save(
    {
      digest: report.digest,
      base: candidate.base,
      candidate: candidate.revisions,
      keep: candidate.keep,
      source: candidate.source,
      report: reportJson(report),
      risk: report.risk.class,
      approvers: report.risk.approvers,
      expiresAt,
    },
    actor,
  )
}

/** The same for a plan that was kept in a file: what needs a plan in the database, such as a rollout, can go on from there. */
export async function savePlanFile(
  plans: Pick<PlanStore, 'save'>,
  actor: Actor,
  { base, candidate, keep, source, report, expiresAt }: PlanFile,
): Promise<SavedPlan> {
  requirePermission(actor, 'config.read', null)
  const { digest, risk } = report
  const contents = { digest, base, candidate, keep, source, report: reportJson(report), expiresAt }
  return await plans.save({ ...contents, risk: risk.class, approvers: risk.approvers }, actor)
}

/** Those that should move to the new definition and cannot would stand still for ever between the two. Throws NX-WORKFLOW-UNMAPPED. */
export function requireNobodyBlocked(report: Pick<PlanReport, 'inFlight'>): void {
  const blocked = blockedPlaces(report)
  if (blocked.length === 0) return
  throw new NxError('configuration', 'NX-WORKFLOW-UNMAPPED', 'Instances in flight have nowhere to go', {
    detail: blocked.slice(0, 20).join('; '),
    fix: 'Say where to in on_change.map (old step: new step, or end), or write structure: pin.',
  })
}

/** Approvals are kept with a saved plan; nothing else can have any. */
function requireNoApproval({ risk }: PlanReport, directory: string): void {
  if (risk.approvers === 0) return
  throw new NxError('denied', 'NX-PLAN-UNAPPROVED', 'This change needs to be approved first', {
    detail: `Its risk is ${risk.class} (${risk.reasons[0] ?? ''}); the rollout policy asks for ${risk.approvers} approval(s) of others.`,
    fix: `neuronx config plan ${directory} --save`,
  })
}
