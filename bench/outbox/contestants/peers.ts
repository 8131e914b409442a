import type { GraphileOptions } from '../../pipeline/contestants/graphile.ts'
import type { OutboxContestant, OutboxVariant } from '../outbox-contestant.ts'
import { startContestant } from './child-contestant.ts'
import type { PgBossStart } from './pg-boss-process.ts'
import type { TransactionalOutboxStart } from './pg-transactional-outbox-process.ts'

type Tuning<Start> = Omit<Start, 'databaseUrl'>

function variant<Start extends { readonly databaseUrl: string }>(
  title: string,
  file: string,
  tuning: Tuning<Start>,
): OutboxVariant {
  return {
    title,
    start: async ({ postgres }) =>
      await startContestant<Tuning<Start> & { databaseUrl: string }>(new URL(file, import.meta.url), {
        ...tuning,
        databaseUrl: postgres.superuserUrl('postgres'),
      }),
  }
}

const graphile = (tuning: Tuning<GraphileOptions>): OutboxVariant =>
  variant<GraphileOptions>(
    `${tuning.concurrentJobs} jobs at once, pool ${tuning.maxPoolSize}, local queue ${tuning.localQueueSize}`,
    'graphile-worker-process.ts',
    tuning,
  )

/** One transaction a job. */
export const graphileWorker: OutboxContestant = {
  name: 'graphile-worker',
  usesNats: false,
  variants: [
    graphile({ concurrentJobs: 24, maxPoolSize: 25, localQueueSize: 500, batchDelayMs: 0 }),
    graphile({ concurrentJobs: 64, maxPoolSize: 65, localQueueSize: 500, batchDelayMs: 0 }),
  ],
}

const boss = (tuning: Tuning<PgBossStart>): OutboxVariant =>
  variant<PgBossStart>(
    `batches of ${tuning.batchSize}, ${tuning.localConcurrency} workers, work ${tuning.work}`,
    'pg-boss-process.ts',
    tuning,
  )

/** Each job's work is a transaction of its own, as with the others: a job that fails leaves its neighbours alone. */
export const pgBoss: OutboxContestant = {
  name: 'pg-boss',
  usesNats: false,
  variants: [
    boss({ batchSize: 100, localConcurrency: 4, work: 'one by one' }),
    boss({ batchSize: 500, localConcurrency: 2, work: 'one by one' }),
  ],
}

/** The work of a batch in one transaction, which its batches invite to: a job that fails takes its batch with it. */
export const pgBossTogether: OutboxContestant = {
  name: 'pg-boss-batch',
  usesNats: false,
  variants: [
    boss({ batchSize: 100, localConcurrency: 4, work: 'together' }),
    boss({ batchSize: 500, localConcurrency: 2, work: 'together' }),
  ],
}

const outbox = (batchSize: number): OutboxVariant =>
  variant<TransactionalOutboxStart>(
    `polling inbox listener, batches of ${batchSize}`,
    'pg-transactional-outbox-process.ts',
    { batchSize },
  )

/** One transaction a message. */
export const pgTransactionalOutbox: OutboxContestant = {
  name: 'pg-transactional-outbox',
  usesNats: false,
  variants: [outbox(5), outbox(50)],
}
