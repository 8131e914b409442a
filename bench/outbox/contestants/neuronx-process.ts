import pg from 'pg'
import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { composeDaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import type { DaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { noCrashPoints } from '../../../src/kernel/crash-points.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { toIncoming } from '../../../src/messaging/intake/event-draft.ts'
import { leadEvent, leadId } from '../../pipeline/harness/lead-events.ts'
import { CommitWatch } from '../commit-watch.ts'
import type { WorkDone } from '../outbox-contestant.ts'
import { serveContestant } from './serve-contestant.ts'

export interface NeuronxStart {
  readonly folder: string
  readonly databaseUrl: string
  readonly ownerUrl: string
  readonly natsUrl: string
  readonly tenantId: string
}

const watch = new CommitWatch()
let options: NeuronxStart
let database: Database
let parts: DaemonParts

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const { tenantId } = options
  const now = systemClock.now()
  const events = Array.from({ length: count }, (_, offset) => {
    const index = from + offset
    const { id, data } = leadEvent(phase, index) as { id: string; data: Record<string, string> }
    return toIncoming(
      {
        source: 'bench',
        externalId: id,
        type: 'lead.created',
        subject: { kind: 'lead', id: leadId(phase, index) },
        time: null,
        data,
        correlationId: null,
      },
      { tenantId, workspace: 'default', now, horizonMs: 86_400_000, onConflict: 'conflict' },
    )
  })
  await parts.intake.accept({ tenantId, events, deadLetters: [] })
}

let working: Promise<void> | null = null

/** Relay, bus, consumer and decision as the daemon wires them; commands stay in their queue. */
const work = async (): Promise<void> => {
  working ??= (async () => {
    for (const part of [parts.directory, parts.owner, parts.relay, parts.consumer]) await part.start()
  })()
  await working
}

serveContestant<NeuronxStart>({
  watch,
  insert,
  work,
  start: async (start: NeuronxStart): Promise<void> => {
    options = start
    const [clock, logger] = [systemClock, silentLogger]
    const opened = await openDatabase(start.databaseUrl, { logger, clock, applicationName: 'bench' })
    // Told of every commit: the store that the processor works with, with an ear on what it resolves.
    const decisions = opened.stores.decisions
    const heard = Object.assign(Object.create(decisions) as typeof decisions, {
      apply: async (...[events, leases, decideAll]: Parameters<typeof decisions.apply>) => {
        // Only what was applied just now: the bus may deliver an event twice.
        let fresh: readonly { readonly externalId: string }[] = []
        const report = await decisions.apply(events, leases, async (loaded, teams) => {
          fresh = loaded.flatMap((entity) => entity.events)
          return await decideAll(loaded, teams)
        })
        for (const { externalId } of fresh) watch.committed(externalId)
        return report
      },
    })
    database = { ...opened, stores: { ...opened.stores, decisions: heard } } as Database
    const bus = await openNatsEventBus({ url: start.natsUrl, clock, logger })
    const client = new OutgoingClient({ allowPrivate: true })
    const daemonId = newId()
    parts = composeDaemonParts({
      crashPoints: noCrashPoints,
      dataDir: start.folder,
      database,
      bus,
      busTotals: { undecodable: 0, repaired: 0 },
      client,
      masterKey: null,
      daemonId,
      version: '0',
      clock,
      logger,
    })
    await opened.ensurePartitions()
  },
  count: async (): Promise<WorkDone> => {
    const client = new pg.Client(options.ownerUrl)
    await client.connect()
    const { rows } = await client.query<WorkDone>(
      `select (select count(*) from neuronx.decision)::integer as events, (select count(*) from neuronx.entity)::integer as states,
         (select count(*) from neuronx.command)::integer as commands`,
    )
    await client.end()
    return rows[0] ?? { events: 0, states: 0, commands: 0 }
  },
})
