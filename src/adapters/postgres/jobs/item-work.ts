import type pg from 'pg'
import type { Job, JobItem, JobKind } from '../../../platform/jobs/job.ts'

/** How an item ended. `note`: what it became (an id), why it was left alone, or what failed. */
export interface ItemResult {
  readonly status: 'done' | 'skipped' | 'failed'
  readonly note: string
}

/** What a kind of job does to one item. */
export interface ItemWork {
  readonly kind: JobKind
  /**
   * Carries an item out inside the transaction that records it: both happen, or neither. What is thrown undoes it; the item then
   * failed, unless the infrastructure did.
   */
  carryOut(
    client: pg.ClientBase,
    job: Job & { readonly tenantId: string },
    item: JobItem,
  ): Promise<ItemResult>
  /** Has what the item set going ended? Its `note` is what `carryOut` gave. Left out: an item's effect is all there is. */
  settled?(
    client: pg.ClientBase,
    job: Job & { readonly tenantId: string },
    item: JobItem,
  ): Promise<'done' | 'failed' | 'pending'>
}
