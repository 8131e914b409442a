import type pg from 'pg'

/** A decision that a configuration is known of. Times: milliseconds of the database's clock. */
export interface VariantDecision {
  readonly eventId: string
  /** `lead/17`: what the assignment hashes. */
  readonly unit: string
  readonly entitySeq: number
  readonly atMs: number
  readonly configDigest: string
  /** What it wrote into the lead; null: nothing, for the lead had it already or the event is of another type. */
  readonly wrote: string | null
}

/** From then on the candidate had this share, in hundredths of a percent; null: it had ended without becoming active. */
export interface ShareChange {
  readonly atMs: number
  readonly weight: number | null
}

export interface RolloutFacts {
  readonly id: string
  readonly candidateDigest: string
  readonly tenantId: string
  /** Of the candidate: the reason that it was started with. */
  readonly variant: string
  readonly state: string
  /** Why it is in that state. */
  readonly why: string
  readonly startedMs: number
  readonly endedMs: number | null
  readonly shares: readonly ShareChange[]
  readonly configErrors: number
  /** By step: candidate units as the judge counts them, and as there are rows that say that they were counted. */
  readonly counted: readonly { readonly step: number; readonly judged: number; readonly rows: number }[]
}

/** What the database holds of rollouts and of whom they decided for. */
export interface ArmFacts {
  readonly rollouts: readonly RolloutFacts[]
  readonly decisions: readonly VariantDecision[]
}

/** Reads it as superuser, in one snapshot. */
export async function readArmFacts(client: pg.ClientBase): Promise<ArmFacts> {
  await client.query('begin isolation level repeatable read read only')
  try {
    return { rollouts: await readRollouts(client), decisions: await readDecisions(client) }
  } finally {
    await client.query('rollback')
  }
}

async function readRollouts(client: pg.ClientBase): Promise<readonly RolloutFacts[]> {
  const { rows } = await client.query<RolloutFacts>(`
    select r.id, r.candidate_digest as "candidateDigest", r.tenant_id as "tenantId", r.reason as variant, r.state_name as state,
      coalesce(r.state ->> 'reason', '') as why,
      extract(epoch from r.started_at)::float8 * 1000 as "startedMs", extract(epoch from r.ended_at)::float8 * 1000 as "endedMs",
      (select json_agg(json_build_object('atMs', (t.transition ->> 'atMs')::float8, 'weight',
          case when t.to_state in ('rolled_back', 'aborted', 'superseded', 'failed_to_start') then null
            else round((t.transition ->> 'percentAfter')::numeric * 100) end) order by t.seq)
        from neuronx.rollout_transition t where t.rollout_id = r.id) as shares,
      (select count(*)::integer from neuronx.rollout_config_error e where e.rollout_id = r.id) as "configErrors",
      coalesce((select json_agg(json_build_object('step', c.step, 'judged', c.units, 'rows',
          (select count(*) from neuronx.rollout_unit u where u.rollout_id = r.id and u.step = c.step and u.arm = 'c' and u.counted)))
        from neuronx.rollout_count c where c.rollout_id = r.id and c.arm = 'c'), '[]') as counted
    from neuronx.rollout r order by r.started_at`)
  return rows
}

async function readDecisions(client: pg.ClientBase): Promise<readonly VariantDecision[]> {
  const { rows } = await client.query<VariantDecision>(`
    select event_id as "eventId", substr(entity_key, position('/' in entity_key) + 1) as unit, entity_seq::integer as "entitySeq",
      extract(epoch from decided_at)::float8 * 1000 as "atMs", config_digest as "configDigest",
      (select c ->> 'to' from jsonb_array_elements(changes) c where c ->> 'field' = 'variant' limit 1) as wrote
    from neuronx.decision order by entity_key, entity_seq`)
  return rows
}
