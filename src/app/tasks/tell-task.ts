import { NxError } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { parseCloudEvent } from '../../messaging/events/cloud-event.ts'
import type { AcceptedEvent } from '../../messaging/intake/event-intake.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import { taskState } from '../../sales-core/people/task-state.ts'
import { taskKind } from '../../sales-core/people/task-types.ts'
import type { Operator } from '../operator.ts'
import { publishEvents } from '../publish-events.ts'

/** What a person says of a task: the type of the event (`task.completed`, …) and its data. */
export interface TaskWord {
  readonly type: string
  readonly data: JsonObject
}

/**
 * Publishes an event of an open task; the daemon applies it like every other. Throws NX-TASK-NOT-FOUND, and NX-TASK-CLOSED when
 * nothing would follow, beside what publishing throws.
 */
export async function tellTask(
  operator: Pick<Operator, 'actor' | 'clock' | 'entities' | 'intake'>,
  tenant: Tenant,
  workspace: string,
  id: string,
  { type, data }: TaskWord,
): Promise<AcceptedEvent> {
  const view = await operator.entities.byId(tenant.id, workspace, { kind: taskKind, id })
  const task = view === null ? null : taskState(view.fields)
  if (task === null)
    throw new NxError('not_found', 'NX-TASK-NOT-FOUND', `There is no task '${id}'`, {
      fix: `neuronx task list --tenant ${tenant.slug}`,
    })
  if (task.status !== 'open')
    throw new NxError('conflict', 'NX-TASK-CLOSED', `The task is ${task.status} already`, {
      fix: `neuronx task show ${id} --tenant ${tenant.slug}`,
    })
  const event = parseCloudEvent({
    specversion: '1.0',
    id: newId(),
    source: 'neuronx-cli',
    type,
    subject: `${taskKind}/${id}`,
    data,
  })
  const [accepted] = await publishEvents(operator, tenant, workspace, [event])
  if (accepted === undefined)
    throw new NxError('bug', 'NX-TASK-PUBLISH', 'An event was accepted and is not there')
  return accepted
}
