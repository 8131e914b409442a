import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { describeConnector } from '../../../src/app/adapters/catalog/describe-adapter.ts'
import { knownConnector, knownConnectors } from '../../../src/app/adapters/catalog/known-connectors.ts'
import { testHealth } from '../../../src/app/adapters/testing/test-health.ts'
import type { HealthReport } from '../../../src/app/adapters/testing/test-health.ts'
import type { Operator } from '../../../src/app/operator.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'

/** Integrations without secrets ask nothing of an installation but the time. */
const operator = { clock: systemClock } as unknown as Operator
const settings = { masterKeyFile: null, egressAllowPrivate: true, dataDir: '/nowhere', databaseUrl: null }
const place = { tenantId: 't', slug: 'acme', workspace: 'default' }

async function health(spec: JsonObject, allowPrivate = true): Promise<HealthReport> {
  const integration = compileIntegration(
    integrationSchema.parse({ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'it', ...spec }),
  )
  const signal = new AbortController().signal
  return await testHealth(
    operator,
    { ...settings, egressAllowPrivate: allowPrivate },
    place,
    integration,
    signal,
  )
}

const rest = (baseUrl: string): JsonObject => ({
  connector: 'http',
  connection: { baseUrl },
  auth: { kind: 'none' },
  health: 'ping',
  operations: { ping: { method: 'GET', path: '/ping', effect: 'read' } },
})

describe('testing an integration', () => {
  it('says that a name is not known', async () => {
    const report = await health(rest('https://nothing.invalid'))
    expect(report).to.include({ state: 'failed', code: 'NX-CALL-UNREACHABLE' })
    expect(report.steps.map(({ step, state }) => `${step} ${state}`)).to.deep.equal(['dns failed'])
  })

  it('reaches no private address unless that is allowed', async () => {
    const report = await health(rest('http://127.0.0.1:9'), false)
    expect(report.code).to.equal('NX-EGRESS-PRIVATE')
    expect(report.fix).to.contain('NEURONX_EGRESS_ALLOW_PRIVATE')
  })

  it('tells a TLS failure from an unreachable host', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('no TLS here')
    })
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const { port } = plain.address() as AddressInfo
    const report = await health(rest(`https://127.0.0.1:${port}`))
    plain.close()
    expect(report.steps.map(({ step, state }) => `${step} ${state}`)).to.deep.equal(['tls failed'])
  })

  it('asks a mail server as it asks a web server', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.write('220 mail.example ready\r\n')
      socket.on('data', (chunk: Buffer) => {
        const word = chunk.toString().slice(0, 4).toUpperCase()
        socket.write(word === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const connection = { host: 'localhost', port, security: 'none', from: 'office@example.com' }
    const report = await health({ connector: 'smtp', connection })
    server.close()
    expect(report.state, JSON.stringify(report)).to.equal('ok')
    expect(report.steps.at(-1)).to.include({ step: 'smtp', state: 'ok' })
  })
})

describe('testing an integration whose client has no secret', () => {
  const spec: JsonObject = {
    ...rest('http://127.0.0.1:9'),
    auth: {
      ...{ kind: 'oauth2', grant: 'authorization_code', clientId: 'public-client' },
      ...{ authorizeUrl: 'https://vendor.example/authorize', tokenUrl: 'https://vendor.example/token' },
    },
  }

  it('looks for the tokens of its login like every other', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'health-'))
    const masterKeyFile = join(folder.path, 'master.key')
    await writeFile(masterKeyFile, randomBytes(32), { mode: 0o600 })
    const credentials = { read: async () => null }
    const integration = compileIntegration(
      integrationSchema.parse({ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'it', ...spec }),
    )
    const report = await testHealth(
      { clock: systemClock, credentials, dataKeys: {}, secrets: {} } as unknown as Operator,
      { ...settings, masterKeyFile },
      place,
      integration,
      new AbortController().signal,
    )
    expect(report.code).to.equal('NX-AUTH-LOGIN')
  })
})

describe('descriptions of connectors', () => {
  it('tell why each operation may be repeated, or not', () => {
    const { operations } = describeConnector(knownConnector('gohighlevel'))
    const classOf = (name: string) => operations.find((one) => one.name === name)?.idempotency
    expect(classOf('contact.upsert')).to.equal('natural')
    expect(classOf('message.send')).to.be.oneOf(['none', 'verifiable'])
    expect(describeConnector(knownConnector('webhook')).operations[0]?.idempotency).to.equal('native')
  })

  it('name a replay window where there is one: an age that is signed along, or held against the clock', () => {
    const windowOf = (name: string) => describeConnector(knownConnector(name)).webhooks?.toleranceMs
    expect(windowOf('slack'), 'signed along').to.equal(300_000)
    expect(windowOf('gohighlevel'), 'of the payload').to.equal(300_000)
    expect(windowOf('whatsapp'), 'redelivered for days with its first time').to.equal(null)
    expect(windowOf('twilio'), 'says no time').to.equal(null)
  })

  it('there is one for every connector', () => {
    for (const { connector } of knownConnectors())
      if (connector !== 'http' && connector !== 'graphql')
        expect(describeConnector(knownConnector(connector)).facts, connector).to.not.be.empty
  })
})
