import type { Database } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { EventBus } from '../../../src/messaging/bus/event-bus.ts'
import type { DeliveryTranslator } from '../../../src/platform/dead-letters/delivery-translator.ts'
import { JobRunner } from '../../../src/platform/jobs/job-runner.ts'
import type { JobRunnerOptions } from '../../../src/platform/jobs/job-runner.ts'
import type { ConfigProvider } from '../../../src/sales-core/processing/config-provider.ts'
import type { Job, JobPace } from '../../../src/platform/jobs/job.ts'

/** As fast as it can, no canary, never stopping by itself, at once. */
export const noPace: JobPace = { perSecond: null, canary: 0, stopOnFailShare: null, startAt: null }

export const unmapped: DeliveryTranslator = {
  translate: async () => ({ state: 'unmappable', code: 'NX-TEST', reason: 'nothing is mapped here' }),
}

let made = 0

/** A runner over the database's own handlers; not started. */
export function testRunner(
  database: Database,
  change: Partial<JobRunnerOptions> & {
    readonly translator?: DeliveryTranslator
    readonly bus?: Pick<EventBus, 'publish'> | null
    readonly configs?: Pick<ConfigProvider, 'configFor'> | null
  } = {},
): JobRunner {
  const { translator = unmapped, bus = null, configs = null, ...options } = change
  made += 1
  return new JobRunner({
    leases: database.stores.jobLeases,
    handlers: database.stores.jobHandlers({ translator, bus, configs }),
    owner: `runner-${made}`,
    clock: systemClock,
    logger: silentLogger,
    ...options,
  })
}

/** Works on a job until it is over, or cannot be gone on with now, and returns it. */
export async function workOff(database: Database, runner: JobRunner, job: Job): Promise<Job> {
  await runner.workOn(job.id, new AbortController().signal)
  const now = await database.stores.jobs.job(job.tenantId, job.id)
  if (now === null) throw new Error('The job is gone')
  return now
}
