import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import { SmtpClient } from '../../../src/adapters/smtp/smtp-client.ts'
import { openNatsEventBus } from '../../../src/adapters/nats/nats-event-bus.ts'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { composeDaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import type { DaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { noCrashPoints } from '../../../src/kernel/crash-points.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import { toIncoming } from '../../../src/messaging/intake/event-draft.ts'

export interface NeuronxStart {
  readonly folder: string
  readonly databaseUrl: string
  readonly ownerUrl: string
  readonly natsUrl: string
  readonly tenantId: string
}

/** The daemon's own parts, nothing started, with an ear on what is committed. */
export async function openParts(
  start: NeuronxStart,
  committed: (event: LoggedEvent) => void,
): Promise<DaemonParts> {
  const [clock, logger] = [systemClock, silentLogger]
  const opened = await openDatabase(start.databaseUrl, { logger, clock, applicationName: 'bench' })
  const { decisions } = opened.stores
  const heard = Object.assign(Object.create(decisions) as typeof decisions, {
    apply: async (...[events, leases, decideAll]: Parameters<typeof decisions.apply>) => {
      // Only what was applied just now: the bus may deliver an event twice.
      let fresh: readonly LoggedEvent[] = []
      const report = await decisions.apply(events, leases, async (loaded, teams) => {
        fresh = loaded.flatMap((entity) => entity.events)
        return await decideAll(loaded, teams)
      })
      for (const event of fresh) committed(event)
      return report
    },
  })
  const database = { ...opened, stores: { ...opened.stores, decisions: heard } } as Database
  const bus = await openNatsEventBus({ url: start.natsUrl, clock, logger })
  const parts = composeDaemonParts({
    crashPoints: noCrashPoints,
    dataDir: start.folder,
    database,
    bus,
    busTotals: { undecodable: 0, repaired: 0 },
    client: new OutgoingClient({ allowPrivate: true }),
    mail: new SmtpClient({ allowPrivate: true }),
    masterKey: null,
    daemonId: newId(),
    version: '0',
    clock,
    logger,
  })
  await opened.ensurePartitions()
  return parts
}

/** An event as a producer would send it. */
export async function put(
  parts: DaemonParts,
  tenantId: string,
  events: readonly {
    readonly id: string
    readonly type: string
    readonly lead: string
    readonly data: Record<string, string>
  }[],
): Promise<void> {
  const now = systemClock.now()
  await parts.intake.accept({
    tenantId,
    events: events.map(({ id, type, lead, data }) =>
      toIncoming(
        {
          source: 'bench',
          externalId: id,
          type,
          subject: { kind: 'lead', id: lead },
          time: null,
          data,
          correlationId: null,
        },
        { tenantId, workspace: 'default', now, horizonMs: 86_400_000, onConflict: 'conflict' },
      ),
    ),
    deadLetters: [],
  })
}
