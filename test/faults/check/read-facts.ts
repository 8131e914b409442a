import type pg from 'pg'
import type { CommandRow, DatabaseFacts, DecisionRow, EntityRow, LetterRow, LoggedRow } from './history.ts'

/** Reads everything that the checker compares, as superuser, in one snapshot. */
export async function readFacts(client: pg.ClientBase): Promise<DatabaseFacts> {
  await client.query('begin isolation level repeatable read read only')
  try {
    return {
      log: await readLog(client),
      decisions: await readDecisions(client),
      entities: await readEntities(client),
      commands: await readCommands(client),
      letters: await readLetters(client),
    }
  } finally {
    await client.query('rollback')
  }
}

async function readLog(client: pg.ClientBase): Promise<readonly LoggedRow[]> {
  const { rows } = await client.query<{
    event_id: string
    entity_key: string
    entity_seq: string | null
    type: string
    origin: string
    counter: string | null
  }>(`
    select event_id, entity_key, entity_seq, type, origin, coalesce(data ->> 'counter', data ->> 'company') as counter
    from neuronx.event_log`)
  return rows.map((row) => ({
    eventId: row.event_id,
    entityKey: row.entity_key,
    entitySeq: row.entity_seq === null ? null : Number(row.entity_seq),
    type: row.type,
    origin: row.origin,
    counter: row.counter,
  }))
}

async function readDecisions(client: pg.ClientBase): Promise<readonly DecisionRow[]> {
  const { rows } = await client.query<{ event_id: string; entity_key: string; entity_seq: string }>(
    'select event_id, entity_key, entity_seq from neuronx.decision',
  )
  return rows.map((row) => ({
    eventId: row.event_id,
    entityKey: row.entity_key,
    entitySeq: Number(row.entity_seq),
  }))
}

async function readEntities(client: pg.ClientBase): Promise<readonly EntityRow[]> {
  const { rows } = await client.query<{
    entity_key: string
    applied_seq: string
    seq: string | null
    trail: string | null
  }>(`
    select n.entity_key, n.applied_seq, h.seq, n.fields ->> 'trail' as trail
    from neuronx.entity n left join neuronx.entity_head h using (tenant_id, entity_key)`)
  return rows.map((row) => ({
    entityKey: row.entity_key,
    appliedSeq: Number(row.applied_seq),
    headSeq: Number(row.seq ?? 0),
    trail: row.trail ?? '',
  }))
}

async function readCommands(client: pg.ClientBase): Promise<readonly CommandRow[]> {
  const { rows } = await client.query<{
    id: string
    event_id: string
    entity_key: string
    integration: string
    counter: string | null
    attempts: number
    state: CommandRow['state']
  }>(`
    select c.id, c.event_id, c.entity_key, c.integration, c.input ->> 'counter' as counter,
      coalesce(o.attempts, l.attempt, 0) as attempts,
      case when l.command_id is not null and o.command_id is not null then 'both'
        else coalesce(l.state, o.state, 'missing') end as state
    from neuronx.command c
    left join neuronx.command_lane l on l.command_id = c.id
    left join neuronx.command_outcome o on o.command_id = c.id`)
  return rows.map((row) => ({
    id: row.id,
    eventId: row.event_id,
    entityKey: row.entity_key,
    integration: row.integration,
    counter: row.counter,
    attempts: row.attempts,
    state: row.state,
  }))
}

async function readLetters(client: pg.ClientBase): Promise<readonly LetterRow[]> {
  const { rows } = await client.query<{
    id: string
    source: string
    class: string
    event_id: string | null
    command_id: string | null
    status: string
  }>('select id, source, class, event_id, command_id, status from neuronx.dead_letter')
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    class: row.class,
    eventId: row.event_id,
    commandId: row.command_id,
    status: row.status,
  }))
}
