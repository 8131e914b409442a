import type { JsonObject } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { Job } from '../../../platform/jobs/job.ts'
import type { InstanceStatus } from '../../../sales-core/reading/workflow-reader.ts'
import type { WorkflowAskKind } from '../../../sales-core/workflows/workflow-asks.ts'
import { workflowAskKinds } from '../../../sales-core/workflows/workflow-asks.ts'
import { run } from '../connection/transaction.ts'
import { effectState } from '../dead-letters/letter-work.ts'
import type { ItemWork } from '../jobs/item-work.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { appendAsk } from './append-ask.ts'
import type { AskedInstance } from './append-ask.ts'

interface HeldInstance extends AskedInstance {
  readonly workflow: string
  readonly status: InstanceStatus
  readonly definition_digest: string
}

const columns =
  'w.id, w.tenant_id, w.entity_key, w.correlation_id, w.started_by, w.workflow, w.status, w.definition_digest'

const look = {
  name: 'workflow_ask_look',
  text: `
select ${columns}, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now
from workflow_instance w where w.tenant_id = $1 and w.id = $2 limit 1`,
}

/** What is written of an instance beside its decisions waits for the one that is moving it. */
const holdEntity = {
  name: 'workflow_hold_entity',
  text: 'select 1 as held from entity where tenant_id = $1 and entity_key = $2 for no key update',
}

/** Noted with the event: whoever is asked does not have to be asked again. The state itself is changed by the event alone. */
const noteFollowed = {
  name: 'workflow_note_followed',
  text: 'update workflow_instance set followed = $3 where tenant_id = $1 and id = $2',
}

/** Asks the instances of `workflow.*` jobs, each by an event of its entity. */
export function instanceWorks(): readonly ItemWork[] {
  return workflowAskKinds.map(instanceWork)
}

function instanceWork(kind: WorkflowAskKind): ItemWork {
  return {
    kind: `workflow.${kind}`,
    carryOut: async (client, job, item) => {
      const [held] = await run<HeldInstance>(client, look, [job.tenantId, item.target])
      if (held === undefined) return { status: 'skipped', note: 'It is not there any more.' }
      const why = leftAlone(kind, held.status)
      if (why !== null) return { status: 'skipped', note: why }
      if (kind === 'follow') {
        const digest = followedBy(job, held.workflow)
        if (digest !== null) {
          await run(client, holdEntity, [job.tenantId, held.entity_key])
          await run(client, noteFollowed, [job.tenantId, held.id, digest])
        }
      }
      const id = await appendAsk(client, held, { kind, key: job.id, data: dataOf(job, kind) })
      // One row for the whole job says who moved all that were in flight.
      if (kind !== 'follow')
        await writeAudit(client, {
          tenantId: job.tenantId,
          actor: job.actor,
          action: `workflow.${kind}`,
          target: `workflow_instance/${held.id}`,
          reason: job.reason,
          before: { status: held.status, workflow: held.workflow },
          after: { event: id, job: job.id },
        })
      return { status: 'done', note: id }
    },
    settled: async (client, job, item) => await effectState(client, job.tenantId, item.note),
  }
}

/** Why nothing can be asked of an instance that is so; null: something can. */
function leftAlone(kind: WorkflowAskKind, status: InstanceStatus): string | null {
  if (kind === 'retry') return status === 'done' ? 'It has come to its end.' : null
  return status === 'waiting' ? null : 'It has ended.'
}

function dataOf(job: Job, kind: WorkflowAskKind): JsonObject {
  const { action } = job.options
  const { step = null, event = null, data = null } = isJsonObject(action) ? action : {}
  const asked = { by: job.actor, reason: job.reason, job: job.id }
  if (kind === 'retry') return { ...asked, step }
  return kind === 'signal' ? { ...asked, event, data } : asked
}

function followedBy(job: Job, workflow: string): string | null {
  const { definitions } = job.options
  const digest = isJsonObject(definitions) ? definitions[workflow] : undefined
  return typeof digest === 'string' ? digest : null
}
