import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { entityKey } from '../../../messaging/events/entity-key.ts'
import type { DeadLetterSelection } from '../../../platform/dead-letters/dead-letter-operations.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import { run } from '../connection/transaction.ts'

/** Which letters, as parameters `$1` to `$11` of a statement that holds `selectedLetters` or `namedLetters`. */
export interface BoundSelection {
  readonly by: 'filter' | 'ids'
  readonly values: readonly unknown[]
}

const conditions = `d.tenant_id = $1 and ($2::text is null or d.status = $2) and ($3::text is null or d.class = $3)
  and ($4::text is null or d.source = $4) and ($5::text is null or d.integration = $5) and ($6::text is null or d.fingerprint = $6)
  and ($7::text is null or d.entity_key = $7) and ($8::text is null or d.code = $8)
  and ($9::timestamptz is null or d.created_at >= $9) and ($10::timestamptz is null or d.created_at < $10)`

/** Text of a sub-select of the selected rows of dead_letter, oldest first. */
export const selectedLetters = {
  filter: `select d.* from dead_letter d where ${conditions} order by d.created_at, d.id limit $11`,
  ids: `
select d.* from unnest($12::uuid[]) x(id) cross join lateral (select * from dead_letter l where l.id = x.id limit 1) d
where ${conditions} order by d.created_at, d.id limit $11`,
} as const

/** Unless a status is asked for, a filter means open letters; letters named by id are taken as they are. */
export function bindSelection(tenantId: string, selection: DeadLetterSelection): BoundSelection {
  const { ids, entity, max } = selection
  const values = [
    tenantId,
    selection.status === 'all' ? null : (selection.status ?? (ids === undefined ? 'open' : null)),
    selection.class ?? null,
    selection.source ?? null,
    selection.integration ?? null,
    selection.fingerprint ?? null,
    entity === undefined ? null : entityKey(entity.workspace, entity),
    selection.code ?? null,
    selection.since ?? null,
    selection.until ?? null,
    // One more than may be, which tells that there are more.
    Math.min(max ?? jobItemsMax + 1, jobItemsMax + 1),
  ]
  return ids === undefined
    ? { by: 'filter', values }
    : { by: 'ids', values: [...values, [...new Set(ids)].filter(isUuid)] }
}

const unknownIds = {
  name: 'letters_unknown',
  text: `
select x.id from unnest($2::uuid[]) x(id)
where not exists (select from dead_letter d where d.id = x.id and d.tenant_id = $1 limit 1) limit 6`,
}

/** Throws NX-DEAD-LETTER-NOT-FOUND when ids are named that are no letters of the tenant, NX-DLQ-TOO-MANY-IDS. */
export async function requireKnown(
  client: pg.ClientBase,
  tenantId: string,
  ids: readonly string[] | undefined,
): Promise<void> {
  if (ids === undefined) return
  if (ids.length > jobItemsMax) {
    throw new NxError('invalid', 'NX-JOB-TOO-LARGE', `At most ${jobItemsMax} letters may be named at once`)
  }
  const malformed = ids.filter((id) => !isUuid(id))
  const rows = await run<{ id: string }>(client, unknownIds, [tenantId, ids.filter(isUuid)])
  const unknown = [...malformed, ...rows.map((row) => row.id)]
  if (unknown.length === 0) return
  throw letterNotFound(unknown.slice(0, 5).map((id) => id.slice(0, 60)))
}

/** NX-DEAD-LETTER-NOT-FOUND. */
export function letterNotFound(ids: readonly string[]): NxError {
  return new NxError(
    'not_found',
    'NX-DEAD-LETTER-NOT-FOUND',
    `There is no dead letter '${ids.join("', '")}'`,
    {
      fix: 'neuronx dlq list',
    },
  )
}

/** NX-DLQ-EMPTY. */
export function noLetters(): NxError {
  return new NxError('not_found', 'NX-DLQ-EMPTY', 'No dead letter matches', {
    detail: 'Unless --status says otherwise, open letters are looked for.',
    fix: 'neuronx dlq groups',
  })
}
