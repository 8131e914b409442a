import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { testRunner } from '../stores/jobs.ts'
import { newModel } from './score-models.ts'

/** A process that works on jobs under the new model until it kills itself: `node score-worker.ts DATABASE_URL CRASH_AT`. */
const [url = '', crashAt = '0'] = process.argv.slice(2)
let reached = 0
const crashPoints = {
  reach: (point: string): void => {
    if (point !== 'job.mid_item') return
    reached += 1
    if (reached === Number(crashAt)) process.kill(process.pid, 'SIGKILL')
  },
}
const database = await openDatabase(url, { logger: silentLogger, clock: systemClock, crashPoints })
const configs = { configFor: async () => ({ config: newModel, unknownEvents: 'accept' as const }) }
const runner = testRunner(database, { owner: `worker-${process.pid}`, leaseMs: 400, idleMs: 50, configs })
await runner.start()
