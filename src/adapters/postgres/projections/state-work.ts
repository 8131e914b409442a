import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Job } from '../../../platform/jobs/job.ts'
import type { EntityState } from '../../../sales-core/decide/entity-state.ts'
import { taskKind } from '../../../sales-core/people/task-types.ts'
import { differenceText, stateDifference } from '../../../sales-core/state/state-difference.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import type { ItemResult, ItemWork } from '../jobs/item-work.ts'
import { rewriteTask } from '../people/task-rows.ts'
import { writeAudit } from '../platform/write-audit.ts'
import type { StateRow } from './entity-row.ts'
import { stateColumns, stateOfRow } from './entity-row.ts'
import { foldOn, readBase } from './fold-entity.ts'
import { writeScoreTimers } from './score-timer-rows.ts'

/** Whoever writes the entity waits until it was looked at: row and decisions are of one moment. */
const shared = {
  name: 'verify_entity',
  text: `select ${stateColumns} from entity e where e.tenant_id = $1 and e.entity_key = $2 for share`,
}

const locked = {
  name: 'rebuild_lock',
  text: `select ${stateColumns} from entity e where e.tenant_id = $1 and e.entity_key = $2 for no key update`,
}

const putBeside = {
  name: 'rebuild_beside',
  text: `
insert into entity_rebuild (job_id, tenant_id, entity_key, version, applied_seq, fields, scores, marks)
values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8::jsonb)
on conflict (job_id, tenant_id, entity_key) do update set version = excluded.version, applied_seq = excluded.applied_seq,
  fields = excluded.fields, scores = excluded.scores, marks = excluded.marks, built_at = clock_timestamp()`,
}

const dropBeside = {
  name: 'rebuild_drop',
  text: `delete from entity_rebuild where job_id = $1 and tenant_id = $2 and entity_key = $3`,
}

/** Only in the place of what it was compared with. */
const swap = {
  name: 'rebuild_swap',
  text: `
update entity e set version = r.version, fields = r.fields, scores = r.scores, marks = r.marks, updated_at = clock_timestamp()
from entity_rebuild r
where r.job_id = $1 and r.tenant_id = $2 and r.entity_key = $3 and e.tenant_id = $2 and e.entity_key = $3
  and e.version = $4 and e.applied_seq = $5
returning e.version`,
}

const markSwapped = {
  name: 'rebuild_swapped',
  text: `
update entity_rebuild set replaced = $4::jsonb, swapped_at = clock_timestamp()
where job_id = $1 and tenant_id = $2 and entity_key = $3`,
}

const incomplete = 'Decisions of it are missing, and no base stands in for them.'
const gone: ItemResult = { status: 'skipped', note: 'There is no such entity.' }

type TenantJob = Job & { readonly tenantId: string }

/** Compares the rows of an `entity.verify` job with the fold of their decisions. */
export function entityVerifyWork(): ItemWork {
  return {
    kind: 'entity.verify',
    carryOut: async (client, { tenantId }, { target }) => {
      const [row] = await run<StateRow>(client, shared, [tenantId, target])
      if (row === undefined) return gone
      const base = await readBase(client, tenantId, target)
      const folded = await foldOn(client, tenantId, target, base, row.applied_seq)
      if (folded === null) return { status: 'skipped', note: incomplete }
      const differs = stateDifference(stateOfRow(row), folded)
      return differs.length === 0
        ? { status: 'done', note: `version ${row.version}` }
        : { status: 'failed', note: `It is not what its history says: ${differenceText(differs)}` }
    },
  }
}

/**
 * Builds the rows of an `entity.rebuild` job anew. The fold is made beside the row while events come in; then the row is held, what came
 * meanwhile is folded on, and where the two differ the one takes the other's place.
 */
export function entityRebuildWork(): ItemWork {
  return {
    kind: 'entity.rebuild',
    carryOut: async (client, job, { target }) => {
      const { tenantId } = job
      const base = await readBase(client, tenantId, target)
      const built = await foldOn(client, tenantId, target, base, Number.MAX_SAFE_INTEGER)
      if (built === null) return { status: 'skipped', note: incomplete }
      await beside(client, job, target, built)
      const [row] = await run<StateRow>(client, locked, [tenantId, target])
      const whole = await foldOn(client, tenantId, target, built, Number.MAX_SAFE_INTEGER)
      if (row === undefined || whole === null) {
        await run(client, dropBeside, [job.id, tenantId, target])
        return row === undefined ? gone : { status: 'skipped', note: incomplete }
      }
      const before = stateOfRow(row)
      const differs = stateDifference(before, whole)
      if (differs.length === 0) {
        await run(client, dropBeside, [job.id, tenantId, target])
        return { status: 'skipped', note: 'It is as its history says.' }
      }
      if (whole !== built) await beside(client, job, target, whole)
      return await putInPlace(client, job, target, before, whole, differenceText(differs))
    },
  }
}

async function beside(
  client: pg.ClientBase,
  { id, tenantId }: TenantJob,
  key: string,
  { version, appliedSeq, fields, scores, marks }: EntityState,
): Promise<void> {
  const state = [fields, scores, marks].map((part) => jsonText(part as unknown as JsonObject))
  await run(client, putBeside, [id, tenantId, key, version, appliedSeq, ...state])
}

async function putInPlace(
  client: pg.ClientBase,
  job: TenantJob,
  key: string,
  before: EntityState,
  after: EntityState,
  differs: string,
): Promise<ItemResult> {
  const { id, tenantId } = job
  if (after.appliedSeq > before.appliedSeq)
    return { status: 'failed', note: `Its history goes further than it: ${differs}` }
  const swapped = await run(client, swap, [id, tenantId, key, before.version, before.appliedSeq])
  if (swapped.length === 0)
    throw new NxError('unavailable', 'NX-DB-RETRY', 'An entity changed while it was being rebuilt', {
      retryable: true,
    })
  const { version, fields, scores, marks } = before
  const replaced = { version, fields, scores, marks } as unknown as JsonObject
  await run(client, markSwapped, [id, tenantId, key, jsonText(replaced)])
  // What follows the row is made anew from what is right now, whatever the wrong one had.
  await writeScoreTimers(client, [{ tenantId, before: withoutTimers(after, before), after }])
  if (after.ref.kind === taskKind) await rewriteTask(client, tenantId, key, after.fields)
  await writeAudit(client, {
    tenantId,
    actor: job.actor,
    action: 'entity.rebuild',
    target: `entity/${key}`,
    reason: job.reason,
    before: { version },
    after: { version: after.version, job: id, differed: differs },
  })
  return { status: 'done', note: differs.slice(0, 900) }
}

/** The scores of the rebuilt entity as if none had its timer, and those of the wrong one as if each had. */
function withoutTimers(after: EntityState, before: EntityState): EntityState {
  const names = new Set([...Object.keys(after.scores), ...Object.keys(before.scores)])
  const scores = [...names].flatMap((name) => {
    const state = after.scores[name] ?? before.scores[name]
    return state === undefined ? [] : [[name, { ...state, crossesAt: 'rebuilt' }] as const]
  })
  return { ...after, scores: Object.fromEntries(scores) }
}
