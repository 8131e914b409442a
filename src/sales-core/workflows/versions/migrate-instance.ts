import type { CompiledStep, CompiledWorkflow } from '../compiled-workflow.ts'
import { stepById } from '../compiled-workflow.ts'
import type {
  InstanceMemory,
  InstanceWait,
  Position,
  WaitingState,
  WorkflowInstance,
} from '../workflow-instance.ts'
import { positionsOf, waitingState } from '../workflow-instance.ts'
import type { DueOf } from './retime-instance.ts'
import { retimeInstance } from './retime-instance.ts'

/** What becomes of an instance when it goes over to a new definition. */
export type Migration =
  | { readonly state: 'migrated'; readonly instance: WorkflowInstance; readonly notes: readonly string[] }
  /** It has ended, or is on that definition already. */
  | { readonly state: 'unchanged' }
  /** It stays where it is until somebody says where to: one reason per place. */
  | { readonly state: 'blocked'; readonly reasons: readonly MigrationProblem[] }

export interface MigrationProblem {
  readonly stepId: string
  readonly reason: string
}

/**
 * Moves an instance to another definition of its workflow. A position stays at the step of the same id; `map` (old step id -> new
 * step id, or `end`) says where else, and a step that is named there is entered afresh. A step that is gone needs an entry: nobody
 * is moved by guess. Waits are reckoned from when they began. Pure.
 */
export function migrateInstance(
  instance: WorkflowInstance,
  old: CompiledWorkflow,
  next: CompiledWorkflow,
  map: Readonly<Record<string, string>>,
  now: Date,
  dueOf: DueOf,
): Migration {
  const { state } = instance
  if (state.status !== 'waiting' || instance.definitionDigest === next.digest) return { state: 'unchanged' }
  const reasons: MigrationProblem[] = [...memoryProblems(state, next)]
  const positions: Position[] = []
  for (const position of positionsOf(state)) {
    const moved = movePosition(position, old, next, map, now)
    if (typeof moved === 'string') reasons.push({ stepId: position.stepId, reason: moved })
    else if (moved !== null) positions.push(moved)
  }
  if (reasons.length > 0) return { state: 'blocked', reasons }
  const base = { ...instance, definitionDigest: next.digest, seq: instance.seq + 1 }
  if (positions.length === 0) {
    const ended = state.memory?.closing ?? { status: 'done' as const, endedAt: now.toISOString() }
    return { state: 'migrated', instance: { ...base, state: ended }, notes: [] }
  }
  const { memory, notes } = memoryIn(next, state.memory ?? {})
  const moved = { ...base, state: waitingState(positions, memory) }
  return { state: 'migrated', instance: { ...retimeInstance(next, moved, dueOf), seq: base.seq }, notes }
}

/** The position in the new definition; null: it ends; a text: why it cannot go there. */
function movePosition(
  { stepId, wait }: Position,
  old: CompiledWorkflow,
  next: CompiledWorkflow,
  map: Readonly<Record<string, string>>,
  now: Date,
): Position | string | null {
  const from = stepById(old, stepId)
  const wanted = Object.hasOwn(map, stepId) ? map[stepId] : undefined
  const isBeside = wait.kind === 'undo' || wait.kind === 'fallback'
  if (wanted === 'end') {
    if (isBeside) return { stepId, wait }
    return from?.frame == null ? null : 'it is in a branch or a saga, which does not end by itself'
  }
  if (wait.kind === 'turn') return { stepId: next.steps[0]?.id ?? stepId, wait }
  const to = stepById(next, wanted ?? stepId)
  if (to === undefined)
    return wanted === undefined
      ? 'the step is gone, and on_change.map does not say where to'
      : `there is no step ${wanted}`
  if ((from?.frame ?? null) !== to.frame) return `${to.id} is in another branch or saga`
  if (isBeside) return to.verb === 'command' ? { stepId: to.id, wait } : 'it is no call or send any more'
  if (wanted !== undefined) return { stepId: to.id, wait: { kind: 'enter', until: now.toISOString() } }
  const carried = carriedWait(wait, to)
  return carried === null
    ? 'the step does something else now: on_change.map has to say where to'
    : { stepId, wait: carried }
}

/** The wait as the new step has it; null: it is not what that step waits for. */
function carriedWait(wait: InstanceWait, step: CompiledStep): InstanceWait | null {
  switch (wait.kind) {
    case 'timer':
      return step.verb === 'wait' ? wait : null
    case 'event':
      if (step.verb !== 'wait_for') return null
      return {
        ...wait,
        eventType: step.event,
        where: step.where?.source ?? null,
        until: step.upTo === null ? null : wait.until,
      }
    case 'result':
    case 'retry':
      return step.verb === 'command' ? wait : null
    case 'task':
      return step.verb === 'task' ? wait : null
    case 'workflow':
      return step.verb === 'start' ? wait : null
    default:
      return wait
  }
}

/** Parallel steps that are open and sagas that are half done have to be there as they were. */
function memoryProblems({ memory }: WaitingState, next: CompiledWorkflow): readonly MigrationProblem[] {
  const problems: MigrationProblem[] = []
  for (const [id, names] of Object.entries(memory?.open ?? {})) {
    const step = stepById(next, id)
    const branches = new Set(step?.verb === 'parallel' ? step.branches.map(({ name }) => name) : [])
    if (names.some((name) => !branches.has(name)))
      problems.push({ stepId: id, reason: 'it is on its way in branches that are gone' })
  }
  for (const [id, { done }] of Object.entries(memory?.sagas ?? {})) {
    if (stepById(next, id)?.verb !== 'saga')
      problems.push({ stepId: id, reason: 'the saga is half done and gone' })
    for (const { stepId } of done)
      if (stepById(next, stepId)?.verb !== 'command')
        problems.push({ stepId, reason: `the call took effect, and saga ${id} would not undo it any more` })
  }
  return problems
}

/** What it remembers of waits that look back, as far as they are there. */
function memoryIn(
  next: CompiledWorkflow,
  { early, ...memory }: InstanceMemory,
): { readonly memory: InstanceMemory; readonly notes: readonly string[] } {
  if (early === undefined) return { memory, notes: [] }
  const kept = Object.entries(early).filter(([id]) => {
    const step = stepById(next, id)
    return step?.verb === 'wait_for' && step.since !== null
  })
  const gone = Object.keys(early).filter((id) => !kept.some(([other]) => other === id))
  return {
    memory: kept.length === 0 ? memory : { ...memory, early: Object.fromEntries(kept) },
    notes: gone.map((id) => `What came early for ${id} is forgotten: it does not look back any more`),
  }
}
