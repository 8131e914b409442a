import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGhlTestKeys } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { applyConfig } from '../../../src/app/plan/apply-config.ts'
import { loadSettings } from '../../../src/app/config/load-settings.ts'
import { openOperator } from '../../../src/app/open-operator.ts'
import type { Operator } from '../../../src/app/operator.ts'
import { Releasers } from '../../../src/kernel/releasers.ts'
import { createToken } from '../../../src/platform/access/create-token.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import { SeededRandom } from '../../support/seeded-random.ts'
import { DaemonSlot } from './daemon-slot.ts'
import { faultDocuments } from './documents.ts'
import { Oracle } from './oracle.ts'
import { OwnNats } from './own-nats.ts'
import { OwnPostgres } from './own-postgres.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { Writer } from './writers.ts'
import type { WriterWorld } from './writers.ts'

const tenantSlug = 'acme'

export interface FaultSystemOptions {
  readonly seed: number
  /** Keeps the folder with the logs when closed. Default false. */
  readonly keep?: boolean
  /** Events a second of all writers together. Default 60. */
  readonly perSecond?: number
  readonly writers?: number
  readonly leads?: number
}

type Parts = Pick<
  FaultSystem,
  | 'folder'
  | 'postgres'
  | 'nats'
  | 'oracle'
  | 'oracleWire'
  | 'slots'
  | 'writers'
  | 'world'
  | 'documents'
  | 'operator'
>

/**
 * Two daemons in processes of their own, a Postgres and a nats-server of their own, an oracle as the vendor, a wire between
 * each pair that can be cut, and the clients. Everything listens on free loopback ports and ends with this process.
 */
export class FaultSystem implements AsyncDisposable {
  readonly folder: string
  readonly postgres: OwnPostgres
  readonly nats: OwnNats
  readonly oracle: Oracle
  readonly oracleWire: TcpProxy
  readonly slots: readonly DaemonSlot[]
  readonly writers: readonly Writer[]
  readonly world: WriterWorld
  /** What is applied first is `v0`. */
  readonly documents: (variant: string) => string
  /** Opens the installation anew, straight and not through a wire. */
  readonly operator: () => Promise<Operator>
  readonly #opened: Releasers

  private constructor(parts: Parts, opened: Releasers) {
    this.folder = parts.folder
    this.postgres = parts.postgres
    this.nats = parts.nats
    this.oracle = parts.oracle
    this.oracleWire = parts.oracleWire
    this.slots = parts.slots
    this.writers = parts.writers
    this.world = parts.world
    this.documents = parts.documents
    this.operator = parts.operator
    this.#opened = opened
    this.nats.onStart = () => this.aimWires()
  }

  /** Starts everything but the daemons and the writers. */
  static async open(options: FaultSystemOptions): Promise<FaultSystem> {
    const opened = new Releasers()
    try {
      return new FaultSystem(await openParts(options, opened), opened)
    } catch (error) {
      await opened[Symbol.asyncDispose]()
      throw error
    }
  }

  nowMs(): number {
    return this.world.nowMs()
  }

  /** A daemon of the two; the first is 0. */
  slot(index: number): DaemonSlot {
    const slot = this.slots[index]
    if (slot === undefined) throw new Error(`There is no daemon ${index}`)
    return slot
  }

  async startDaemons(): Promise<void> {
    const started = await Promise.all(this.slots.map(async (slot) => slot.running || (await slot.start())))
    if (started.includes(false)) throw new Error(`A daemon did not start: see the logs in ${this.folder}`)
  }

  startWriters(): void {
    for (const writer of this.writers) writer.start()
  }

  async stopWriters(): Promise<void> {
    await Promise.all(this.writers.map(async (writer) => await writer.stop()))
  }

  /** The wires lead to where the servers listen now. */
  aimWires(): void {
    for (const slot of this.slots) {
      slot.postgres.aim(this.postgres.port)
      slot.nats.aim(this.nats.port)
    }
  }

  /** Everything runs and every wire is whole again, whatever was done. */
  async heal(): Promise<void> {
    this.oracle.misbehave(null)
    this.oracleWire.set({ kind: 'pass' })
    this.aimWires()
    for (const slot of this.slots) {
      slot.postgres.set({ kind: 'pass' })
      slot.nats.set({ kind: 'pass' })
      if (slot.running) {
        slot.signal('SIGCONT')
        slot.shiftClock(0)
      } else await slot.start()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}

async function openParts(options: FaultSystemOptions, opened: Releasers): Promise<Parts> {
  const began = performance.now()
  const random = new SeededRandom(options.seed)
  const folder = await ownFolder(options.keep ?? false, opened)
  const postgres = opened.own(await OwnPostgres.start(join(folder, 'postgres')), async (own) => own.stop())
  const nats = opened.own(await OwnNats.start(join(folder, 'nats')), async (own) => own.stop())
  const nowMs = (): number => performance.now() - began
  const oracle = opened.own(await new Oracle({ random: random.branch(), nowMs }).start(), async (own) =>
    own.stop(),
  )
  const oracleWire = opened.own(await TcpProxy.open(oracle.port), async (wire) => wire.close())
  const keys = createGhlTestKeys()
  const masterKeyFile = join(folder, 'master.key')
  await writeFile(masterKeyFile, randomBytes(32), { mode: 0o600 })
  const environment = (postgresPort: number, natsPort: number): Readonly<Record<string, string>> => ({
    NEURONX_DATABASE_URL: postgres.urlOf(postgres.runtime, postgresPort),
    NEURONX_NATS_URL: nats.urlAt(natsPort),
    NEURONX_MASTER_KEY_FILE: masterKeyFile,
    NEURONX_DATA_DIR: folder,
    NEURONX_HTTP_LISTEN: '127.0.0.1:0',
    NEURONX_OPS_LISTEN: '127.0.0.1:0',
    NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
    NEURONX_LOG_LEVEL: 'info',
  })
  const operator = async (): Promise<Operator> =>
    openOperator(await loadSettings(environment(postgres.port, nats.port), folder))
  const documents = (variant: string): string =>
    faultDocuments(`http://127.0.0.1:${oracleWire.port}`, keys.ed25519.publicKeyPem, variant)
  const token = await configure(operator, join(folder, 'config'), documents('v0'))
  const slots: DaemonSlot[] = []
  for (const name of ['daemon-a', 'daemon-b']) {
    const slot = await DaemonSlot.open({
      name,
      folder,
      postgresPort: postgres.port,
      natsPort: nats.port,
      environment,
    })
    slots.push(opened.own(slot, async (own) => own.close()))
  }
  const world: WriterWorld = {
    urls: () => slots.flatMap(({ serving }) => (serving === null ? [] : [serving.url])),
    token,
    tenant: tenantSlug,
    keys,
    nowMs,
    wallClock: () => new Date(),
  }
  const count = options.writers ?? 6
  const writers = Array.from({ length: count }, (_, index) => {
    const name = `w${index + 1}`
    const perSecond = (options.perSecond ?? 60) / count
    return new Writer(world, {
      name,
      random: random.branch(),
      perSecond,
      leads: options.leads ?? 300,
      repeats: 0.04,
    })
  })
  return { folder, postgres, nats, oracle, oracleWire, slots, writers, world, documents, operator }
}

/** Goes even when the run is broken off in the middle. */
async function ownFolder(keep: boolean, opened: Releasers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'neuronx-faults-'))
  if (keep) return folder
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  return opened.own(folder, async (path) => {
    process.removeListener('exit', remove)
    await rm(path, { recursive: true, force: true, maxRetries: 5 })
  })
}

/** The tenant, its documents and a producer's token. */
async function configure(open: Parts['operator'], directory: string, documents: string): Promise<string> {
  await using operator = await open()
  await createTenant(operator, operator.actor, { slug: tenantSlug })
  await writeConfiguration(directory, documents)
  await applyConfig(operator, directory, null)
  return (await createToken(operator, operator.actor, { tenant: tenantSlug, role: 'ingest' })).token
}

/** A configuration directory of the one tenant. */
export async function writeConfiguration(directory: string, documents: string): Promise<void> {
  await mkdir(join(directory, 'tenants', tenantSlug), { recursive: true })
  await writeFile(join(directory, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: faults\n')
  await writeFile(join(directory, 'tenants', tenantSlug, 'all.yaml'), documents)
}
