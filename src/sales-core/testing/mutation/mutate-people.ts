import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { AssignSpec, TaskSpec } from '../../people/people-shape.ts'
import { times } from './mutate-memory.ts'

/** Something else asked of a team, or of a task. `path` is below `assign` or `task`. */
export interface PeopleChange<Spec> {
  readonly value: Spec
  readonly path: DocumentPath
  readonly change: string
}

/** The changes of an `assign`: another way of picking, each demand left out, the owner kept or not. */
export function* mutateAssign(assign: AssignSpec): Generator<PeopleChange<AssignSpec>> {
  if (assign.release === true) return
  const { by = 'round_robin', only, skills, keep_owner: keeps = false } = assign
  const otherBy = by === 'round_robin' ? 'least_busy' : 'round_robin'
  yield { value: { ...assign, by: otherBy }, path: ['by'], change: `${by} to ${otherBy}` }
  if (only !== undefined)
    yield { value: { ...assign, only: undefined }, path: ['only'], change: 'without only' }
  if (skills !== undefined)
    yield { value: { ...assign, skills: undefined }, path: ['skills'], change: 'without skills' }
  yield {
    value: { ...assign, keep_owner: !keeps },
    path: ['keep_owner'],
    change: `${keeps} to ${!keeps}`,
  }
}

/** The changes of a `task`: when it is due, each rung's time, each rung left out. */
export function* mutateTask(task: TaskSpec): Generator<PeopleChange<TaskSpec>> {
  const { due, escalate = [] } = task
  for (const { text, change } of times(due)) yield { value: { ...task, due: text }, path: ['due'], change }
  for (const [index, rung] of escalate.entries()) {
    const path = ['escalate', index]
    const left = escalate.toSpliced(index, 1)
    yield {
      value: { ...task, escalate: left.length === 0 ? undefined : left },
      path,
      change: 'without this rung',
    }
    for (const { text, change } of times(rung.after))
      yield {
        value: { ...task, escalate: escalate.with(index, { ...rung, after: text }) },
        path: [...path, 'after'],
        change,
      }
  }
}
