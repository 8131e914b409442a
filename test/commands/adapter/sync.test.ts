import { expect } from 'chai'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import type { CliResult } from '../../support/cli/built-cli.ts'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'
import {
  giveToken,
  polledDocuments,
  PolledVendor,
  told,
  wakeStreams,
} from '../../app/reconcile/polled-vendor.ts'

interface Answer {
  readonly code: number | null
  readonly data: { readonly streams: readonly JsonObject[] }
  readonly error?: { readonly code: string; readonly fix: string }
}

describe('neuronx adapter sync', function () {
  this.timeout(180_000)
  const vendor = new PolledVendor()
  let system: RunningSystem

  before(async () => {
    buildCli()
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + polledDocuments(await vendor.start()))
    await giveToken(system)
  })

  after(async () => {
    vendor.stop()
    await system[Symbol.asyncDispose]()
  })

  async function run(args: readonly string[], env: Record<string, string> = {}): Promise<CliResult> {
    const { databaseUrl, masterKeyFile, dataDir } = system.settings
    const result = await runBuiltCli(args, {
      env: {
        NEURONX_DATABASE_URL: databaseUrl ?? '',
        NEURONX_MASTER_KEY_FILE: masterKeyFile ?? '',
        NEURONX_DATA_DIR: dataDir,
        NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
        NEURONX_TENANT: 'acme',
        ...env,
      },
    })
    expect(result.stdout + result.stderr).to.not.contain('the token')
    return result
  }

  async function sync(...args: readonly string[]): Promise<Answer> {
    const { code, stdout } = await run(['adapter', 'sync', 'ghl', ...args, '--json'])
    return { code, ...(JSON.parse(stdout) as Omit<Answer, 'code'>) }
  }

  it('rehearses without a daemon, and publishes nothing where none has seen the document', async () => {
    vendor.add('lost')
    const rehearsed = await run(['adapter', 'sync', 'ghl', '--since', '1h', '--dry-run'])
    expect(rehearsed.code).to.equal(0)
    expect(rehearsed.stdout).to.match(/^STREAM\s+STATE\s+SINCE\s+READ\s+WOULD PUBLISH/)
    expect(rehearsed.stdout).to.match(/^contact\.created\s+lead\/lost\s/m)
    expect(rehearsed.stderr).to.contain('Nothing was published.')
    expect((await sync('--since', '1h')).error?.code).to.equal('NX-RECONCILE-OFF')
    expect(await told(system, 'contact.created')).to.deep.equal([])
  })

  it('publishes what was lost, once, and says where the streams stand', async () => {
    const daemon = await system.daemon()
    const standings = async () => await system.operator.reconcile.standings(system.tenant.id)
    await eventually(async () => (await standings()).length === 3, 30_000)
    await eventually(async () => {
      await wakeStreams(system, 3_600_000)
      return true
    }, 30_000)
    await daemon.stop()
    vendor.add('late')
    vendor.write('m-late', 'late')
    const first = await sync('--since', '1h')
    expect(first.code).to.equal(0)
    expect(first.data.streams.map(({ stream, state }) => [stream, state])).to.deep.equal([
      ['contacts', 'complete'],
      ['messages', 'complete'],
      ['emails', 'complete'],
    ])
    const again = await sync('--since', '1h', '--stream', 'contacts')
    expect(again.data.streams[0]).to.include({ items: 2, missed: 0 })
    expect(await told(system, 'contact.created')).to.deep.equal(['late', 'lost'])
    expect(await told(system, 'message.received')).to.deep.equal(['m-late'])

    const text = (await run(['adapter', 'show', 'ghl'])).stdout
    expect(text).to.match(/^Polls\s+every 1m: contacts, messages, emails$/m)
    expect(text).to.match(/^messages\s+\S+\s/m)
    const { stdout } = await run(['adapter', 'show', 'ghl', '--json'])
    const shown = JSON.parse(stdout) as {
      data: { reconcile: { everyMs: number; standings: readonly JsonObject[] } }
    }
    expect(shown.data.reconcile.everyMs).to.equal(60_000)
    expect(shown.data.reconcile.standings.find(({ stream }) => stream === 'messages')).to.deep.include({
      failures: 0,
      error: null,
    })
  })

  it('says 75 when the vendor cannot be read, and why', async () => {
    vendor.status = 403
    const { code, data } = await sync('--stream', 'contacts')
    vendor.status = 200
    expect([code, data.streams[0]?.['state']]).to.deep.equal([75, 'failed'])
    expect(data.streams[0]?.['error']).to.have.property('code')
  })

  it('takes no stream, time, integration or tenant that is none', async () => {
    const wrong = await sync('--stream', 'contact')
    expect([wrong.error?.code, wrong.error?.fix]).to.deep.equal([
      'NX-RECONCILE-STREAM',
      'Streams: contacts, messages, emails.',
    ])
    expect((await sync('--since', 'yesterdayish')).code).to.equal(64)
    expect((await sync('--since', '30d')).error?.code).to.equal('NX-RECONCILE-SINCE')
    expect((await run(['adapter', 'sync', 'ghll'])).code).to.equal(66)
    expect((await run(['adapter', 'sync', 'ghl'], { NEURONX_TENANT: 'nobody' })).code).to.equal(66)
    expect((await run(['adapter', 'sync', '--help'])).stdout).to.contain('--dry-run')
  })
})
