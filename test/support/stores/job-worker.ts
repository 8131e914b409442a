import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { testRunner } from './jobs.ts'

/**
 * A process that works on jobs until it dies: `node job-worker.ts DATABASE_URL CRASH_AT`, by its own hand in the middle of its
 * CRASH_AT-th item (0: by another's).
 */
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
const runner = testRunner(database, { owner: `worker-${process.pid}`, leaseMs: 400, idleMs: 50 })
await runner.start()
