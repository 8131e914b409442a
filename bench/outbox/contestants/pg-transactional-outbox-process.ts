import pg from 'pg'
import { DatabaseSetup, getDisabledLogger, initializePollingMessageListener } from 'pg-transactional-outbox'
import { CommitWatch } from '../commit-watch.ts'
import { countWork, createWorkTables, doWork, leadJobs } from '../durable-work.ts'
import type { LeadJob } from '../durable-work.ts'
import { serveContestant } from './serve-contestant.ts'

export interface TransactionalOutboxStart {
  readonly databaseUrl: string
  readonly batchSize: number
}

const watch = new CommitWatch()
let options: TransactionalOutboxStart
let pool: pg.Pool

const table = {
  outboxOrInbox: 'inbox',
  database: 'postgres',
  schema: 'public',
  table: 'inbox',
  listenerRole: 'postgres',
  nextMessagesName: 'next_inbox_messages',
} as const

/** What `initializeMessageStorage` writes, for many messages in one statement. */
const insertMessages = `
  insert into public.inbox (id, aggregate_type, aggregate_id, message_type, concurrency, payload, metadata)
  select id, 'lead', lead, 'lead.created', 'parallel', payload, '{}'::jsonb
  from unnest($1::uuid[], $2::text[], $3::jsonb[]) as x(id, lead, payload)`

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const jobs = leadJobs(phase, from, count)
  await pool.query(insertMessages, [
    jobs.map(() => crypto.randomUUID()),
    jobs.map(({ lead }) => lead),
    jobs.map((job) => JSON.stringify(job)),
  ])
}

let working = false

/** The inbox listener by polling, with the protections that its documentation's example turns on. The message's row is the dedupe. */
const work = async (): Promise<void> => {
  if (working) return
  working = true
  initializePollingMessageListener(
    {
      outboxOrInbox: 'inbox',
      dbListenerConfig: { connectionString: options.databaseUrl, max: 30 },
      dbHandlerConfig: { connectionString: options.databaseUrl, max: 30 },
      settings: {
        dbSchema: 'public',
        dbTable: 'inbox',
        enableMaxAttemptsProtection: true,
        enablePoisonousMessageProtection: true,
        nextMessagesBatchSize: options.batchSize,
        nextMessagesFunctionName: 'next_inbox_messages',
        nextMessagesPollingIntervalInMs: 20,
      },
    },
    [
      {
        aggregateType: 'lead',
        messageType: 'lead.created',
        handle: async (message, client): Promise<void> => {
          const job = message.payload as LeadJob
          await doWork(client, job)
          // The library commits right after the handler: at most one round trip too early, in its favour.
          watch.committed(job.id)
        },
      },
    ],
    getDisabledLogger(),
  )
}

serveContestant<TransactionalOutboxStart>({
  watch,
  insert,
  work,
  start: async (start: TransactionalOutboxStart): Promise<void> => {
    options = start
    pool = new pg.Pool({ connectionString: start.databaseUrl, max: 4 })
    await pool.query(createWorkTables)
    await pool.query(DatabaseSetup.dropAndCreateTable(table))
    await pool.query(DatabaseSetup.createPollingFunction(table))
    await pool.query(DatabaseSetup.setupPollingIndexes(table))
  },
  count: async () => await countWork(pool),
})
