import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import type { DeadLetterStatus } from '../../../messaging/dead-letters/dead-letter.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import type { LockedLetter } from './lock-letter.ts'

const mark = {
  name: 'letter_mark',
  text: `
update dead_letter set status = $2, replays = replays + $3, resolution = coalesce($4::jsonb, resolution),
  last_replay = case when $5::jsonb is null then last_replay else $5::jsonb || jsonb_build_object('at', clock_timestamp()) end
where id = $1`,
}

export interface LetterChange {
  readonly action: 'replay' | 'edit' | 'resolve' | 'discard'
  readonly status: Exclude<DeadLetterStatus, 'open'>
  /** How it ended; null: not yet. */
  readonly resolution: JsonObject | null
  /** What the replay made of it; null: it was none. */
  readonly replay: { readonly as: string; readonly job: string | null } | null
}

/** Writes what became of a locked letter, with its audit row. `by` names the actor. */
export async function markLetter(
  client: pg.ClientBase,
  letter: LockedLetter,
  change: LetterChange,
  by: { readonly actor: string; readonly reason: string | null; readonly job: string | null },
): Promise<void> {
  const { action, status, resolution, replay } = change
  await run(client, mark, [
    letter.id,
    status,
    replay === null ? 0 : 1,
    resolution === null ? null : jsonText({ ...resolution, by: by.actor }),
    replay === null
      ? null
      : jsonText({ ...replay, outcome: status === 'replaying' ? 'at work' : 'put back' }),
  ])
  await writeAudit(client, {
    tenantId: letter.tenant_id,
    actor: by.actor,
    action: `dead_letter.${action}`,
    target: `dead_letter/${letter.id}`,
    reason: by.reason,
    before: { status: letter.status, replays: letter.replays },
    after: {
      status,
      replays: letter.replays + (replay === null ? 0 : 1),
      ...(replay === null ? {} : { as: replay.as }),
      ...(resolution === null ? {} : { resolution }),
      ...(by.job === null ? {} : { job: by.job }),
    },
  })
}
