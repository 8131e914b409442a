import { expect } from 'chai'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { connect } from 'nats'
import { locateNatsServer } from '../../../src/adapters/embedded/locate-nats-server.ts'
import { startNatsServer } from '../../../src/adapters/embedded/nats-server.ts'
import { startPostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import type { PostgresServer } from '../../../src/adapters/embedded/postgres-server.ts'
import { processIdentity } from '../../../src/adapters/embedded/process-identity.ts'
import { parseNatsUrl } from '../../../src/adapters/nats/nats-url.ts'
import type { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { Releasers } from '../../../src/kernel/releasers.ts'
import { eventually } from '../../support/eventually.ts'

const holder = join(import.meta.dirname, 'hold-servers.ts')

interface Held {
  readonly child: ChildProcess
  readonly pids: readonly number[]
}

async function failureOf(work: Promise<unknown>): Promise<NxError> {
  return await work.then(
    () => {
      throw new Error('It did not fail')
    },
    (error: NxError) => error,
  )
}

async function query(server: PostgresServer, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.superuserUrl('postgres'))
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('embedded servers', function () {
  this.timeout(60_000)
  let releasers: Releasers
  let dataDir: string

  beforeEach(async () => {
    releasers = new Releasers()
    dataDir = releasers.own(await mkdtemp(join(tmpdir(), 'neuronx-embedded-')), (path) =>
      rm(path, { recursive: true, force: true }),
    )
  })

  afterEach(async () => releasers[Symbol.asyncDispose]())

  async function startPostgres(): Promise<PostgresServer> {
    const server = await startPostgresServer({ dataDir, logger: silentLogger, durability: 'throwaway' })
    return releasers.own(server, (started) => started.stop())
  }

  async function hold(): Promise<Held> {
    const child = spawn(process.execPath, [holder, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
    releasers.own(child, (started) => void started.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout })) {
      return { child, ...(JSON.parse(line) as { pids: number[] }) }
    }
    throw new Error('The holder ended before it was ready')
  }

  const allGone = (pids: readonly number[]) => async (): Promise<void> => {
    expect(await Promise.all(pids.map(processIdentity))).to.deep.equal(pids.map(() => null))
  }

  it('starts Postgres with UTF8, the C locale and a password, and keeps the data over a restart', async () => {
    const first = await startPostgres()
    await query(first, `create table kept as select 'grüße' as word`)
    const [settings] = (await query(
      first,
      `select current_setting('server_encoding') as encoding, datcollate as collation from pg_database where datname = 'postgres'`,
    )) as [object]
    expect(settings).to.deep.equal({ encoding: 'UTF8', collation: 'C' })
    await first.stop()
    const second = await startPostgres()
    expect(await query(second, 'select word from kept')).to.deep.equal([{ word: 'grüße' }])
  })

  it('refuses Postgres connections without the password, and keeps the password from other users', async () => {
    const server = await startPostgres()
    const client = new pg.Client({
      host: '127.0.0.1',
      port: server.port,
      user: 'postgres',
      password: 'guess',
    })
    client.on('error', () => undefined)
    expect((await failureOf(client.connect())).code).to.equal('28P01')
    expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).to.equal(0o600)
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).to.equal(0o700)
  })

  it('starts NATS with JetStream, refuses strangers, and keeps its address good and its data over a restart', async () => {
    const first = await startNatsServer({ dataDir, logger: silentLogger })
    releasers.own(first, (started) => started.stop())
    const stranger = await failureOf(connect({ servers: `127.0.0.1:${first.port}` }))
    expect(stranger.code).to.equal('AUTHORIZATION_VIOLATION')
    const { servers, tls: _tls, ...credentials } = parseNatsUrl(first.url)
    const before = await connect({ servers: [...servers], ...credentials })
    await (await before.jetstreamManager()).streams.add({ name: 'KEPT', subjects: ['kept'] })
    await before.jetstream().publish('kept', 'word')
    await before.close()
    await first.stop()

    const second = await startNatsServer({ dataDir, logger: silentLogger, port: first.port })
    releasers.own(second, (started) => started.stop())
    expect(second.url).to.equal(first.url)
    const after = await connect({ servers: [...servers], ...credentials })
    expect((await (await after.jetstreamManager()).streams.info('KEPT')).state.messages).to.equal(1)
    await after.close()
    expect((await stat(join(dataDir, 'nats.conf'))).mode & 0o777).to.equal(0o600)
  })

  it('shows no password in the process list', async function () {
    if (process.platform !== 'linux') this.skip()
    const { pids } = await hold()
    const secrets = [
      (await readFile(join(dataDir, 'postgres.password'), 'utf8')).trim(),
      /password: "(\w+)"/.exec(await readFile(join(dataDir, 'nats.conf'), 'utf8'))?.[1] ?? '',
    ]
    for (const pid of pids) {
      const seen =
        (await readFile(`/proc/${pid}/cmdline`, 'utf8')) + (await readFile(`/proc/${pid}/environ`, 'utf8'))
      for (const secret of secrets) {
        expect(secret).to.have.lengthOf(48)
        expect(seen).not.to.include(secret)
      }
    }
  })

  it('leaves no process behind when its parent is killed with SIGKILL, and starts again on the same data', async () => {
    const { child, pids } = await hold()
    expect(pids.every((pid) => pid > 0)).to.equal(true)
    child.kill('SIGKILL')
    await eventually(allGone(pids), 5_000)
    const again = await startPostgres()
    expect(await query(again, 'select 1 as one')).to.deep.equal([{ one: 1 }])
  })

  it('leaves no process behind after SIGTERM', async () => {
    const { child, pids } = await hold()
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).to.equal(0)
    await allGone(pids)()
  })

  it('refuses a second start on the same directory and names the process that has it', async () => {
    const { child } = await hold()
    for (const start of [startPostgres(), startNatsServer({ dataDir, logger: silentLogger })]) {
      const error = await failureOf(start)
      expect(error.code).to.equal('NX-DATA-DIR-IN-USE')
      expect(error.detail).to.include(String(child.pid))
    }
  })

  it('stops the servers that a run left behind whose guards were killed as well', async function () {
    if (process.platform !== 'linux') this.skip()
    const { child, pids } = await hold()
    // Stopped, it cannot react to the loss of its guards before it is killed itself.
    child.kill('SIGSTOP')
    for (const pid of await guardsOf(pids)) process.kill(pid, 'SIGKILL')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await Promise.all(pids.map(processIdentity))).not.to.include(null)
    const postgres = await startPostgres()
    const nats = await startNatsServer({ dataDir, logger: silentLogger })
    releasers.own(nats, (started) => started.stop())
    await allGone(pids)()
    expect(await query(postgres, 'select 1 as one')).to.deep.equal([{ one: 1 }])
  })

  it('says so when the port it was told to use is taken', async () => {
    const busy = createServer().listen({ host: '127.0.0.1', port: 0 })
    await once(busy, 'listening')
    releasers.own(busy, (server) => new Promise<void>((resolve) => server.close(() => resolve())))
    const { port } = busy.address() as AddressInfo
    const options = { dataDir, logger: silentLogger, port }
    const postgres = await failureOf(startPostgresServer({ ...options, durability: 'throwaway' }))
    expect([postgres.code, postgres.fix?.includes(String(port))]).to.deep.equal(['NX-POSTGRES-START', true])
    const nats = await failureOf(startNatsServer(options))
    expect([nats.code, nats.fix?.includes(String(port))]).to.deep.equal(['NX-NATS-START', true])
  })

  it('tells when Postgres ends by itself', async () => {
    const server = await startPostgres()
    process.kill(server.pid, 'SIGQUIT')
    await server.exited
    await allGone([server.pid])()
  })

  it('refuses a cluster of another Postgres version', async () => {
    await (await startPostgres()).stop()
    await writeFile(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), '9\n')
    expect((await failureOf(startPostgres())).code).to.equal('NX-POSTGRES-VERSION')
  })

  it('sets streams aside that nats-server cannot read back, and starts without them', async () => {
    await (await startNatsServer({ dataDir, logger: silentLogger })).stop()
    const store = join(dataDir, 'nats', 'jetstream')
    await mkdir(store, { recursive: true })
    await writeFile(join(store, 'damaged'), 'a flipped bit')
    const { command } = await locateNatsServer()
    // What 2.9.10 does with one flipped bit of some hundred: it takes luck to find one.
    const panics = join(dataDir, 'nats-server.sh')
    const trace = 'server/filestore.go:4068 +0x8a5'
    await writeFile(
      panics,
      `#!/bin/sh\n[ "$1" = --version ] || [ ! -f '${store}/damaged' ] || { echo '${trace}' >&2; exit 2; }\nexec '${command}' "$@"\n`,
      { mode: 0o755 },
    )
    const nats = await startNatsServer({ dataDir, logger: silentLogger, command: panics })
    releasers.own(nats, (started) => started.stop())
    expect(await readFile(join(dataDir, 'nats', 'jetstream.damaged', 'damaged'), 'utf8')).to.equal(
      'a flipped bit',
    )
  })

  it('says what to install when there is no nats-server', async () => {
    const error = await failureOf(
      startNatsServer({ dataDir, logger: silentLogger, command: '/nonexistent/nats-server' }),
    )
    expect(error.code).to.equal('NX-NATS-MISSING')
    expect(error.fix).to.match(/install/)
  })
})

/** The guards of these servers: the shell that waits for each, and the one that listens for the end of our process. */
async function guardsOf(pids: readonly number[]): Promise<number[]> {
  const found = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      const guard = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1])
      const children = await readFile(`/proc/${guard}/task/${guard}/children`, 'utf8')
      return [guard, ...children.trim().split(' ').map(Number)].filter((each) => each !== pid)
    }),
  )
  return found.flat()
}
