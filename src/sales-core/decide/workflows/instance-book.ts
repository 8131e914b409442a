import type { WorkflowInstance } from '../../workflows/workflow-instance.ts'
import { isQueued, isRunning } from '../../workflows/workflow-instance.ts'

/** The instances of one entity while an event is applied: as they were read, and as they have become. */
export class InstanceBook {
  readonly #current: Map<string, WorkflowInstance>
  readonly #changed = new Set<string>()

  constructor(instances: readonly WorkflowInstance[]) {
    this.#current = new Map(instances.map((instance) => [instance.id, instance]))
  }

  get(id: string): WorkflowInstance | undefined {
    return this.#current.get(id)
  }

  put(instance: WorkflowInstance): void {
    this.#current.set(instance.id, instance)
    this.#changed.add(instance.id)
  }

  /** Those that wait, oldest first: the order in which rows happened to be read must not matter. */
  waiting(): readonly WorkflowInstance[] {
    const waiting = [...this.#current.values()].filter(({ state }) => state.status === 'waiting')
    return waiting.length < 2 ? waiting : waiting.sort(oldestFirst)
  }

  /** Of a workflow, those that are on their way, oldest first. */
  running(workflow: string): readonly WorkflowInstance[] {
    return this.waiting().filter((one) => one.workflow === workflow && isRunning(one.state))
  }

  /** Of a workflow, those that wait for their turn, oldest first. */
  queued(workflow: string): readonly WorkflowInstance[] {
    return this.waiting().filter((one) => one.workflow === workflow && isQueued(one.state))
  }

  /** Those that were started or changed, each once, as they are now. */
  changed(): readonly WorkflowInstance[] {
    return [...this.#changed].flatMap((id) => this.#current.get(id) ?? [])
  }
}

function oldestFirst(a: WorkflowInstance, b: WorkflowInstance): number {
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt ? -1 : 1
  return a.id < b.id ? -1 : 1
}
