import { expect } from 'chai'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import type { Job, JobPace } from '../../../src/platform/jobs/job.ts'
import { querySuperuser } from '../database.ts'
import type { TestDatabase } from '../database.ts'
import { incoming, request } from './intake.ts'
import { noPace } from './jobs.ts'
import { createTenant, testActor } from './tenants.ts'

/** A job that logs `count` events anew: what it did can be counted in the log, item by item. */
export async function replayJob(
  database: Database,
  count: number,
  pace: Partial<JobPace> = {},
): Promise<Job & { readonly tenantId: string }> {
  const { id: tenantId } = await createTenant(database)
  const events = Array.from({ length: count }, (_, at) =>
    incoming({ tenantId, externalId: `e${at}`, subject: { kind: 'lead', id: String(at) } }),
  )
  await database.stores.intake.acceptAll([request(tenantId, ...events)])
  const options = { rule: null, allowRepeat: false }
  const job = await database.stores.eventReplays.start(
    tenantId,
    {},
    options,
    { ...noPace, ...pace },
    testActor,
    'a test',
  )
  return { ...job, tenantId }
}

/** How often each item of a replay job took effect, by its place. */
export async function effectsOf(test: TestDatabase, job: Job): Promise<ReadonlyMap<number, number>> {
  const rows = await querySuperuser<{ ord: number; n: number }>(
    test,
    `select split_part(external_id, '#', 2)::integer as ord, count(*)::integer as n from event_log
     where source = 'neuronx/replay' and external_id like $1 group by 1`,
    [`${job.id}#%`],
  )
  return new Map(rows.map(({ ord, n }) => [ord, n]))
}

/** Every item that counts as done took effect once, no other did, and nothing got lost in the counts. */
export async function expectConserved(database: Database, test: TestDatabase, job: Job): Promise<Job> {
  const rows = await querySuperuser<{ ord: number; status: string; effects: number }>(
    test,
    `select i.ord, i.status, coalesce(e.n, 0)::integer as effects from job_item i
     left join (
       select external_id, count(*) as n from event_log where source = 'neuronx/replay' and tenant_id = $2 group by external_id
     ) e on e.external_id = i.job_id || '#' || i.ord
     where i.job_id = $1`,
    [job.id, job.tenantId],
  )
  for (const { ord, status, effects } of rows) {
    expect(effects, `effects of item ${ord}, which is ${status}`).to.equal(status === 'done' ? 1 : 0)
  }
  const now = await database.stores.jobs.job(job.tenantId, job.id)
  if (now === null) throw new Error('The job is gone')
  const count = (status: string): number => rows.filter((row) => row.status === status).length
  expect(now.counts).to.deep.equal({
    total: rows.length,
    done: count('done'),
    skipped: count('skipped'),
    failed: count('failed'),
  })
  return now
}
