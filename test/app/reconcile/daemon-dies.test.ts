import { expect } from 'chai'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { eventually } from '../../support/eventually.ts'
import { basicDocuments, startSystem } from '../../support/system/running-system.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'
import { giveToken, polledDocuments, PolledVendor, told } from './polled-vendor.ts'

const entry = join(import.meta.dirname, '..', '..', 'faults', 'daemon-entry.ts')

interface StreamRow {
  readonly stream: string
  readonly owner: string | null
  readonly leased: boolean
  readonly turn: number
  readonly read_until: Date | null
  readonly last_at: Date | null
}

describe('a daemon that is killed while it polls', function () {
  this.timeout(300_000)
  const vendor = new PolledVendor()
  const children: ChildProcess[] = []
  let system: RunningSystem
  let sql: pg.Client

  before(async () => {
    system = await startSystem()
    const documents = polledDocuments(await vendor.start())
    const two = documents.replace('{ every: 1m }', '{ every: 1m, streams: [contacts, messages] }')
    await system.apply(basicDocuments(system.vendor.url) + two)
    await giveToken(system)
    sql = new pg.Client({ connectionString: system.settings.databaseUrl ?? '' })
    await sql.connect()
    // Nobody else, the owner of the tables included, sees a row.
    await sql.query('set role neuronx_app')
    await sql.query('set search_path to neuronx')
    await sql.query(`select set_config('nx.tenants', $1, false)`, [`{${system.tenant.id}}`])
  })

  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    vendor.stop()
    await sql.end()
    await system[Symbol.asyncDispose]()
  })

  /** A daemon of its own; with `crashAt` one that kills itself there. */
  function start(crashAt = ''): ChildProcess {
    const { databaseUrl, natsUrl, masterKeyFile, dataDir } = system.settings
    const child = spawn(process.execPath, ['--no-warnings', entry], {
      cwd: dataDir,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: dataDir,
        NEURONX_DATABASE_URL: databaseUrl ?? '',
        NEURONX_NATS_URL: natsUrl ?? '',
        NEURONX_MASTER_KEY_FILE: masterKeyFile ?? '',
        NEURONX_DATA_DIR: dataDir,
        NEURONX_HTTP_LISTEN: '127.0.0.1:0',
        NEURONX_OPS_LISTEN: '127.0.0.1:0',
        NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
        NX_CRASH_AT: crashAt,
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    children.push(child)
    return child
  }

  /** The id of a daemon, once it serves. */
  async function serving(daemon: ChildProcess): Promise<string> {
    const [{ serves }] = (await once(daemon, 'message')) as [{ serves: { id: string } }]
    return serves.id
  }

  async function streams(): Promise<readonly StreamRow[]> {
    const { rows } = await sql.query<StreamRow>(
      `select stream, owner, coalesce(lease_until > clock_timestamp(), false) as leased, turn::integer as turn, read_until, last_at
       from reconcile_stream order by stream`,
    )
    return rows
  }

  /** Has what nobody polls polled soon; nothing else of the rows is changed. */
  async function wake(): Promise<void> {
    await sql.query(
      'update reconcile_stream set wake_at = clock_timestamp() where wake_at > clock_timestamp()',
    )
  }

  /** Polls until the daemon has killed itself, and gives the streams that it held. */
  async function untilDead(daemon: ChildProcess): Promise<readonly StreamRow[]> {
    const gone = once(daemon, 'exit')
    await eventually(async () => {
      await wake()
      return daemon.exitCode !== null || daemon.signalCode !== null
    }, 120_000)
    expect((await gone)[1]).to.equal('SIGKILL')
    return (await streams()).filter(({ owner }) => owner !== null)
  }

  const everything = async (): Promise<readonly string[]> => [
    ...(await told(system, 'contact.created')),
    ...(await told(system, 'contact.updated')),
    ...(await told(system, 'message.received')),
  ]

  it('published each change once when the next one has polled, and its place moves on', async () => {
    vendor.add('lead')
    vendor.write('m-1', 'lead')
    const held = await untilDead(start('reconcile.before_cursor'))
    expect(await everything()).to.not.deep.equal([])
    expect(held.map(({ stream }) => stream)).to.not.deep.equal([])
    for (const row of held) expect(row).to.include({ leased: true, last_at: null })
    const placeOf = new Map((await streams()).map(({ stream, read_until: until }) => [stream, until]))

    // As if it had been dead for an hour, in which something came that no webhook told: further back than a first poll looks.
    await sql.query(`update reconcile_stream set read_until = read_until - interval '1 hour'`)
    vendor.write('m-2', 'lead')
    Object.assign(vendor.messages.at(-1) ?? {}, { dateAdded: new Date(Date.now() - 1_800_000).toISOString() })
    const second = await serving(start())
    // The lease of the dead one still holds: its streams are nobody else's.
    await eventually(async () => {
      await wake()
      const { rows } = await sql.query(
        'select distinct owner from shard where lease_until > clock_timestamp()',
      )
      const free = (await streams()).filter(({ stream }) => !held.some((one) => one.stream === stream))
      expect(rows).to.deep.equal([{ owner: second }])
      return free.every(({ last_at: at }) => at !== null)
    }, 60_000)
    for (const { stream, turn, owner } of held)
      expect((await streams()).find((one) => one.stream === stream)).to.include({
        turn,
        owner,
        last_at: null,
      })

    const { rowCount } = await sql.query(
      'update reconcile_stream set lease_until = clock_timestamp() where owner = $1',
      [held[0]?.owner],
    )
    expect(rowCount).to.equal(held.length)
    const turns = new Map((await streams()).map(({ stream, turn }) => [stream, turn]))
    await eventually(async () => {
      await wake()
      // More than one full poll of each: a second one that reads the same again publishes nothing.
      return (await streams()).every(
        ({ stream, turn, last_at: at }) => at !== null && turn >= (turns.get(stream) ?? 0) + 3,
      )
    }, 60_000)
    expect(await everything()).to.deep.equal(['lead', 'm-1', 'm-2'])
    for (const { stream, read_until: until } of await streams())
      expect(until?.getTime() ?? 0, stream).to.be.greaterThan(placeOf.get(stream)?.getTime() ?? 0)
  })
})
