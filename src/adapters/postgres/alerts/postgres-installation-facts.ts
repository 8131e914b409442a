import type pg from 'pg'
import type { JsonObject } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { OutboxPause } from '../../../messaging/relay/outbox-control.ts'
import { daemonHealthOf } from '../../../platform/alerts/daemon-health.ts'
import type {
  DaemonHealth,
  DaemonHealthStore,
  ObservedDaemon,
} from '../../../platform/alerts/daemon-health.ts'
import { countMax, listMax } from '../../../platform/alerts/installation-facts.ts'
import type {
  EndingCredential,
  FactsList,
  FactsThresholds,
  FenceFacts,
  GateFacts,
  InstallationFacts,
  InstallationFactsReader,
  LaneFacts,
  LetterGroupFacts,
  PausedJobFacts,
  ReconcileFacts,
  TrippedRuleFacts,
} from '../../../platform/alerts/installation-facts.ts'
import { jsonText } from '../connection/json-text.ts'
import { inRole, run, runAlone } from '../connection/transaction.ts'
import type { Statement } from '../connection/transaction.ts'
import * as sql from './facts-statements.ts'

/** Heads of lanes that are looked at per integration: those that are due first. */
const headsMax = 200
/** One more than a list holds tells that it was cut. */
const asked = listMax + 1

/** What the database knows of an installation's troubles, read as neuronx_relay; and where daemons leave their health. */
export class PostgresInstallationFacts implements InstallationFactsReader, DaemonHealthStore {
  readonly #relay: pg.Pool

  constructor(relay: pg.Pool) {
    this.#relay = relay
  }

  async facts(thresholds: FactsThresholds): Promise<InstallationFacts> {
    return inRole(this.#relay, async (client) => {
      const truncated: FactsList[] = []
      const list = async <Row extends object>(
        name: FactsList,
        statement: Statement,
        values: readonly unknown[] = [],
      ): Promise<readonly Row[]> => {
        const rows = await run<Row>(client, statement, [asked, ...values])
        if (rows.length > listMax) truncated.push(name)
        return rows.slice(0, listMax)
      }
      const [one] = await run<InstallationRow>(client, sql.installation, [])
      const [unpublished] = await run<{ ms: number | null }>(client, sql.oldestUnpublished, [])
      const [fence] = await run<FenceFacts>(client, sql.fence, [])
      return {
        ...(one as InstallationRow),
        inDoubt: await list<LaneFacts>('inDoubt', sql.inDoubt, [countMax, thresholds.inDoubtMs]),
        overdue: await list<LaneFacts>('overdue', sql.overdue, [countMax, thresholds.overdueMs]),
        blockedHeads: await list<LaneFacts>('blockedHeads', sql.blockedHeads, [
          headsMax,
          thresholds.blockedHeadMs,
        ]),
        letterGroups: await list<LetterGroupFacts>('letterGroups', sql.letterGroups, [countMax]),
        closedGates: await list<GateFacts>('closedGates', sql.closedGates),
        reconciles: await list<ReconcileFacts>('reconciles', sql.reconciles, [
          thresholds.reconcileFailingMs,
          thresholds.webhooksLostPerHour,
        ]),
        credentials: await list<EndingCredential>('credentials', sql.credentials, [
          thresholds.credentialFailingMs,
          thresholds.credentialEndingMs,
        ]),
        trippedRules: await list<TrippedRuleFacts>('trippedRules', sql.trippedRules),
        pausedJobs: await list<PausedJobFacts>('pausedJobs', sql.pausedJobs),
        fence: fence ?? null,
        oldestUnpublishedMs: unpublished?.ms ?? null,
        daemons: (await run<DaemonRow>(client, sql.daemons, [listMax])).map(observed),
        outboxPauses: await run<OutboxPause>(client, sql.outboxPauses, [listMax]),
        truncated,
      }
    })
  }

  async databaseNow(): Promise<string> {
    const [row] = await runAlone<{ now: string }>(this.#relay, sql.databaseNow, [])
    return (row as { now: string }).now
  }

  async report(daemonId: string, health: DaemonHealth): Promise<void> {
    await runAlone(this.#relay, sql.reportHealth, [daemonId, jsonText(health)])
  }
}

type InstallationRow = Pick<
  InstallationFacts,
  'at' | 'fenceVisible' | 'shardsOwned' | 'partitionDaysAhead' | 'ownCluster'
>

interface DaemonRow extends Pick<ObservedDaemon, 'id' | 'host' | 'version' | 'uptimeMs'> {
  readonly stats: JsonObject
  readonly health: JsonObject
}

function observed({ stats, health, ...daemon }: DaemonRow): ObservedDaemon {
  const { loops } = stats
  const ages = isJsonObject(loops) ? Object.entries(loops) : []
  return {
    ...daemon,
    loopAgesMs: Object.fromEntries(
      ages.map(([loop, seconds]) => [loop, typeof seconds === 'number' ? seconds * 1_000 : null]),
    ),
    health: daemonHealthOf(health),
  }
}
