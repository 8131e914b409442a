import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { newModel } from '../scores/score-models.ts'
import { testRunner } from './jobs.ts'

/**
 * A process that works on jobs until it dies: `node job-worker.ts DATABASE_URL CRASH_AT [scores]`, by its own hand in the middle of
 * its CRASH_AT-th item (0: by another's). `scores`: the new model of the score tests is the one in force; else there is none.
 */
const [url = '', crashAt = '0', what] = process.argv.slice(2)
let reached = 0
const crashPoints = {
  reach: (point: string): void => {
    if (point !== 'job.mid_item') return
    reached += 1
    if (reached === Number(crashAt)) process.kill(process.pid, 'SIGKILL')
  },
}
const database = await openDatabase(url, { logger: silentLogger, clock: systemClock, crashPoints })
const configs =
  what === 'scores'
    ? { configFor: async () => ({ config: newModel, unknownEvents: 'accept' as const }) }
    : null
const runner = testRunner(database, { owner: `worker-${process.pid}`, leaseMs: 400, idleMs: 50, configs })
await runner.start()
