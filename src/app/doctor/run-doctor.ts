import { inspectNats } from '../../adapters/nats/nats-facts.ts'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../kernel/clock.ts'
import { silentLogger } from '../../kernel/logger.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import { watchThresholds } from '../../platform/alerts/watch-thresholds.ts'
import { loadMasterKey } from '../config/master-key.ts'
import type { Settings } from '../config/settings.ts'
import { diskOf } from './disk-of.ts'
import { actorOf } from '../open-operator.ts'
import { busChecks } from './bus-checks.ts'
import {
  clockCheck,
  installationChecks,
  openedChecks,
  refusedChecks,
  schedulesCheck,
  secretsCheck,
} from './database-checks.ts'
import { fail, ok, warn } from './finding.ts'
import type { CheckResult } from './finding.ts'
import { within } from './within.ts'

/**
 * Looks at everything that an installation needs, each thing with a deadline of its own: with everything dead it says so for each.
 * Changes nothing. Throws NX-DENIED and NX-TOKEN-… when a token may not look.
 */
export async function runDoctor(
  settings: Settings,
  options: { readonly deadlineMs: number },
): Promise<readonly CheckResult[]> {
  const { deadlineMs } = options
  const [key, database, bus, disk] = await Promise.all([
    masterKeyOf(settings),
    databaseChecks(settings, deadlineMs),
    within('bus.reachable', deadlineMs, async () => await lookAtBus(settings, deadlineMs)),
    within('disk', deadlineMs, async () => [await diskCheck(settings.dataDir)]),
  ])
  return [settingsCheck(settings), ...key.results, ...database, ...bus, ...disk]
}

function settingsCheck({ databaseUrl, natsUrl, file }: Settings): CheckResult {
  const missing = [
    ...(databaseUrl === null ? ['NEURONX_DATABASE_URL'] : []),
    ...(natsUrl === null ? ['NEURONX_NATS_URL'] : []),
  ]
  return missing.length === 0
    ? ok(
        'settings',
        file === null ? 'Complete, from the environment' : `Complete, from ${file} and the environment`,
      )
    : fail(
        'settings',
        `Not set: ${missing.join(', ')}`,
        `Set ${missing.join(' and ')}, or: neuronx dev; . DIR/env`,
      )
}

async function masterKeyOf({
  masterKeyFile,
}: Settings): Promise<{ id: string | null; results: readonly CheckResult[] }> {
  // Whether one is needed is said by the secrets.
  if (masterKeyFile === null) return { id: null, results: [] }
  let id: string | null = null
  const results = await within('secrets.key_file', 2_000, async () => {
    ;({ id } = await loadMasterKey(masterKeyFile))
    return [ok('secrets.key_file', 'It is 32 bytes that only its owner may read')]
  })
  return { id, results }
}

async function databaseChecks(settings: Settings, deadlineMs: number): Promise<readonly CheckResult[]> {
  const { databaseUrl } = settings
  if (databaseUrl === null)
    return [fail('database.reachable', 'Could not be looked at: it is not configured', null)]
  let database: Database
  try {
    database = await openDatabase(databaseUrl, {
      logger: silentLogger,
      clock: systemClock,
      applicationName: 'neuronx doctor',
      appConnectionsMax: 1,
      relayConnectionsMax: 2,
      controlConnectionsMax: 1,
      connectTimeoutMs: deadlineMs,
      statementTimeoutMs: deadlineMs,
    })
  } catch (error) {
    return refusedChecks(error)
  }
  try {
    const actor = await actorOf(settings, database)
    requirePermission(actor, 'daemon.read', null)
    const key = await masterKeyOf(settings)
    const groups = await Promise.all([
      within('clock', deadlineMs, async () => await clockCheck(database, systemClock)),
      within('installation', deadlineMs, async () => await installationChecks(database, actor)),
      within('schedules', deadlineMs, async () => await schedulesCheck(database, actor)),
      within('secrets.key', deadlineMs, async () => await secretsCheck(database, key.id)),
    ])
    return [...openedChecks(), ...groups.flat()]
  } finally {
    await database[Symbol.asyncDispose]()
  }
}

async function lookAtBus({ natsUrl, bus }: Settings, deadlineMs: number): Promise<readonly CheckResult[]> {
  if (natsUrl === null) return [fail('bus.reachable', 'Could not be looked at: it is not configured', null)]
  const facts = await inspectNats({
    url: natsUrl,
    ...bus,
    clock: systemClock,
    logger: silentLogger,
    name: 'neuronx doctor',
    // Within the deadline, so that the failure is told rather than that there was none.
    connectMs: deadlineMs / 2,
    callMs: deadlineMs / 2,
  })
  return busChecks(facts)
}

async function diskCheck(dataDir: string): Promise<CheckResult> {
  const disk = await diskOf(dataDir)
  if (disk === null) return warn('disk', `The file system of ${dataDir} cannot be asked`, null)
  const share = disk.freeBytes / Math.max(1, disk.sizeBytes)
  const found = `${Math.floor(100 * share)} % of the disk of ${dataDir} are free`
  return share < watchThresholds.diskFreeShareMin
    ? fail('disk', found, 'Make room before the bus or the database stops taking writes')
    : ok('disk', found)
}
