import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Job, JobPace } from '../../../platform/jobs/job.ts'
import type {
  RecomputeCandidate,
  RecomputeSelection,
  ScoreRecomputes,
} from '../../../sales-core/scoring/score-recomputes.ts'
import { inReadOnlyTenants, inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, newJobId } from '../jobs/create-job.ts'
import { pastOf } from './entity-past.ts'
import type { StateRow } from './entity-row.ts'
import { stateColumns, stateOfRow } from './entity-row.ts'
import type { RecomputeOptions } from './score-recompute-work.ts'

/**
 * Of one tenant, in the order of their keys. Which model scored an entity is compared with the model of its workspace; what was never
 * scored by it differs too.
 */
const selected = `
from entity e join unnest($4::text[], $5::text[]) w(workspace, digest) on w.workspace = e.workspace
where e.tenant_id = $1 and e.kind = $2 and e.applied_seq > 0
  and ($6::boolean or e.scores->$3::text->>'model' is distinct from w.digest)`

const countSelected = { name: 'recompute_count', text: `select count(*)::integer as n ${selected}` }

const pageOfSelected = {
  name: 'recompute_page',
  text: `
select ${stateColumns} ${selected} and ($7::text is null or e.entity_key > $7::text) order by e.entity_key limit $8`,
}

const freeze = {
  name: 'recompute_freeze',
  text: `
insert into job_item (job_id, ord, tenant_id, target)
select $7::uuid, row_number() over (order by entity_key), $1, entity_key
from (select e.entity_key ${selected} order by e.entity_key limit $8) s
returning ord`,
}

const headsOf = {
  name: 'recompute_heads',
  text: `
select h.entity_key, h.seq from unnest($2::text[]) k(entity_key) cross join lateral (
  select * from entity_head h where h.tenant_id = $1 and h.entity_key = k.entity_key limit 1) h`,
}

/** Plans and starts recomputes of scores, on Postgres. */
export class PostgresScoreRecomputes implements ScoreRecomputes {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async count(tenantId: string, selection: Omit<RecomputeSelection, 'max'>): Promise<number> {
    const rows = await inReadOnlyTenants(this.#pool, [tenantId], async (client) =>
      run<{ n: number }>(client, countSelected, valuesOf(tenantId, selection)),
    )
    return rows[0]?.n ?? 0
  }

  async candidates(
    tenantId: string,
    selection: RecomputeSelection,
    { after, max, withPast }: { after: string | null; max: number; withPast: boolean },
  ): Promise<readonly RecomputeCandidate[]> {
    return inReadOnlyTenants(this.#pool, [tenantId], async (client) => {
      const values = [...valuesOf(tenantId, selection), after, max]
      const rows = await run<StateRow>(client, pageOfSelected, values)
      if (!withPast)
        return rows.map((row) => ({ entityKey: row.entity_key, entity: stateOfRow(row), past: [] }))
      const keys = rows.map((row) => row.entity_key)
      const heads = await run<{ entity_key: string; seq: number }>(client, headsOf, [tenantId, keys])
      const seqOf = new Map(heads.map((head) => [head.entity_key, head.seq]))
      const found: RecomputeCandidate[] = []
      for (const row of rows) {
        const { entity_key: entityKey, applied_seq: appliedSeq } = row
        const toSeq = seqOf.get(entityKey) ?? appliedSeq
        const past = await pastOf(client, tenantId, entityKey, { appliedSeq, toSeq })
        found.push({ entityKey, entity: stateOfRow(row), past })
      }
      return found
    })
  }

  async start(
    tenantId: string,
    selection: RecomputeSelection,
    emits: boolean,
    pace: JobPace,
    actor: Actor,
    reason: string,
  ): Promise<Job> {
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const id = newJobId()
        const values = [...valuesOf(tenantId, selection), id, selection.max]
        const total = (await run(client, freeze, values)).length
        if (total === 0) throw nothingToRecompute(selection.model)
        const recompute: RecomputeOptions = { model: selection.model, emit: emits, all: selection.all }
        const options = { recompute: { ...recompute } }
        const job = { id, tenantId, kind: 'score.recompute', options, pace, total, walk: null } as const
        return createJob(client, job, actor, reason)
      }),
    )
  }
}

function valuesOf(
  tenantId: string,
  { model, entityKind, workspaces, all }: Omit<RecomputeSelection, 'max'>,
): readonly unknown[] {
  return [
    tenantId,
    entityKind,
    model,
    workspaces.map(({ workspace }) => workspace),
    workspaces.map(({ digest }) => digest),
    all,
  ]
}

/** NX-SCORE-NOTHING. */
function nothingToRecompute(model: string): NxError {
  return new NxError('not_found', 'NX-SCORE-NOTHING', `Everything is scored by ${model} as it is now`, {
    fix: 'Add --all to compute the others anew, too.',
  })
}
