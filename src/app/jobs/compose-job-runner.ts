import { StoredDeliveries } from '../../adapters/connectors/webhooks/stored-deliveries.ts'
import type { StoredDeliveriesOptions } from '../../adapters/connectors/webhooks/stored-deliveries.ts'
import type { Database } from '../../adapters/postgres/database.ts'
import type { Clock } from '../../kernel/clock.ts'
import { newId } from '../../kernel/ids.ts'
import { silentLogger } from '../../kernel/logger.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { EventBus } from '../../messaging/bus/event-bus.ts'
import { JobRunner } from '../../platform/jobs/job-runner.ts'
import type { ConfigProvider } from '../../sales-core/processing/config-provider.ts'
import { WorkspaceConfigs } from '../daemon/workspace-configs.ts'

export interface JobRunnerParts {
  readonly database: Database
  /** As the receivers of the present configuration are found. */
  readonly routes: { readonly route: StoredDeliveriesOptions['route'] } & Pick<ConfigProvider, 'configFor'>
  readonly slugOf: StoredDeliveriesOptions['slugOf']
  /** Default: every tenant has the defaults. */
  readonly tenantLimits?: StoredDeliveriesOptions['tenantLimits']
  /** Names this process among all. */
  readonly owner: string
  /** null: jobs that publish are left to a daemon. */
  readonly bus: Pick<EventBus, 'publish'> | null
  readonly clock: Clock
  readonly logger: Logger
}

/** What works on jobs in this process; not started. */
export function composeJobRunner(parts: JobRunnerParts): JobRunner {
  const { database, routes, slugOf, tenantLimits, owner, bus, clock, logger } = parts
  const { jobLeases, jobHandlers, sentMessages } = database.stores
  const route: StoredDeliveriesOptions['route'] = async (tenantId, name) => await routes.route(tenantId, name)
  const translator = new StoredDeliveries({
    ...{ route, slugOf, messages: sentMessages, clock },
    ...(tenantLimits === undefined ? {} : { tenantLimits }),
  })
  return new JobRunner({
    leases: jobLeases,
    handlers: jobHandlers({ translator, bus, configs: routes }),
    owner,
    clock,
    logger,
  })
}

/** The same for one command of the CLI: with the tenants and the configuration as they are when it begins. */
export async function composeJobRunnerOfCommand(database: Database, clock: Clock): Promise<JobRunner> {
  const { version, tenants } = await database.stores.directory.load()
  const byId = new Map(tenants.map((tenant) => [tenant.id, tenant]))
  const directory = { version, byId: (id: string) => byId.get(id) ?? null }
  return composeJobRunner({
    database,
    routes: new WorkspaceConfigs({ revisions: database.stores.revisions, directory }),
    slugOf: (id) => byId.get(id)?.slug ?? null,
    owner: `cli:${newId()}`,
    bus: null,
    clock,
    logger: silentLogger,
  })
}
