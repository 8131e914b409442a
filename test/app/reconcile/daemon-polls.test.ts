import { expect } from 'chai'
import { signGhlWebhook } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { activeAdapter } from '../../../src/app/adapters/catalog/active-adapter.ts'
import { startDaemon } from '../../../src/app/daemon/start-daemon.ts'
import type { RunningDaemon } from '../../../src/app/daemon/start-daemon.ts'
import { syncAdapter } from '../../../src/app/reconcile/sync-adapter.ts'
import type { SyncAsk } from '../../../src/app/reconcile/sync-adapter.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { ReconcileStore } from '../../../src/platform/reconcile/reconcile-store.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'
import {
  giveToken,
  keys,
  polledDocuments,
  PolledVendor,
  told as toldOf,
  wakeStreams,
} from './polled-vendor.ts'

describe('a daemon whose webhooks are lost', function () {
  this.timeout(120_000)
  const vendor = new PolledVendor()
  let system: RunningSystem
  let daemon: RunningDaemon | undefined
  let deaths = 0

  before(async () => {
    system = await startSystem()
    const url = await vendor.start()
    await system.apply(basicDocuments(system.vendor.url) + polledDocuments(url))
    await giveToken(system)
    daemon = await startDaemon(system.settings, {
      logger: silentLogger,
      crashPoints: {
        reach: (point) => {
          if (point !== 'reconcile.before_cursor' || deaths > 0) return
          deaths += 1
          throw new Error('It died between what was published and what was written down')
        },
      },
    })
  })

  after(async () => {
    vendor.stop()
    await daemon?.stop()
    await system[Symbol.asyncDispose]()
  })

  async function deliver(payload: JsonObject): Promise<number> {
    const { headers, body } = signGhlWebhook(payload, keys)
    return (await fetch(`${daemon?.url}/v1/hooks/acme/ghl`, { method: 'POST', headers, body })).status
  }

  async function sync(ask: Partial<SyncAsk>, reconcile = system.operator.reconcile) {
    const place = { tenantId: system.tenant.id, slug: 'acme', workspace: 'default' }
    const { integration } = await activeAdapter(system.operator, place, 'ghl')
    const all = { stream: null, since: null, dryRun: false, ...ask }
    return await syncAdapter(
      { ...system.operator, reconcile },
      system.settings,
      place,
      integration,
      all,
      new AbortController().signal,
    )
  }

  const told = async (type: string): Promise<readonly string[]> => await toldOf(system, type)

  const standing = async (stream: string) =>
    (await system.operator.reconcile.standings(system.tenant.id)).find((one) => one.stream === stream)

  /** From here on the daemon polls nothing by itself. */
  const rest = async (): Promise<void> => {
    await eventually(async () => {
      await wakeStreams(system, 3_600_000)
      return true
    }, 30_000)
  }

  it('publishes by polls what they lost, and what they brought only once, through a death', async () => {
    await eventually(async () => (await standing('messages')) !== undefined)
    expect(await deliver(vendor.add('brought'))).to.equal(202)
    vendor.add('lost')
    vendor.write('m-lost', 'lost')
    await eventually(async () => {
      await wakeStreams(system)
      const found = [...(await told('contact.created')), ...(await told('message.received'))]
      const polled = (await standing('contacts'))?.found ?? 0
      return deaths === 1 && polled > 0 && found.includes('lost') && found.includes('m-lost')
    }, 60_000)
    expect(await told('contact.created')).to.deep.equal(['brought', 'lost'])
    expect(await told('contact.updated')).to.deep.equal([])
    expect(await told('message.received')).to.deep.equal(['m-lost'])
  })

  it('knows a webhook that comes after the poll that was faster', async () => {
    const late = vendor.write('m-late', 'lost')
    await eventually(async () => {
      await wakeStreams(system)
      return (await told('message.received')).includes('m-late')
    }, 30_000)
    expect(await deliver(late)).to.equal(202)
    expect(await deliver(late)).to.equal(202)
    await rest()
    // Told by its conversation and moment alone, as some payloads are.
    const { messageId: _id, ...unnamed } = vendor.write('m-unnamed', 'lost')
    expect(await deliver(unnamed)).to.equal(202)
    await sync({ stream: 'messages' })
    expect(await told('message.received')).to.deep.equal(['lost', 'm-late', 'm-lost'])
  })

  it('syncs by hand: says first what it would publish, and leaves the place of the polls when asked for more', async () => {
    await rest()
    vendor.add('by-hand')
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const rehearsed = await sync({ stream: 'contacts', since, dryRun: true })
    expect(rehearsed.streams[0]).to.deep.include({ state: 'complete', items: 3, missed: 1 })
    expect(await told('contact.created')).to.not.include('by-hand')
    const before = (await standing('contacts'))?.readUntil
    const done = await sync({ stream: 'contacts', since })
    expect(done.streams[0]?.events.filter(({ isKnown }) => !isKnown)).to.deep.include.members([
      {
        type: 'contact.created',
        subject: 'lead/by-hand',
        time: done.streams[0]?.events.find(({ isKnown }) => !isKnown)?.time,
        isKnown: false,
      },
    ])
    expect(Date.parse((await standing('contacts'))?.readUntil ?? '')).to.be.at.least(Date.parse(before ?? ''))
    expect(await told('contact.created')).to.include('by-hand')
  })

  it('goes on with what takes several turns when a daemon was faster between two of them', async () => {
    await rest()
    vendor.pageSize = 1
    for (let at = 0; at < 25; at += 1) vendor.write(`m-long-${at}`, 'lost')
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const { reconcile } = system.operator
    let begun = 0
    const busyOnce = {
      beginNow: async (...asked) => ((begun += 1) === 2 ? null : await reconcile.beginNow(...asked)),
      end: async (...ended) => await reconcile.end(...ended),
      // Of a stream that can be had nobody need know how it stands.
      standings: async () => [],
    } satisfies Partial<ReconcileStore> as Partial<ReconcileStore> as ReconcileStore
    const done = await eventually(async () => await sync({ stream: 'messages', since }, busyOnce), 60_000)
    vendor.pageSize = 100
    expect(done.streams[0]).to.include({ state: 'complete', missed: 25 })
    expect(begun).to.be.at.least(3)
  })

  it('takes nothing from a vendor that asks to be left alone, and says why', async () => {
    vendor.status = 500
    const report = await eventually(async () => await sync({ stream: 'contacts' }), 60_000)
    expect(report.streams[0]?.state).to.equal('failed')
    vendor.status = 200
    await system.operator.integrationControl.switchOff(system.tenant.id, 'ghl', 'test', 'incident')
    const asked = vendor.asked.length
    const shut = await eventually(async () => await sync({ stream: 'contacts' }), 60_000)
    expect(shut.streams[0]?.error?.code).to.equal('NX-READ-SHUT')
    expect(vendor.asked.length).to.equal(asked)
  })
})
