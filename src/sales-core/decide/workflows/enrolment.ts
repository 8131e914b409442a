import { isJsonObject } from '../../../kernel/json.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { Refusal, StartResult } from '../../workflows/run/step-services.ts'
import type { EndedState, WorkflowInstance } from '../../workflows/workflow-instance.ts'
import { endOf } from '../../workflows/workflow-instance.ts'
import type { MarkDraft } from '../marks.ts'

/** Instances of one workflow that an entity may have at once, and enrolments that may wait for their turn. */
export const parallelInstancesMax = 20
export const queuedInstancesMax = 20
/** Workflows that start one another within one event. */
export const startsInRowMax = 8

/** The mark that counts an entity's enrolments in a workflow. */
export function enrolMark(workflow: string): string {
  return `enroll:${workflow}`
}

/** Why the entity is not enrolled now; null: it is. `running`: ids of the instances that are on their way. */
export function enrolProblem(
  workflow: CompiledWorkflow,
  given: {
    readonly running: readonly string[]
    readonly queued: number
    readonly marks: MarkDraft
    readonly now: Date
  },
): string | null {
  const { running, queued, marks, now } = given
  const { entityKind, enroll } = workflow
  const again = againProblem(workflow, marks, now)
  if (again !== null) return again
  const [first] = running
  if (first !== undefined && enroll.whileRunning === 'ignore')
    return `it is running for this ${entityKind} (${first})`
  if (enroll.whileRunning === 'parallel' && running.length >= parallelInstancesMax)
    return `it is running ${running.length} times for this ${entityKind}`
  return queued >= queuedInstancesMax ? `${queued} enrolments wait for their turn` : null
}

/** A step's start of a workflow that is not there. */
export function noSuchWorkflow(name: string): Refusal {
  return {
    state: 'refused',
    code: 'NX-WORKFLOW-UNKNOWN',
    message: `There is no workflow '${name}' any more`,
  }
}

/** Why a step cannot start a workflow for an entity of this kind; null: it can. `running`: those whose steps are running. */
export function startProblem(
  name: string,
  workflow: CompiledWorkflow | null,
  entityKind: string,
  running: number,
): StartResult | Refusal | null {
  if (workflow === null) return noSuchWorkflow(name)
  if (workflow.entityKind !== entityKind)
    return { state: 'not_started', why: `it is for ${workflow.entityKind}` }
  const message = `${startsInRowMax} workflows have started one another`
  return running >= startsInRowMax ? { state: 'refused', code: 'NX-CHAIN-DEPTH', message } : null
}

/** An instance before its first step. */
export function freshInstance(
  workflow: CompiledWorkflow,
  id: string,
  key: string,
  event: LoggedEvent,
  now: Date,
): WorkflowInstance {
  const startedAt = now.toISOString()
  return {
    id,
    workflow: workflow.name,
    definitionDigest: workflow.digest,
    entityKey: key,
    state: { status: 'done', endedAt: startedAt },
    seq: 0,
    vars: {},
    startedByEventId: event.id,
    startedAt,
    steps: 0,
  }
}

/** What a start came to: the instance may have come to its end at once. */
export function startResult({ id, state }: WorkflowInstance): StartResult {
  const ended = endOf(state)
  return ended === null ? { state: 'started', instanceId: id } : { state: 'ended', ...endedHow(ended) }
}

/** How an instance ended, as those who waited for it are told. */
export function endedHow(ended: EndedState): { readonly how: string; readonly failed: boolean } {
  const failed = ended.status === 'failed'
  return { how: failed ? 'failed' : (ended.how ?? 'end'), failed }
}

/** Why `again` does not let the entity be enrolled now; null: it does. */
function againProblem({ name, enroll }: CompiledWorkflow, marks: MarkDraft, now: Date): string | null {
  const { afterMs, max } = enroll
  if (afterMs === null && max === null) return null
  const { count, lastMs } = enrolments(name, marks)
  if (max !== null && count >= max) return `it has been enrolled ${count} times, as often as it may be`
  if (afterMs === null || lastMs === null || now.getTime() - lastMs >= afterMs) return null
  return `it may be enrolled again from ${new Date(lastMs + afterMs).toISOString()}`
}

/** Counts an enrolment, where `again` asks for it. */
export function countEnrolment({ name, enroll }: CompiledWorkflow, marks: MarkDraft, now: Date): void {
  const { afterMs, max } = enroll
  if (afterMs === null && max === null) return
  const { count } = enrolments(name, marks)
  // Only a limit on how often has to be remembered for ever.
  const until = max !== null || afterMs === null ? null : new Date(now.getTime() + afterMs).toISOString()
  marks.set(enrolMark(name), { count: count + 1, last: now.toISOString() }, until)
}

function enrolments(
  name: string,
  marks: MarkDraft,
): { readonly count: number; readonly lastMs: number | null } {
  const value = marks.read(enrolMark(name))
  if (!isJsonObject(value)) return { count: 0, lastMs: null }
  const { count, last } = value
  return {
    count: typeof count === 'number' ? count : 0,
    lastMs: typeof last === 'string' ? Date.parse(last) : null,
  }
}
