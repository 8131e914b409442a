import type pg from 'pg'
import { isUuid } from '../../../kernel/ids.ts'
import type { JobLease } from '../../../platform/jobs/job-handler.ts'
import type { JobLeases } from '../../../platform/jobs/job-leases.ts'
import { runAlone } from '../connection/transaction.ts'
import { jobColumns, jobOfRow } from './job-row.ts'
import type { JobRow } from './job-row.ts'

const claimOf = (which: string) => `
update job j set status = 'running', owner = $1, run = run + 1, claimable_at = clock_timestamp() + $2 * interval '1 ms',
  started_at = coalesce(started_at, clock_timestamp())
where j.id = (
  select id from job where status in ('waiting', 'running') and claimable_at <= statement_timestamp() and kind = any($3::text[]) ${which}
  order by claimable_at limit 1 for no key update skip locked)
returning j.run::text as run, ${jobColumns}`

const claimNext = { name: 'job_claim_next', text: claimOf('') }
const claimOne = { name: 'job_claim_one', text: claimOf('and id = $4') }

const release = {
  name: 'job_release',
  text: `
update job set status = 'waiting', owner = null, claimable_at = clock_timestamp() + $3 * interval '1 ms'
where id = $1 and run = $2 and status = 'running'`,
}

/** Leases of jobs on Postgres. A row that a step holds is passed over: its owner lives, however old the lease. */
export class PostgresJobLeases implements JobLeases {
  readonly #relay: pg.Pool

  /** `relay` works as neuronx_relay. */
  constructor(relay: pg.Pool) {
    this.#relay = relay
  }

  async claim(options: Parameters<JobLeases['claim']>[0]): Promise<JobLease | null> {
    const { kinds, owner, leaseMs, only } = options
    if (only !== undefined && !isUuid(only)) return null
    const values = [owner, leaseMs, kinds]
    const [row] =
      only === undefined
        ? await runAlone<JobRow & { run: string }>(this.#relay, claimNext, values)
        : await runAlone<JobRow & { run: string }>(this.#relay, claimOne, [...values, only])
    return row === undefined ? null : { job: jobOfRow(row), owner, run: row.run }
  }

  async release(lease: JobLease, delayMs: number): Promise<void> {
    await runAlone(this.#relay, release, [lease.job.id, lease.run, delayMs])
  }
}
