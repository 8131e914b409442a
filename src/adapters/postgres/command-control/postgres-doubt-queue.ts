import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import type { DoubtfulCommand, DoubtQueue, DoubtVerdict } from '../../../messaging/commands/doubt-queue.ts'
import { inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import { lockForControl, planLook, takeDoubts } from './control-statements.ts'
import { leasedOfRow } from '../commands/leased-row.ts'
import type { LeasedRow } from '../commands/leased-row.ts'
import { endDoubt } from '../commands/settle-doubt.ts'

/** Who the audit log names for what a look has shown. */
const looker = 'daemon:doubt-settler'

/** Commands in doubt on Postgres. */
export class PostgresDoubtQueue implements DoubtQueue {
  readonly #relay: pg.Pool
  readonly #app: pg.Pool
  readonly #clock: Clock

  constructor(pools: { relay: pg.Pool; app: pg.Pool }, clock: Clock) {
    this.#relay = pools.relay
    this.#app = pools.app
    this.#clock = clock
  }

  async takeDoubts({ max, leaseMs }: { max: number; leaseMs: number }): Promise<readonly DoubtfulCommand[]> {
    const leaseEndsMs = this.#clock.monotonicMs() + leaseMs
    const rows = await runAlone<LeasedRow & { looks: number; sent_ago: number }>(this.#relay, takeDoubts, [
      max,
      leaseMs,
    ])
    return rows.map((row) => ({
      leased: leasedOfRow(row, leaseEndsMs),
      looks: row.looks,
      sentAgoMs: row.sent_ago,
    }))
  }

  async settleDoubt(doubt: DoubtfulCommand, verdict: DoubtVerdict): Promise<boolean> {
    const { command, runLease } = doubt.leased
    if (verdict.state === 'look_again' || verdict.state === 'left_to_a_person') {
      const inMs = verdict.state === 'look_again' ? verdict.inMs : null
      const moved = await runAlone(this.#relay, planLook, [command.id, runLease, doubt.looks, inMs])
      return moved.length > 0
    }
    return withRetries(this.#app, async () =>
      inTenants(this.#app, [command.tenantId], async (client) => {
        const [row] = await run<{ state: string; run_lease: string; looks: number }>(client, lockForControl, [
          command.tenantId,
          [command.id],
        ])
        if (row?.state !== 'in_doubt' || row.run_lease !== runLease || row.looks !== doubt.looks) return false
        const as =
          verdict.state === 'happened'
            ? ({ state: 'succeeded', result: verdict.result } as const)
            : ({ state: 'retry', anew: false } as const)
        await endDoubt(client, doubt.leased, as, { by: looker, evidence: verdict.evidence }, this.#clock)
        return true
      }),
    )
  }
}
