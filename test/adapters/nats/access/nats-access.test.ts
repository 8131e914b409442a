import { expect } from 'chai'
import { nkeys } from 'nats'
import type { NatsCredentials } from '../../../../src/adapters/nats/access/nats-credentials.ts'
import type { NatsTls } from '../../../../src/adapters/nats/access/nats-tls.ts'
import { openNatsEventBus } from '../../../../src/adapters/nats/nats-event-bus.ts'
import type { NatsEventBus } from '../../../../src/adapters/nats/nats-event-bus.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { NxError } from '../../../../src/kernel/errors.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { Logger } from '../../../../src/kernel/logger.ts'
import { eventually } from '../../../support/eventually.ts'
import { startConfiguredNats } from '../configured-nats.ts'
import type { ConfiguredNats } from '../configured-nats.ts'
import { makeEvents, publishAll } from '../nats-rig.ts'
import { makeAuthority } from './certificates.ts'
import { makeOperator } from './nats-jwt.ts'

const noTls: NatsTls = {
  caFile: null,
  certFile: null,
  keyFile: null,
  serverName: null,
  handshakeFirst: false,
}

interface Way {
  readonly credentials?: NatsCredentials
  readonly tls?: NatsTls
  readonly url?: string
  readonly logger?: Logger
}

async function open(
  nats: ConfiguredNats,
  { credentials, tls, url, logger }: Way = {},
): Promise<NatsEventBus> {
  return await openNatsEventBus({
    url: url ?? `nats://127.0.0.1:${nats.port}`,
    access: { credentials: credentials ?? { kind: 'none' }, tls: tls ?? null },
    clock: systemClock,
    logger: logger ?? silentLogger,
    publishAckMs: 500,
  })
}

/** Gets in this way and publishes. */
async function getsIn(nats: ConfiguredNats, way: Way): Promise<void> {
  await using bus = await open(nats, way)
  await publishAll(bus, makeEvents(1))
}

async function refusal(nats: ConfiguredNats, way: Way): Promise<NxError> {
  const outcome = await open(nats, way).then(
    async (bus) => {
      await bus.close()
      return null
    },
    (error: NxError) => error,
  )
  if (outcome === null) throw new Error('It got in')
  return outcome
}

describe('getting into NATS', function () {
  this.timeout(60_000)

  it('takes a user and a password, from the address or from a file, and says where a wrong one stands', async () => {
    await using nats = await startConfiguredNats('authorization { user: nx, password: "p@ss word" }')
    const file = await nats.file('password', 'p@ss word\n')
    await getsIn(nats, { url: `nats://nx:p%40ss%20word@127.0.0.1:${nats.port}` })
    await getsIn(nats, { credentials: { kind: 'passwordFile', user: 'nx', file } })
    const wrong = await refusal(nats, { credentials: { kind: 'passwordFile', user: 'other', file } })
    expect([wrong.code, wrong.fix]).to.deep.equal([
      'NX-BUS-AUTH',
      `Put the password of other into ${file}, or correct bus.user.`,
    ])
    const nobody = await refusal(nats, {})
    expect(nobody.code).to.equal('NX-BUS-AUTH')
    expect(nobody.fix).to.include('asks for credentials')
    const twice = await refusal(nats, {
      url: `nats://nx:pw@127.0.0.1:${nats.port}`,
      credentials: { kind: 'tokenFile', file },
    })
    expect(twice.code).to.equal('NX-BUS-CREDENTIALS')
  })

  it('takes a token, and the new one of a file after the server changed it', async () => {
    await using nats = await startConfiguredNats('authorization { token: "first-token" }')
    const file = await nats.file('token', 'first-token\n')
    await getsIn(nats, { url: `nats://first-token@127.0.0.1:${nats.port}` })
    await using bus = await open(nats, { credentials: { kind: 'tokenFile', file } })
    await publishAll(bus, makeEvents(1))
    await nats.file('token', 'second-token\n')
    await nats.restart('authorization { token: "second-token" }')
    await publishAll(bus, makeEvents(1))
    await nats.file('token', 'wrong-token\n')
    const wrong = await refusal(nats, { credentials: { kind: 'tokenFile', file } })
    expect(wrong.code).to.equal('NX-BUS-AUTH')
    expect(wrong.fix).to.include(file)
    expect(JSON.stringify(wrong)).not.to.include('wrong-token')
  })

  it('stays with what it knows while its file is gone', async () => {
    await using nats = await startConfiguredNats('authorization { token: "first-token" }')
    const file = await nats.file('token', 'first-token\n')
    await using bus = await open(nats, { credentials: { kind: 'tokenFile', file } })
    await nats.file('token', '')
    await nats.restart('authorization { token: "first-token" }')
    await publishAll(bus, makeEvents(1))
  })

  it('takes an NKey seed, and names the public key that the server does not know', async () => {
    const [known, stranger] = [nkeys.createUser(), nkeys.createUser()]
    await using nats = await startConfiguredNats(
      `authorization { users: [ { nkey: ${known.getPublicKey()} } ] }`,
    )
    const seed = (pair: typeof known): string => Buffer.from(pair.getSeed()).toString()
    const file = await nats.file('seed', `${seed(known)}\n`)
    await getsIn(nats, { credentials: { kind: 'nkeySeedFile', file } })
    const other = await nats.file('other', seed(stranger))
    const wrong = await refusal(nats, { credentials: { kind: 'nkeySeedFile', file: other } })
    expect(wrong.code).to.equal('NX-BUS-AUTH')
    expect(wrong.fix).to.include(stranger.getPublicKey())
    expect(JSON.stringify(wrong)).not.to.include(seed(stranger))
  })

  it('takes a credentials file of an operator’s server, and tells an expired one from one of strangers', async () => {
    const operator = makeOperator()
    await using nats = await startConfiguredNats(operator.config)
    const good = await nats.file('good.creds', operator.credentials())
    await getsIn(nats, { credentials: { kind: 'credentialsFile', file: good } })
    const old = await nats.file('old.creds', operator.credentials(1_700_000_000))
    const expired = await refusal(nats, { credentials: { kind: 'credentialsFile', file: old } })
    expect(expired.code).to.equal('NX-BUS-AUTH')
    expect(expired.fix).to.include('expired at 2023-11-14T22:13:20.000Z')
    const strange = await nats.file('strange.creds', makeOperator().credentials())
    const refused = await refusal(nats, { credentials: { kind: 'credentialsFile', file: strange } })
    expect(refused.code).to.equal('NX-BUS-AUTH')
    expect(refused.fix).to.match(/issuer A[A-Z2-7]{55}/)
  })

  it('gets in again with new credentials when the server says that the old ones expired', async () => {
    const operator = makeOperator()
    await using nats = await startConfiguredNats(operator.config)
    const lost: string[] = []
    const logger = { ...silentLogger, warn: (_fields: object, text: string) => void lost.push(text) }
    const soon = Math.floor(systemClock.now().getTime() / 1_000) + 3
    const file = await nats.file('user.creds', operator.credentials(soon))
    await using bus = await open(nats, { credentials: { kind: 'credentialsFile', file }, logger })
    await nats.file('user.creds', operator.credentials())
    await eventually(() => expect(lost).to.include('The connection to NATS is lost; reconnecting'))
    await publishAll(bus, makeEvents(1))
  })

  it('says what is wrong with a file that cannot serve, and shows none of it', async () => {
    await using nats = await startConfiguredNats('')
    const junk = await nats.file('junk', 'SECRETSECRET\nSECRETSECRET\n')
    const missing = `${nats.folder}/missing`
    for (const credentials of [
      { kind: 'tokenFile', file: junk },
      { kind: 'nkeySeedFile', file: junk },
      { kind: 'credentialsFile', file: junk },
      { kind: 'tokenFile', file: missing },
    ] as const) {
      const error = await refusal(nats, { credentials })
      expect([error.code, error.where?.file]).to.deep.equal(['NX-BUS-CREDENTIALS-FILE', credentials.file])
      expect(JSON.stringify(error) + String(error)).not.to.include('SECRET')
    }
  })

  it('warns of a secret that everybody may read', async () => {
    await using nats = await startConfiguredNats('authorization { token: "first-token" }')
    const file = await nats.file('token', 'first-token\n', 0o644)
    const warned: string[] = []
    const logger = { ...silentLogger, warn: (_fields: object, text: string) => void warned.push(text) }
    const access = { credentials: { kind: 'tokenFile', file }, tls: null } as const
    const url = `nats://127.0.0.1:${nats.port}`
    await using _bus = await openNatsEventBus({ url, access, clock: systemClock, logger })
    expect(warned).to.deep.equal(['Everybody on this machine may read this secret'])
  })
})

describe('TLS to NATS', function () {
  this.timeout(60_000)
  const authority = makeAuthority()
  const expired = { from: new Date('2020-01-01T00:00:00Z'), to: new Date('2021-01-01T00:00:00Z') }

  async function startTls(server = authority.issue(['127.0.0.1']), more = ''): Promise<ConfiguredNats> {
    return await startConfiguredNats(async (file) => {
      const paths = [
        await file('server.pem', server.cert),
        await file('server.key', server.key),
        await file('ca.pem', authority.cert),
      ].map((path) => JSON.stringify(path))
      return `tls { cert_file: ${paths[0]}, key_file: ${paths[1]}, ca_file: ${paths[2]}, timeout: 5${more} }`
    })
  }

  const withCa = (nats: ConfiguredNats): NatsTls => ({ ...noTls, caFile: `${nats.folder}/ca.pem` })

  it('trusts the authority of the settings, and says what is missing without it', async () => {
    await using nats = await startTls()
    await getsIn(nats, { tls: withCa(nats) })
    await getsIn(nats, { tls: withCa(nats), url: `tls://127.0.0.1:${nats.port}` })
    const error = await refusal(nats, {})
    expect(error.code).to.equal('NX-BUS-TLS')
    expect(error.fix).to.include('bus.tls.caFile')
  })

  it('checks the name in the certificate, and takes the one of the settings', async () => {
    await using nats = await startTls(authority.issue(['nats.internal']))
    const error = await refusal(nats, { tls: withCa(nats) })
    expect(error.code).to.equal('NX-BUS-TLS')
    expect(error.fix).to.include('bus.tls.serverName')
    await getsIn(nats, { tls: { ...withCa(nats), serverName: 'nats.internal' } })
  })

  it('tells an expired certificate of the server', async () => {
    await using nats = await startTls(authority.issue(['127.0.0.1'], expired))
    const error = await refusal(nats, { tls: withCa(nats) })
    expect(error.code).to.equal('NX-BUS-TLS')
    expect(error.fix).to.include('expired')
  })

  it('shows its own certificate to a server that asks for one, and says when that is missing, strange or expired', async () => {
    await using nats = await startTls(undefined, ', verify: true')
    const own = async (name: string, issued: { cert: string; key: string }): Promise<NatsTls> => ({
      ...withCa(nats),
      certFile: await nats.file(`${name}.pem`, issued.cert),
      keyFile: await nats.file(`${name}.key`, issued.key),
    })
    await getsIn(nats, { tls: await own('good', authority.issue(['daemon'])) })
    const missing = await refusal(nats, { tls: withCa(nats) })
    expect(missing.code).to.equal('NX-BUS-TLS')
    expect(missing.fix).to.include('bus.tls.certFile')
    const strange = await refusal(nats, { tls: await own('strange', makeAuthority().issue(['daemon'])) })
    expect(strange.code).to.equal('NX-BUS-TLS')
    expect(strange.fix).to.include('bus.tls.certFile')
    const old = await refusal(nats, { tls: await own('old', authority.issue(['daemon'], expired)) })
    expect([old.code, old.where?.path]).to.deep.equal(['NX-BUS-TLS', 'bus.tls.certFile'])
    const mixed = { ...(await own('mixed', authority.issue(['daemon']))), keyFile: null }
    expect((await refusal(nats, { tls: mixed })).code).to.equal('NX-BUS-TLS')
  })

  it('says that the server has no TLS', async () => {
    await using nats = await startConfiguredNats('')
    const error = await refusal(nats, { url: `tls://127.0.0.1:${nats.port}` })
    expect(error.code).to.equal('NX-BUS-TLS')
    expect(error.fix).to.include('no TLS')
  })

  it('picks up certificates that were exchanged on disk when it connects again', async () => {
    await using nats = await startTls()
    await using bus = await open(nats, { tls: withCa(nats) })
    await publishAll(bus, makeEvents(1))
    const next = makeAuthority()
    const server = next.issue(['127.0.0.1'])
    const cert = JSON.stringify(await nats.file('server.pem', server.cert))
    const key = JSON.stringify(await nats.file('server.key', server.key))
    await nats.file('ca.pem', next.cert)
    await nats.restart(`tls { cert_file: ${cert}, key_file: ${key}, timeout: 5 }`)
    await publishAll(bus, makeEvents(1))
  })
})
