// Run as a process of its own by embedded-servers.test.ts, which kills it: starts what it is told and waits.
import { openDataDirectory } from '../../../src/adapters/embedded/data-directory.ts'
import { startNatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import { startPostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'

const [dataDir = ''] = process.argv.slice(2)
const directory = await openDataDirectory(dataDir)
const postgres = await startPostgresServer({
  dataDir: directory.path,
  logger: silentLogger,
  durability: 'throwaway',
})
const nats = await startNatsServer({ dataDir: directory.path, logger: silentLogger })
process.once('SIGTERM', () => {
  void Promise.all([postgres.stop(), nats.stop()])
    .then(async () => directory.release())
    .then(() => process.exit(0))
})
process.stdout.write(`${JSON.stringify({ pids: [postgres.pid, nats.pid], pid: process.pid })}\n`)
