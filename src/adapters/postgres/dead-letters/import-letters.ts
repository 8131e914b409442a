import type pg from 'pg'
import { z } from 'zod'
import { errorText, NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { fingerprintOf } from '../../../messaging/dead-letters/dead-letter.ts'
import type { DeadLetterImport } from '../../../platform/dead-letters/dead-letter-transfer.ts'
import { jsonText } from '../connection/json-text.ts'
import { inTenants, run, Undo, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'

const batchSize = 200
/** The largest line, characters: an event of the largest size, written out with all its escapes, passes. */
export const importLineCharsMax = 2 * 1024 * 1024

const text = z.string().max(10_000)
const name = z.string().min(1).max(400)
const uuid = z.string().refine(isUuid, { error: 'is not a UUID' })

const letterSchema = z.strictObject({
  id: uuid,
  workspace: name,
  source: z.enum(['command', 'event', 'rule', 'webhook', 'ingest']),
  class: z.enum(['permanent', 'exhausted', 'in_doubt', 'poison', 'invalid']),
  code: name,
  reason: text,
  integration: name.nullable(),
  entityKey: z.string().min(1).max(1_000).nullable(),
  eventId: uuid.nullable(),
  commandId: uuid.nullable(),
  cause: name.nullable(),
  payload: z.json(),
  status: z.enum(['open', 'replaying', 'resolved', 'discarded']),
  replays: z.int().min(0).max(1_000_000),
  createdAt: z.string().refine((value) => !Number.isNaN(Date.parse(value)), { error: 'is not a time' }),
})

type Line = z.infer<typeof letterSchema>

/** An id that any tenant has is left alone: letters keep their ids, so what comes again changes nothing. */
const insert = {
  name: 'letters_import',
  text: `
insert into dead_letter (id, tenant_id, workspace, source, class, code, reason, integration, entity_key, event_id, command_id,
  cause, payload, status, fingerprint, replays, created_at)
select id, $1, workspace, source, class, code, reason, integration, entity_key, event_id, command_id, cause,
  coalesce(payload, 'null'), status, fingerprint, replays, created_at
from json_to_recordset($2::json) as x(
  id uuid, workspace text, source text, class text, code text, reason text, integration text, entity_key text, event_id uuid,
  command_id uuid, cause text, payload jsonb, status text, fingerprint text, replays integer, created_at timestamptz)
on conflict (id) do nothing
returning id`,
}

/** How many of these ids the tenant has: row-level security shows it no others. */
const held = {
  name: 'letters_held',
  text: 'select count(*)::integer as held from dead_letter where tenant_id = $1 and id = any($2::uuid[])',
}

/** Reads lines of letters and stores them in batches, each in a transaction with its audit row. Throws NX-DLQ-IMPORT. */
export async function importLetters(
  pool: pg.Pool,
  tenantId: string,
  lines: AsyncIterable<string>,
  options: { readonly dryRun: boolean; readonly actor: string; readonly reason: string | null },
): Promise<DeadLetterImport> {
  let imported = 0
  let known = 0
  let elsewhere = 0
  let lineNumber = 0
  let batch = new Map<string, Line>()
  const store = async (): Promise<void> => {
    if (batch.size === 0) return
    const stored = await storeBatch(pool, tenantId, [...batch.values()], options)
    imported += stored.fresh
    known += stored.held - stored.fresh
    elsewhere += batch.size - stored.held
    batch = new Map()
  }
  for await (const line of lines) {
    lineNumber += 1
    if (line.trim() === '') continue
    const letter = parseLine(line, lineNumber)
    if (batch.has(letter.id)) known += 1
    else batch.set(letter.id, letter)
    if (batch.size >= batchSize) await store()
  }
  await store()
  return { imported, known, elsewhere }
}

async function storeBatch(
  pool: pg.Pool,
  tenantId: string,
  letters: readonly Line[],
  {
    dryRun,
    actor,
    reason,
  }: { readonly dryRun: boolean; readonly actor: string; readonly reason: string | null },
): Promise<{ readonly fresh: number; readonly held: number }> {
  const records = jsonText(letters.map(recordOf))
  try {
    return await withRetries(pool, async () =>
      inTenants(pool, [tenantId], async (client) => {
        const fresh = (await run(client, insert, [tenantId, records])).length
        const ids = letters.map(({ id }) => id)
        const [count] = await run<{ held: number }>(client, held, [tenantId, ids])
        const stored = { fresh, held: count?.held ?? fresh }
        if (dryRun) throw new Undo(stored)
        if (fresh > 0) {
          const after = { imported: fresh, known: letters.length - fresh, first: letters[0]?.id ?? null }
          const action = 'dead_letter.import'
          await writeAudit(client, {
            tenantId,
            actor,
            action,
            target: 'dead_letter',
            reason,
            before: null,
            after,
          })
        }
        return stored
      }),
    )
  } catch (error) {
    if (error instanceof Undo) return error.value as { fresh: number; held: number }
    throw error
  }
}

function recordOf(letter: Line): object {
  return {
    ...letter,
    entity_key: letter.entityKey,
    event_id: letter.eventId,
    command_id: letter.commandId,
    created_at: letter.createdAt,
    // Whoever was replaying it does not know this copy.
    status: letter.status === 'replaying' ? 'open' : letter.status,
    fingerprint: fingerprintOf(letter),
  }
}

function parseLine(line: string, lineNumber: number): Line {
  if (line.length > importLineCharsMax)
    throw badLine(lineNumber, `is longer than ${importLineCharsMax} characters`)
  let value: JsonValue
  try {
    value = JSON.parse(line) as JsonValue
  } catch (error) {
    throw badLine(lineNumber, `is not JSON: ${errorText(error)}`)
  }
  const parsed = letterSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw badLine(lineNumber, issue?.message ?? 'is no letter', issue?.path.join('.'))
}

function badLine(line: number, detail: string, path?: string): NxError {
  return new NxError('invalid', 'NX-DLQ-IMPORT', 'A line is not a dead letter', {
    detail: path === undefined || path === '' ? `Line ${line} ${detail}` : `Line ${line}, ${path}: ${detail}`,
    where: { line, ...(path === undefined || path === '' ? {} : { path }) },
    fix: 'Import what `neuronx dlq export` wrote, unchanged. What stood before this line may be in already; that is no harm.',
  })
}
