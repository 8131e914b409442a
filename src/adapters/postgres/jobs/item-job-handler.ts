import type pg from 'pg'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { errorText, NxError } from '../../../kernel/errors.ts'
import type { JobHandler, JobLease, JobStep } from '../../../platform/jobs/job-handler.ts'
import type { Job, JobItem, JobKind } from '../../../platform/jobs/job.ts'
import { databaseError, isMissingPartition } from '../connection/database-error.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import * as sql from './item-job-statements.ts'
import type { ItemResult, ItemWork } from './item-work.ts'
import { jobOfRow } from './job-row.ts'
import type { JobRow } from './job-row.ts'

/** How long effects that are waited for are left alone before they are looked at again. */
const effectsMs = 1_000
/** After so many items that were done, the effects of the last ones are looked at. */
const reviewEvery = 20
const reviewedMax = 100
/** For so long after the last item what it set going is waited for: until then nobody knows whether it helped. */
const lastEffectsMs = 5_000
const lastEffectsPollMs = 200
const noteCharsMax = 1_000

type TenantJob = Job & { readonly tenantId: string }

interface HeldRow extends JobRow {
  readonly canary_passed: boolean
  readonly wait_ms: number
  /** Since the next item was due. */
  readonly idle_ms: number
}

/** Thrown out of an item's transaction, which is undone: the item failed. */
class ItemFailed extends Error {
  readonly item: JobItem

  constructor(item: JobItem, cause: unknown) {
    super(errorText(cause), { cause })
    this.item = item
  }
}

/**
 * Works through a job's items in order, each in one transaction that holds the job's row, carries the item out and records how
 * it ended. So a process that dies, is paused or loses its lease in the middle of an item has not done it, and nobody does it
 * twice.
 */
export class ItemJobHandler implements JobHandler {
  readonly kind: JobKind
  readonly #pool: pg.Pool
  readonly #work: ItemWork
  readonly #crashPoints: CrashPoints

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, work: ItemWork, crashPoints: CrashPoints = noCrashPoints) {
    this.kind = work.kind
    this.#pool = pool
    this.#work = work
    this.#crashPoints = crashPoints
  }

  async step(lease: JobLease, leaseMs: number): Promise<JobStep> {
    try {
      return await this.#transaction(lease, leaseMs, async (client, held) => this.#next(client, held))
    } catch (error) {
      const failure = error instanceof NxError ? error.cause : error
      if (!(failure instanceof ItemFailed)) throw error
      const { item, cause } = failure
      // The next step looks for what is pending again, so the item is found as it was: only its failure is written.
      return await this.#transaction(lease, leaseMs, async (client, held) =>
        this.#record(client, held, item, { status: 'failed', note: noteOf(cause) }),
      )
    }
  }

  async #transaction(
    lease: JobLease,
    leaseMs: number,
    work: (client: pg.ClientBase, held: HeldRow & { tenant_id: string }) => Promise<JobStep>,
  ): Promise<JobStep> {
    const { tenantId, id } = lease.job
    if (tenantId === null) {
      throw new NxError('bug', 'NX-JOB-TENANT', 'A job with items belongs to no tenant', {
        detail: `job/${id}`,
      })
    }
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const [held] = await run<HeldRow>(client, sql.holdJob, [id, lease.run])
        if (held === undefined) return { state: 'over' }
        await run(client, sql.renewLease, [id, leaseMs])
        return await work(client, { ...held, tenant_id: tenantId })
      }),
    )
  }

  async #next(client: pg.ClientBase, held: HeldRow & { tenant_id: string }): Promise<JobStep> {
    const [item] = await run<JobItem>(client, sql.nextItem, [held.id])
    if (held.canary > 0 && !held.canary_passed && (item === undefined || item.ord > held.canary))
      return await this.#awaitCanary(client, held)
    if (item === undefined) return await this.#end(client, held)
    if (held.wait_ms > 0) return { state: 'wait', ms: Math.ceil(held.wait_ms) }
    const job = { ...jobOfRow(held), tenantId: held.tenant_id }
    const result = await this.#carryOut(client, job, item)
    this.#crashPoints.reach('job.mid_item')
    return await this.#record(client, held, item, result)
  }

  /** Ends the job, once the effects of its last items are known or have had their time. */
  async #end(client: pg.ClientBase, held: HeldRow & { tenant_id: string }): Promise<JobStep> {
    const job = { ...jobOfRow(held), tenantId: held.tenant_id }
    const { total } = job.counts
    const { pending } = await this.#reviewEffects(client, job, total - reviewedMax, total)
    if (pending > 0 && held.idle_ms < lastEffectsMs) {
      const [daemon] = await run<{ alive: boolean }>(client, sql.daemonAlive, [])
      if (daemon?.alive === true) return { state: 'wait', ms: lastEffectsPollMs }
    }
    await run(client, sql.endJob, [held.id])
    return { state: 'over' }
  }

  async #carryOut(client: pg.ClientBase, job: TenantJob, item: JobItem): Promise<ItemResult> {
    try {
      return await this.#work.carryOut(client, job, item)
    } catch (error) {
      const known = databaseError(error)
      if ((known.retryable && known.kind !== 'timeout') || isMissingPartition(error)) throw error
      throw new ItemFailed(item, known.code === 'NX-DB-STATEMENT' ? known : error)
    }
  }

  async #record(
    client: pg.ClientBase,
    held: HeldRow & { tenant_id: string },
    item: JobItem,
    result: ItemResult,
  ): Promise<JobStep> {
    const note = result.note.slice(0, noteCharsMax)
    await run(client, sql.endItem, [held.id, item.ord, result.status, note])
    const [row] = await run<JobRow>(client, sql.countItem, [held.id, result.status, note])
    const job = { ...jobOfRow(row as JobRow), tenantId: held.tenant_id }
    const failedLater =
      result.status === 'done' && job.counts.done % reviewEvery === 0
        ? await this.#reviewEffects(client, job, item.ord - reviewedMax, item.ord)
        : { failed: 0 }
    if (result.status !== 'failed' && failedLater.failed === 0) return { state: 'went_on' }
    const failed = job.counts.failed + failedLater.failed
    return await this.#considerStopping(client, job, failed)
  }

  /** Pauses the job when too large a share of what ended failed. */
  async #considerStopping(client: pg.ClientBase, job: TenantJob, failed: number): Promise<JobStep> {
    const { stopOnFailShare } = job.pace
    const ended = job.counts.done + job.counts.skipped + job.counts.failed
    if (stopOnFailShare === null || failed / ended < stopOnFailShare) return { state: 'went_on' }
    const share = `${failed} of ${ended} items failed; it was to stop at ${Math.round(stopOnFailShare * 100)} %`
    return await this.#pause(client, job, share)
  }

  async #awaitCanary(client: pg.ClientBase, held: HeldRow & { tenant_id: string }): Promise<JobStep> {
    const job = { ...jobOfRow(held), tenantId: held.tenant_id }
    const { failed, pending } = await this.#reviewEffects(client, job, 1, held.canary)
    if (pending > 0) return { state: 'later', ms: effectsMs }
    // Whoever goes on after a look at what failed has seen the canary.
    await run(client, sql.passCanary, [held.id])
    const bad = failed + held.failed
    if (bad === 0) return { state: 'went_on' }
    return await this.#pause(client, job, `${bad} of the first ${held.canary} items, its canary, failed`)
  }

  /** Looks at what the done items of a range set going; those whose effects failed count as failed from here on. */
  async #reviewEffects(
    client: pg.ClientBase,
    job: TenantJob,
    from: number,
    to: number,
  ): Promise<{ failed: number; pending: number }> {
    const { settled } = this.#work
    if (settled === undefined) return { failed: 0, pending: 0 }
    let failed = 0
    let pending = 0
    for (const item of await run<JobItem>(client, sql.doneItems, [job.id, from, to])) {
      const state = await settled.call(this.#work, client, job, item)
      if (state === 'pending') pending += 1
      if (state !== 'failed') continue
      failed += 1
      await run(client, sql.itemFailedLater, [
        job.id,
        item.ord,
        `It was put back to work and failed: ${item.note ?? ''}`,
      ])
    }
    return { failed, pending }
  }

  async #pause(client: pg.ClientBase, job: TenantJob, because: string): Promise<JobStep> {
    await run(client, sql.pauseItself, [job.id, because])
    await writeAudit(client, {
      tenantId: job.tenantId,
      actor: 'daemon:jobs',
      action: 'job.pause',
      target: `job/${job.id}`,
      reason: because,
      before: { status: 'running', counts: { ...job.counts } },
      after: { status: 'paused' },
    })
    return { state: 'over' }
  }
}

function noteOf(error: unknown): string {
  if (!(error instanceof NxError)) return errorText(error)
  return [error.code, error.message, error.detail].filter((part) => part !== undefined).join(': ')
}
