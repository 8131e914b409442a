import { expect } from 'chai'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { BusFacts } from '../../../src/messaging/bus/bus-facts.ts'
import type { Alert, AlertCondition } from '../../../src/platform/alerts/alert.ts'
import type { AlertStore } from '../../../src/platform/alerts/alert-store.ts'
import { AlertWatch } from '../../../src/platform/alerts/alert-watch.ts'
import type { AlertWatchOptions } from '../../../src/platform/alerts/alert-watch.ts'
import type { DaemonHealth } from '../../../src/platform/alerts/daemon-health.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { soundFacts } from '../../support/alerts/installation-facts.ts'
import { eventually } from '../../support/eventually.ts'

interface Report {
  readonly codes: readonly string[]
  readonly found: readonly string[]
}

function setup(over: Partial<AlertWatchOptions> = {}) {
  const clock = new ManualClock()
  const reports: Report[] = []
  const healths: DaemonHealth[] = []
  const alerts = {
    report: async (codes: readonly string[], conditions: readonly AlertCondition[]): Promise<Alert[]> => {
      reports.push({ codes, found: conditions.map(({ code }) => code) })
      return []
    },
    counts: async () => [],
    forgetOld: async () => 0,
  } as unknown as AlertStore
  const watch = new AlertWatch({
    daemonId: 'd1',
    alerts,
    facts: { facts: async () => soundFacts() },
    health: {
      databaseNow: async () => clock.now().toISOString(),
      report: async (_daemon, health) => void healths.push(health),
    },
    bus: { busFacts: async () => ({ consumersAhead: [] }) as unknown as BusFacts },
    watches: () => true,
    route: async () => [],
    slugOf: () => null,
    disk: async () => null,
    repaired: () => 0,
    refused: () => [],
    clock,
    logger: silentLogger,
    idleMs: 1,
    ...over,
  })
  /** As many whole rounds as asked for, on a clock that does not move meanwhile. */
  const rounds = async (count: number): Promise<void> => {
    const until = watch.rounds + count
    await watch.start()
    await eventually(() => watch.rounds >= until)
    await watch.stop()
  }
  return { watch, clock, reports, healths, rounds }
}

describe('the watch', () => {
  it('leaves its health but looks at nothing while another daemon watches', async () => {
    const { rounds, reports, healths, watch } = setup({ watches: () => false })
    await rounds(1)
    expect(healths[0]).to.deep.equal({
      skewMs: 0,
      disk: null,
      repaired: { events: 0, lastAt: null },
      refused: [],
    })
    expect(reports).to.deep.equal([])
    expect(watch.view).to.equal(null)
  })

  it('reports what it finds, and what was looked at, so that the rest is over', async () => {
    const { rounds, reports, watch } = setup({
      facts: { facts: async () => soundFacts({ oldestUnpublishedMs: 61_000 }) },
    })
    await rounds(1)
    expect(reports[0]?.found).to.deep.equal(['NX-ALERT-UNPUBLISHED'])
    expect(reports[0]?.codes).to.include.members(['NX-ALERT-UNPUBLISHED', 'NX-ALERT-CONSUMER-AHEAD'])
    expect(reports[1]?.codes).to.deep.equal(['NX-ALERT-ROUTE-BROKEN'])
    expect(watch.view?.facts.oldestUnpublishedMs).to.equal(61_000)
  })

  it('goes on without the bus, and then leaves the alerts about it as they are', async () => {
    const { rounds, reports } = setup({
      bus: {
        busFacts: async () => {
          throw new Error('no answer')
        },
      },
    })
    await rounds(1)
    expect(reports[0]?.codes).to.not.include('NX-ALERT-CONSUMER-AHEAD')
    expect(reports[0]?.codes).to.include('NX-ALERT-FENCE')
  })

  it('counts for how long it has seen a shard without an owner', async () => {
    let owned = Array.from({ length: 63 }, (_, shard) => shard)
    const { rounds, reports, clock } = setup({
      facts: { facts: async () => soundFacts({ shardsOwned: owned }) },
    })
    await rounds(1)
    clock.advance(31_000)
    await rounds(1)
    expect(reports[0]?.found).to.deep.equal([])
    expect(reports.at(-2)?.found).to.deep.equal(['NX-ALERT-SHARD-UNOWNED'])
    owned = [...owned, 63]
    await rounds(1)
    owned = owned.slice(0, 63)
    await rounds(1)
    expect(reports.at(-2)?.found).to.deep.equal([])
  })

  it('measures the clocks against each other, halfway through the round trip', async () => {
    const clock = new ManualClock()
    const { rounds, healths } = setup({
      clock,
      watches: () => false,
      health: {
        databaseNow: async () => new Date(clock.now().getTime() - 5_000).toISOString(),
        report: async (_daemon, health) => void measured.push(health),
      },
    })
    const measured: DaemonHealth[] = []
    await rounds(1)
    expect(healths).to.deep.equal([])
    expect(measured[0]?.skewMs).to.equal(5_000)
  })

  it('remembers when events were last published again', async () => {
    let repaired = 0
    const { rounds, healths, clock } = setup({ watches: () => false, repaired: () => repaired })
    await rounds(1)
    repaired = 3
    const at = clock.now().toISOString()
    await rounds(1)
    clock.advance(60_000)
    await rounds(1)
    expect(healths[0]?.repaired).to.deep.equal({ events: 0, lastAt: null })
    expect(healths.at(-1)?.repaired).to.deep.equal({ events: 3, lastAt: at })
  })
})
