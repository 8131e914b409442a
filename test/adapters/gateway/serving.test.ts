import { expect } from 'chai'
import { connect } from 'node:net'
import { Registry } from 'prom-client'
import { GatewayMetrics } from '../../../src/adapters/gateway/gateway-metrics.ts'
import { OpsServer } from '../../../src/adapters/gateway/ops-server.ts'
import { Readiness } from '../../../src/adapters/gateway/readiness.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { GatewaySetup } from './gateway-setup.ts'

describe('the listeners', () => {
  let setup: GatewaySetup

  beforeEach(() => {
    setup = new GatewaySetup()
  })

  afterEach(async () => await setup.stop())

  /** Sends bytes as they are and reads until the other side closes. */
  async function raw(text: string): Promise<string> {
    const { port } = new URL(setup.url)
    return await new Promise((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
      let answer = ''
      socket.on('data', (chunk) => (answer += chunk.toString()))
      socket.on('close', () => resolve(answer))
      socket.on('error', reject)
    })
  }

  it('are alive without any dependency, and ready when every check passes', async () => {
    await setup.start()
    setup.checks.push({ name: 'database', check: async () => {} })
    expect((await setup.get('/livez')).status).to.equal(200)
    expect((await setup.get('/readyz')).body).to.deep.equal({ status: 'ready' })
  })

  it('are not ready while a check fails or hangs, and name nothing in public', async () => {
    setup.checks.push({
      name: 'database',
      check: async () => await Promise.reject(new Error('no route to 10.0.0.1')),
    })
    setup.checks.push({ name: 'bus', check: async () => await new Promise(() => {}) })
    await setup.start()
    const { status, body } = await setup.get('/readyz')
    expect([status, body]).to.deep.equal([503, { status: 'not ready' }])
    expect((await setup.get('/livez')).status).to.equal(200)
  })

  it('tell operators which check fails, and the metrics, on a listener of their own', async () => {
    const registry = new Registry()
    const metrics = new GatewayMetrics(registry)
    metrics.request('/v1/events', 202, 3)
    metrics.accepted(3, 1)
    metrics.refusedWebhook('mismatch')
    const checks = [{ name: 'bus', check: async () => await Promise.reject(new Error('down')) }]
    const readiness = new Readiness({ checks, timeoutMs: 100, clock: systemClock })
    const ops = new OpsServer({
      listen: { host: '127.0.0.1', port: 0 },
      registry,
      readiness,
      logger: silentLogger,
    })
    await ops.start()
    try {
      const ready = await fetch(`${ops.url}/readyz?verbose=1`)
      const report = (await ready.json()) as { checks: readonly { name: string; error: string }[] }
      expect([ready.status, report.checks[0]?.name, report.checks[0]?.error]).to.deep.equal([
        503,
        'bus',
        'down',
      ])
      const text = await (await fetch(`${ops.url}/metrics`)).text()
      expect(text).to.contain('neuronx_http_events_accepted_total{repeat="no"} 2')
      expect(text).to.contain('neuronx_http_request_seconds_count{route="/v1/events",status="202"} 1')
      expect(text).to.contain('neuronx_webhooks_refused_total{why="mismatch"} 1')
    } finally {
      await ops.stop()
    }
  })

  it('describe themselves in OpenAPI, from the schemas that are enforced', async () => {
    await setup.start()
    const { body } = await setup.get('/openapi.json')
    const document = body as unknown as {
      openapi: string
      paths: Record<string, { get?: { parameters?: readonly { name: string }[] } }>
      components: {
        schemas: Record<string, { required?: readonly string[]; properties?: Record<string, unknown> }>
      }
    }
    expect(document.openapi).to.equal('3.1.0')
    expect(Object.keys(document.paths)).to.include.members([
      '/v1/events',
      '/v1/hooks/{tenant}/{integration}',
      '/v1/entities/{kind}/{id}',
    ])
    expect(document.paths['/v1/dead-letters']?.get?.parameters?.map(({ name }) => name)).to.include.members([
      'limit',
      'cursor',
      'status',
    ])
    expect(document.components.schemas['CloudEvent']?.required).to.include.members([
      'specversion',
      'id',
      'source',
      'type',
    ])
    expect(document.components.schemas['CloudEvent']?.properties?.['data']).to.include({ type: 'object' })
  })

  it('answer what is not HTTP, and too many headers, with a problem', async () => {
    await setup.start()
    expect(await raw('HELLO\r\n\r\n')).to.match(/^HTTP\/1\.1 400 [\s\S]*NX-HTTP-REQUEST/)
    const long = `GET /livez HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`
    expect(await raw(long)).to.match(/^HTTP\/1\.1 431 [\s\S]*NX-HTTP-HEADERS/)
  })

  it('end a request that never finishes', async () => {
    await setup.start({ requestTimeoutMs: 200 })
    const started =
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nabc'
    expect(await raw(started)).to.match(/^HTTP\/1\.1 408 [\s\S]*NX-HTTP-TIMEOUT/)
  })

  it('count requests by route, not by address', async () => {
    await setup.start()
    await setup.get('/v1/entities/lead/42')
    await setup.get('/nowhere/42')
    expect(setup.observed.requests).to.deep.equal(['/v1/entities/:kind/:id 401', 'unknown 404'])
  })

  it('say clearly when the address is taken', async () => {
    await setup.start()
    const { port } = new URL(setup.url)
    const readiness = new Readiness({ checks: [], timeoutMs: 100, clock: systemClock })
    const second = new OpsServer({
      listen: { host: '127.0.0.1', port: Number(port) },
      registry: new Registry(),
      readiness,
      logger: silentLogger,
    })
    const error = await second.start().catch((failed: unknown) => failed)
    expect(error).to.include({ code: 'NX-LISTEN', kind: 'io' })
    await second.stop()
  })

  it('stop although a client never finishes its request', async () => {
    await setup.start({ stopTimeoutMs: 100 })
    const closed = raw('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc').catch(
      () => '',
    )
    await setup.get('/livez')
    await setup.stop()
    expect(await closed).to.equal('')
  })

  it('stop twice, and answer nothing after', async () => {
    await setup.start()
    const { url } = setup
    await setup.stop()
    await setup.stop()
    expect(await fetch(url).catch(() => 'refused')).to.equal('refused')
  })
})
