import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { sourcesSchema, sourceSettings } from '../../../src/app/config/source-settings.ts'
import { composeSourceLoop } from '../../../src/app/sources/compose-source-loop.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'

// A process that follows one repository until it is killed: URL of the database, data directory, repository.
const [url = '', dataDir = '', git = ''] = process.argv.slice(2)
const database = await openDatabase(url, { logger: silentLogger, clock: systemClock })
const loop = composeSourceLoop({
  ...{ database, dataDir, clock: systemClock, logger: silentLogger, daemonId: newId() },
  sources: sourceSettings(sourcesSchema.parse([{ name: 'main', git }]), '/'),
  leaseMs: 2_000,
  onApplied: () => {},
})
await loop.start()
