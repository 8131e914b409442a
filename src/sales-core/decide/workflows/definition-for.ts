import { NxError } from '../../../kernel/errors.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import { followed } from '../../workflows/versions/followed.ts'
import type { WorkflowInstance } from '../../workflows/workflow-instance.ts'
import { engineRev } from '../../workflows/workflow-instance.ts'
import type { RuleTrace, WorkflowTrace } from '../decision.ts'

/**
 * The definition that an instance runs by: the one it is pinned to, with what it follows of the active one. null: it is gone.
 * Throws NX-WORKFLOW-REV (configuration) for an instance that a newer version wrote: the event waits for that version.
 */
export function definitionFor(
  { id, workflow, definitionDigest: digest, state }: WorkflowInstance,
  config: Pick<SalesConfig, 'definition' | 'workflow'>,
  pinned: ReadonlyMap<string, CompiledWorkflow>,
): CompiledWorkflow | null {
  if (state.status === 'waiting' && (state.rev ?? 1) > engineRev)
    throw new NxError('configuration', 'NX-WORKFLOW-REV', `Instance ${id} was written by a newer version`, {
      fix: 'Let the newer version handle it: upgrade this daemon, then replay the event.',
    })
  const active = config.definition(digest)
  if (active !== null) return active
  const own = pinned.get(digest)
  return own === undefined ? null : followed(own, config.workflow(workflow))
}

/** Without its definition an instance can never go on: it fails. */
export function withoutDefinition(
  instance: WorkflowInstance,
  now: Date,
): {
  readonly instance: WorkflowInstance
  readonly trace: WorkflowTrace
  readonly code: string
  readonly message: string
} {
  const { id, workflow, definitionDigest, state, seq } = instance
  const stepId = state.status === 'waiting' ? state.stepId : 'start'
  const code = 'NX-WORKFLOW-DEFINITION'
  const message = `The definition ${definitionDigest.slice(0, 12)} it was started with is not there any more`
  const failed = {
    status: 'failed',
    endedAt: now.toISOString(),
    stepId,
    error: `${code}: ${message}`,
  } as const
  return {
    instance: { ...instance, seq: seq + 1, state: failed },
    trace: { instanceId: id, workflow, from: stepId, to: 'failed', ran: [] },
    code,
    message,
  }
}

/** A start of a workflow that is not there. */
export function unknownWorkflow(rule: string, name: string): RuleTrace {
  const error = `There is no workflow '${name}' any more`
  return { rule, outcome: 'failed', code: 'NX-WORKFLOW-UNKNOWN', error }
}
