import { userInfo } from 'node:os'
import { readFile } from 'node:fs/promises'
import { openDatabase } from '../adapters/postgres/database.ts'
import type { Database } from '../adapters/postgres/database.ts'
import { systemClock } from '../kernel/clock.ts'
import type { Clock } from '../kernel/clock.ts'
import { errorText, NxError } from '../kernel/errors.ts'
import { silentLogger } from '../kernel/logger.ts'
import type { Actor } from '../platform/access/actor.ts'
import { indexTokens, verifyToken } from '../platform/access/verify-token.ts'
import type { Settings } from './config/settings.ts'
import type { Operator } from './operator.ts'

/**
 * Opens the installation's database for one command. Who asks is the token of NEURONX_TOKEN_FILE when one is set, else the
 * user of this machine, who holds the database's credentials and may do everything. Throws NX-DB-NOT-CONFIGURED, NX-DB-…,
 * NX-TOKEN-… (unauthenticated).
 */
export async function openOperator(settings: Settings, options: { actor?: Actor } = {}): Promise<Operator> {
  if (settings.databaseUrl === null) {
    throw new NxError('configuration', 'NX-DB-NOT-CONFIGURED', 'No database is configured', {
      fix: 'Set NEURONX_DATABASE_URL, or start `neuronx dev` and read its env file: . DIR/env',
    })
  }
  const database = await openDatabase(settings.databaseUrl, {
    logger: silentLogger,
    clock: systemClock,
    applicationName: 'neuronx cli',
    appConnectionsMax: 4,
    relayConnectionsMax: 2,
    controlConnectionsMax: 1,
    // People may ask for more at once than a daemon does.
    statementTimeoutMs: 30_000,
  })
  try {
    const actor = options.actor ?? (await actorOf(settings, database))
    return operatorOver(database, actor, systemClock)
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

/** The stores of an open database as commands and control loops work with them. Disposing of it closes the database. */
export function operatorOver(database: Database, actor: Actor, clock: Clock): Operator {
  const { tenants, tokens, secrets, revisions, intake, messages, entities, deadLetters } = database.stores
  return {
    actor,
    clock,
    tenants,
    tokens,
    secrets,
    dataKeys: database.stores.dataKeys,
    credentials: database.stores.credentials,
    revisions,
    plans: database.stores.plans,
    sources: database.stores.sources,
    quarantine: database.stores.quarantine,
    rollouts: database.stores.rollouts,
    traffic: database.stores.traffic,
    intake,
    rehearsal: database.stores.intake,
    reconcile: database.stores.reconcile,
    readBudget: database.stores.readBudget,
    messages,
    entities,
    tasks: database.stores.tasks,
    workflows: database.stores.workflows,
    workflowOperations: database.stores.workflowOperations,
    recordedPast: database.stores.recordedPast,
    commandControl: database.stores.commandControl,
    dispatch: database.stores.dispatch,
    integrationControl: database.stores.integrationControl,
    outboxControl: database.stores.outboxControl,
    deadLetters,
    alerts: database.stores.alerts,
    letters: database.stores.letters,
    jobs: database.stores.jobs,
    eventReplays: database.stores.eventReplays,
    stateJobs: database.stores.stateJobs,
    scoreRecomputes: database.stores.scoreRecomputes,
    commandCancellations: database.stores.commandCancellations,
    outboxReplays: database.stores.outboxReplays,
    schedules: database.stores.scheduleControl,
    breakers: database.stores.breakerControl,
    runJob: async (tenantId, jobId, onProgress, signal) => {
      // Compiles configurations: loaded by the commands that work on jobs only.
      const { composeJobRunnerOfCommand } = await import('./jobs/compose-job-runner.ts')
      const { runJob } = await import('./jobs/run-job.ts')
      const runner = await composeJobRunnerOfCommand(database, clock)
      return await runJob({ jobs: database.stores.jobs, runner }, tenantId, jobId, onProgress, signal)
    },
    [Symbol.asyncDispose]: async () => database[Symbol.asyncDispose](),
  }
}

/** Who asks: the token of NEURONX_TOKEN_FILE, else the user of this machine. Throws NX-TOKEN-…. */
export async function actorOf({ tokenFile }: Settings, { stores }: Database): Promise<Actor> {
  if (tokenFile === null) return { kind: 'local', user: userInfo().username, role: 'owner' }
  const presented = await readFile(tokenFile, 'utf8').catch((error: unknown) => {
    throw new NxError('io', 'NX-TOKEN-FILE', 'The token file cannot be read', {
      detail: errorText(error),
      where: { file: tokenFile },
      fix: 'Check NEURONX_TOKEN_FILE, or unset it to work with the database login alone.',
    })
  })
  const verified = verifyToken(
    indexTokens(await stores.directory.load()),
    presented.trim(),
    systemClock.now(),
  )
  if (verified !== null) return verified.actor
  throw new NxError('unauthenticated', 'NX-TOKEN-UNKNOWN', 'The token is unknown, revoked or expired', {
    where: { file: tokenFile },
    fix: 'Ask an owner for a new one: neuronx token create --tenant TENANT --role ROLE',
  })
}
