import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import { migrateInstance } from '../../workflows/versions/migrate-instance.ts'
import type { DueOf } from '../../workflows/versions/retime-instance.ts'
import { retimeInstance } from '../../workflows/versions/retime-instance.ts'
import { spreadOverdue } from '../../workflows/versions/spread-overdue.ts'
import type { WorkflowInstance } from '../../workflows/workflow-instance.ts'

/** What following the active definition makes of an instance in flight. */
export interface Followed {
  /** The instance as it was when nothing moves. */
  readonly instance: WorkflowInstance
  /** For the trace. Empty when there is nothing to say. */
  readonly notes: readonly string[]
  /** It should have moved and may not: somebody has to say where to. */
  readonly blocked: boolean
}

/**
 * Brings an instance to what the active definition's `on_change` says: it is moved to the new structure, or its waits are reckoned
 * anew, or it stays as it is. `pinned`: the definition it runs by, with what it follows already. Pure.
 */
export function followDefinition(
  instance: WorkflowInstance,
  pinned: CompiledWorkflow,
  active: CompiledWorkflow,
  dueOf: DueOf,
  now: Date,
): Followed {
  const { onChange } = active
  const isOther = instance.definitionDigest !== active.digest
  if (isOther && onChange.structure === 'migrate') {
    const migration = migrateInstance(instance, pinned, active, onChange.map, now, dueOf)
    if (migration.state === 'migrated')
      return {
        instance: spreadOverdue(instance, migration.instance, now),
        notes: [
          `${instance.workflow} ${instance.id} goes on under ${active.digest.slice(0, 12)}`,
          ...migration.notes,
        ],
        blocked: false,
      }
    if (migration.state === 'blocked')
      return {
        instance,
        notes: migration.reasons.map(
          ({ stepId, reason }) => `${instance.workflow} ${instance.id} stays at ${stepId}: ${reason}`,
        ),
        blocked: true,
      }
  }
  if (isOther && onChange.timing === 'pin') return { instance, notes: [], blocked: false }
  const timed = retimeInstance(pinned, instance, dueOf)
  if (timed === instance) return { instance, notes: [], blocked: false }
  return {
    instance: spreadOverdue(instance, timed, now),
    notes: [`${instance.workflow} ${instance.id} waits as long as it says now`],
    blocked: false,
  }
}
