import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { EventOutcome, LoadedEntity } from '../../../sales-core/processing/decision-store.ts'
import { appendEvents } from '../events/append-events.ts'
import { insertCommands } from '../commands/insert-commands.ts'
import type { NewCommand } from '../commands/insert-commands.ts'
import { insertDeadLetters } from '../dead-letters/insert-dead-letters.ts'
import { writeTasks } from '../people/task-rows.ts'
import { writeScoreTimers } from '../projections/score-timer-rows.ts'
import type { ScoresMoved } from '../projections/score-timer-rows.ts'
import { writeTeams } from '../people/team-rows.ts'
import { writeObservations } from '../rollout/write-observations.ts'
import { writeInstances } from './write-instances.ts'
import { writeWaits } from './rule-wait-rows.ts'
import { jsonText } from '../connection/json-text.ts'
import { together } from '../connection/together.ts'
import { run } from '../connection/transaction.ts'
import type { Statement } from '../connection/transaction.ts'

/**
 * The rows are locked; version and applied_seq are checked all the same, as the second belt. Found by key first and joined by
 * their place then: a plan that was made while the table was small cannot turn that round and read all entities of the tenant.
 */
const updateEntities = {
  name: 'entity_update',
  text: `
update entity e
set version = x.version, applied_seq = x.applied_seq, fields = coalesce(x.fields, e.fields), scores = coalesce(x.scores, e.scores),
  marks = coalesce(x.marks, e.marks), updated_at = clock_timestamp()
from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, was_version bigint, was_seq bigint, version bigint,
  applied_seq bigint, fields jsonb, scores jsonb, marks jsonb)
cross join lateral (
  select ctid from entity k
  where k.tenant_id = x.tenant_id and k.entity_key = x.entity_key and k.version = x.was_version and k.applied_seq = x.was_seq
  limit 1) found
where e.ctid = found.ctid`,
}

/** Those that had no row when they were looked for; a row that somebody else made meanwhile is not touched. */
const insertEntities = {
  name: 'entity_insert',
  text: `
insert into entity as e (tenant_id, entity_key, workspace, kind, id, version, applied_seq, fields, scores, marks)
select tenant_id, entity_key, workspace, kind, id, version, applied_seq, coalesce(fields, '{}'), coalesce(scores, '{}'),
  coalesce(marks, '{}')
from json_to_recordset($1::json) as x(tenant_id uuid, entity_key text, workspace text, kind text, id text, version bigint,
  applied_seq bigint, fields jsonb, scores jsonb, marks jsonb)
order by tenant_id, entity_key
on conflict (tenant_id, entity_key) do update
  set version = excluded.version, applied_seq = excluded.applied_seq, fields = excluded.fields, scores = excluded.scores,
    marks = excluded.marks, updated_at = clock_timestamp()
  where e.version = 0 and e.applied_seq = 0`,
}

const insertDecisions = {
  name: 'decision_insert',
  text: `
insert into decision (event_id, tenant_id, entity_key, entity_version, entity_seq, event_type, root_id, config_digest, changes, trace)
select event_id, tenant_id, entity_key, entity_version, entity_seq, event_type, root_id, config_digest, changes, trace
from json_to_recordset($1::json) as x(event_id uuid, tenant_id uuid, entity_key text, entity_version bigint, entity_seq bigint,
  event_type text, root_id uuid, config_digest text, changes jsonb, trace jsonb)`,
}

type Decided = Extract<EventOutcome, { state: 'decided' }>

/** Writes what a batch led to. Locks go entity, instance, lane, head: the order of everybody who takes several. */
export async function writeOutcomes(
  client: pg.ClientBase,
  loaded: readonly LoadedEntity[],
  outcomes: readonly EventOutcome[],
): Promise<{ commands: number; emitted: number }> {
  if (outcomes.length === 0) return { commands: 0, emitted: 0 }
  const decided = outcomes.filter((outcome) => outcome.state === 'decided')
  // All but the last send everything at once; that one goes on when its first answer comes.
  const [, , , written] = await together(
    writeEntities(client, loaded, outcomes),
    decided.length === 0
      ? Promise.resolve([])
      : run(client, insertDecisions, [jsonText(decided.map(decisionRecord))]),
    writeInstances(client, loaded, decided),
    writeRest(client, outcomes, decided, scoresMoved(loaded, decided)),
  )
  return written
}

async function writeRest(
  client: pg.ClientBase,
  outcomes: readonly EventOutcome[],
  decided: readonly Decided[],
  scores: readonly ScoresMoved[],
): Promise<{ commands: number; emitted: number }> {
  await writeWaits(client, decided)
  await writeTasks(client, decided)
  await writeScoreTimers(client, scores)
  await writeTeams(client, decided)
  const commands = await insertCommands(client, decided.flatMap(newCommands))
  const emitted = decided.flatMap((outcome) => outcome.decision.emitted)
  await appendEvents(
    client,
    emitted.map((event) => ({ event, routed: true })),
  )
  await insertDeadLetters(
    client,
    outcomes.flatMap((outcome) => (outcome.state === 'dead' ? [outcome.deadLetter] : outcome.deadLetters)),
  )
  await writeObservations(
    client,
    outcomes.flatMap(({ observation }) => observation ?? []),
  )
  return { commands, emitted: emitted.length }
}

function newCommands({ decision, decidedAt }: Decided): readonly NewCommand[] {
  return decision.commands.map((command) => ({
    command,
    dueInMs: Date.parse(command.dueAt) - decidedAt.getTime(),
  }))
}

async function writeEntities(
  client: pg.ClientBase,
  loaded: readonly LoadedEntity[],
  outcomes: readonly EventOutcome[],
): Promise<void> {
  const last = new Map<string, { decision: Decided['decision'] | null; seq: number }>()
  for (const outcome of outcomes) {
    const id = entityId(outcome.event)
    const decision = outcome.state === 'decided' ? outcome.decision : (last.get(id)?.decision ?? null)
    last.set(id, { decision, seq: outcome.event.entitySeq })
  }
  const records = loaded.map(({ tenantId, entityKey: key, entity }) => {
    const { decision, seq } = last.get(`${tenantId}/${key}`) ?? { decision: null, seq: entity.appliedSeq }
    return {
      tenant_id: tenantId,
      entity_key: key,
      workspace: entity.workspace,
      kind: entity.ref.kind,
      id: entity.ref.id,
      was_version: entity.version,
      was_seq: entity.appliedSeq,
      version: decision?.entity.version ?? entity.version,
      applied_seq: seq,
      // Left as they are unless they changed: most events change neither scores nor marks, and timers nothing at all.
      fields: changed(decision?.entity.fields, entity.fields),
      scores: changed(decision?.entity.scores, entity.scores),
      marks: changed(decision?.entity.marks, entity.marks),
    }
  })
  const isNew = (record: (typeof records)[number]): boolean =>
    record.was_version === 0 && record.was_seq === 0
  const fresh = records.filter(isNew)
  const [inserted, updated] = await together(
    writeRows(client, insertEntities, fresh),
    writeRows(
      client,
      updateEntities,
      records.filter((record) => !isNew(record)),
    ),
  )
  if (inserted + updated === records.length) return
  throw new NxError('unavailable', 'NX-DB-RETRY', 'An entity changed while it was being worked on', {
    retryable: true,
  })
}

/** What is to be written of a part; undefined: it is as it was loaded. */
function changed<Part>(part: Part | undefined, loaded: Part): Part | undefined {
  return part === loaded ? undefined : part
}

/** Each entity as it was loaded and as its last decision left it. */
function scoresMoved(loaded: readonly LoadedEntity[], decided: readonly Decided[]): readonly ScoresMoved[] {
  const last = new Map(decided.map(({ event, decision }) => [entityId(event), decision.entity]))
  return loaded.flatMap(({ tenantId, entityKey: key, entity }) => {
    const after = last.get(`${tenantId}/${key}`)
    return after === undefined ? [] : [{ tenantId, before: entity, after }]
  })
}

/** Returns how many rows were written. */
async function writeRows(
  client: pg.ClientBase,
  statement: Statement,
  records: readonly object[],
): Promise<number> {
  if (records.length === 0) return 0
  const { rowCount } = await client.query({ ...statement, values: [jsonText(records)] })
  return rowCount ?? 0
}

function decisionRecord({ event, decision }: Decided): object {
  return {
    event_id: event.id,
    tenant_id: event.tenantId,
    entity_key: entityKey(event.workspace, event.subject),
    entity_version: decision.entity.version,
    entity_seq: event.entitySeq,
    event_type: event.type,
    root_id: event.rootId,
    config_digest: decision.configDigest,
    changes: decision.changes,
    trace: decision.trace,
  }
}

function entityId(event: EventOutcome['event']): string {
  return `${event.tenantId}/${entityKey(event.workspace, event.subject)}`
}
