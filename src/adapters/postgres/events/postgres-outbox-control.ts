import type pg from 'pg'
import type { OutboxControl, OutboxPause } from '../../../messaging/relay/outbox-control.ts'
import { inRole, run, runAlone } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { pauses } from '../reading/outbox-statements.ts'

const columns = 'shards, actor as by, reason, at, until'

const insert = {
  name: 'outbox_pause_insert',
  text: `
insert into outbox_pause (shards, actor, reason, until)
values ($1::smallint[], $2, $3, clock_timestamp() + $4::bigint * interval '1 ms') returning ${columns}`,
}

const removeEnded = {
  name: 'outbox_pause_remove_ended',
  text: 'delete from outbox_pause where until <= clock_timestamp()',
}

const removeAll = {
  name: 'outbox_pause_remove',
  text: `delete from outbox_pause returning ${columns}, until is null or until > clock_timestamp() as live`,
}

/** Pauses as rows that the relay reads with every look at the log. */
export class PostgresOutboxControl implements OutboxControl {
  readonly #control: pg.Pool

  /** `control` works as neuronx_control. */
  constructor(control: pg.Pool) {
    this.#control = control
  }

  async pause(pause: {
    readonly shards: readonly number[] | null
    readonly forMs: number | null
    readonly by: string
    readonly reason: string
  }): Promise<OutboxPause> {
    const { shards, forMs, by, reason } = pause
    return inRole(this.#control, async (client) => {
      await run(client, removeEnded, [])
      const [made] = await run<OutboxPause>(client, insert, [shards, by, reason, forMs])
      const paused = made as OutboxPause
      const after = { shards: paused.shards, until: paused.until }
      const entry = { tenantId: null, actor: by, action: 'outbox.pause', target: 'outbox', reason }
      await writeAudit(client, { ...entry, before: null, after })
      return paused
    })
  }

  async resume(by: string, reason: string | null): Promise<boolean> {
    return inRole(this.#control, async (client) => {
      const removed = await run<OutboxPause & { live: boolean }>(client, removeAll, [])
      const live = removed.filter((pause) => pause.live)
      if (live.length === 0) return false
      const before = live.map(({ shards, until, by: pausedBy }) => ({ shards, until, by: pausedBy }))
      const entry = { tenantId: null, actor: by, action: 'outbox.resume', target: 'outbox', reason }
      await writeAudit(client, { ...entry, before, after: null })
      return true
    })
  }

  async paused(): Promise<readonly OutboxPause[]> {
    return await runAlone<OutboxPause>(this.#control, pauses, [])
  }
}
