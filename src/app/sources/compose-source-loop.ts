import { join } from 'node:path'
import { GitSourceReader } from '../../adapters/git/git-source-reader.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import { DirectorySource } from '../../control-plane/sources/directory-source.ts'
import { sourceAlertCodes, sourceAlerts } from '../../control-plane/sources/source-alerts.ts'
import { SourceLoop } from '../../control-plane/sources/source-loop.ts'
import type { SourceReader } from '../../control-plane/sources/source-reader.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { gitVariables } from '../config/git-variables.ts'
import { processEnvironment } from '../config/process-environment.ts'
import type { SourceSettings } from '../config/source-settings.ts'
import { operatorOver } from '../open-operator.ts'
import { planPorts } from '../plan/plan-ports.ts'
import { allRollsOut, carryOutPlan, carryOutSavedPlan } from './carry-out-plan.ts'

export interface ComposeSourceLoopOptions {
  readonly database: Database
  readonly sources: readonly SourceSettings[]
  /** Clones are kept below it. */
  readonly dataDir: string
  readonly daemonId: string
  readonly clock: Clock
  readonly logger: Logger
  /** After a daemon died another goes on so long after its next look was due. Default 20 s. */
  readonly leaseMs?: number
  onApplied(): void
}

/** The loop that follows what the settings name, over an open installation. */
export function composeSourceLoop(options: ComposeSourceLoopOptions): SourceLoop {
  const { database, sources, dataDir, daemonId, clock, logger, onApplied } = options
  const operator = operatorOver(database, { kind: 'daemon', name: 'gitops' }, clock)
  const { revisions, plans, rollouts, sources: store } = operator
  const byName = new Map(sources.map((source) => [source.name, source]))
  return new SourceLoop({
    ...{ sources: sources.map(({ git: _git, ...source }) => source), store, clock, logger, onApplied },
    owner: daemonId,
    onLooked: async (statuses) => {
      await database.stores.alerts.report(sourceAlertCodes, sourceAlerts(statuses))
    },
    ...(options.leaseMs === undefined ? {} : { leaseMs: options.leaseMs }),
    readerOf: ({ name }) => readerOf(byName.get(name), dataDir),
    ports: {
      ...{ revisions, plans, rollouts, clock, rollsOut: allRollsOut },
      plan: planPorts(operator),
      carryOut: async (plan, actor, reason) => carryOutPlan({ ...operator, actor }, plan, reason),
      carryOutSaved: async (id, actor, reason) => carryOutSavedPlan({ ...operator, actor }, id, reason),
    },
  })
}

function readerOf(source: SourceSettings | undefined, dataDir: string): SourceReader {
  if (source?.git == null || source.from.kind !== 'git')
    return new DirectorySource(source?.from.location ?? '')
  const { branch, path } = source.from
  return new GitSourceReader({
    ...source.git,
    ...{ branch, path },
    folder: join(dataDir, 'sources', source.name),
    passed: gitVariables(processEnvironment()),
  })
}
