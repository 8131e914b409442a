import { expect } from 'chai'
import { NxError } from '../../../src/kernel/errors.ts'
import { GatewaySetup } from './gateway-setup.ts'

const event = {
  specversion: '1.0',
  id: 'e1',
  source: 'crm',
  type: 'lead.created',
  subject: 'lead/42',
  data: { name: 'Ada' },
}
const batch = 'application/cloudevents-batch+json'

describe('POST /v1/events', () => {
  let setup: GatewaySetup

  beforeEach(async () => {
    setup = await new GatewaySetup().start()
  })

  afterEach(async () => await setup.stop())

  it('answers 202 with the id under which the event is stored', async () => {
    const { status, body } = await setup.publish(event)
    const stored = setup.intake.requests[0]?.events[0]?.event
    expect(status).to.equal(202)
    expect(body).to.deep.equal({ accepted: [{ id: stored?.id, duplicate: false }] })
    expect(stored).to.deep.include({
      workspace: 'default',
      subject: { kind: 'lead', id: '42' },
      data: { name: 'Ada' },
    })
    expect(stored?.tenantId).to.equal('018f0000-0000-7000-8000-000000000001')
  })

  it('answers only after the commit', async () => {
    let commit = (): void => {}
    setup.intake.gate = new Promise((resolve) => (commit = resolve))
    let answered = false
    const answer = setup.publish(event).then((result) => {
      answered = true
      return result
    })
    await setup.get('/livez')
    expect(answered).to.equal(false)
    commit()
    expect((await answer).status).to.equal(202)
  })

  it('answers a repeat with 202, the first id and no second effect', async () => {
    const first = await setup.publish(event)
    const second = await setup.publish(event)
    expect(second.status).to.equal(202)
    expect(second.body?.accepted).to.deep.equal([{ id: first.body?.accepted?.[0]?.id, duplicate: true }])
    expect(setup.observed).to.include({ accepted: 2, duplicates: 1 })
  })

  it('answers a known id with another body with 409 and both digests', async () => {
    await setup.publish(event)
    const { status, body } = await setup.publish({ ...event, data: { name: 'Eve' } })
    expect([status, body?.code]).to.deep.equal([409, 'NX-EVENT-CONFLICT'])
    const [conflict] = body?.['conflicts'] as readonly Record<string, string>[]
    expect(conflict?.['digest']).to.match(/^[0-9a-f]{64}$/)
    expect(conflict?.['firstDigest']).to.match(/^[0-9a-f]{64}$/)
    expect(setup.intake.requests).to.have.length(1)
  })

  it('takes a batch in order, and nothing of one that holds a bad event', async () => {
    const good = await setup.publish([event, { ...event, id: 'e2' }], { type: batch })
    expect(good.body?.accepted).to.have.length(2)
    const bad = await setup.publish(
      [
        { ...event, id: 'e3' },
        { ...event, id: 'e4', type: 'X' },
      ],
      { type: batch },
    )
    expect([bad.status, bad.body?.code, bad.body?.['path']]).to.deep.equal([
      400,
      'NX-EVENT-INVALID',
      '[1].type',
    ])
    expect(setup.intake.requests).to.have.length(1)
  })

  it('takes binary mode', async () => {
    const { status } = await setup.publish('{"name":"Ada"}', {
      type: 'application/json',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'b1',
        'ce-source': 'crm',
        'ce-type': 'lead.created',
        'ce-subject': 'lead/42',
      },
    })
    expect(status).to.equal(202)
    expect(setup.intake.requests[0]?.events[0]?.event.externalId).to.equal('b1')
  })

  it('names attributes that it does not keep', async () => {
    const { body } = await setup.publish({ ...event, traceparent: '00-1' })
    expect(body?.['ignored']).to.deep.equal(['traceparent'])
  })

  const refused: readonly [
    string,
    () => Promise<{ status: number; body: { code?: string } | null }>,
    number,
    string,
  ][] = [
    ['malformed JSON', async () => await setup.publish('{"id":'), 400, 'NX-EVENT-JSON'],
    ['an empty body', async () => await setup.publish(''), 400, 'NX-EVENT-JSON'],
    ['a wrong type', async () => await setup.publish({ ...event, id: 1 }), 400, 'NX-EVENT-INVALID'],
    [
      'another content type',
      async () => await setup.publish(event, { type: 'text/plain' }),
      415,
      'NX-EVENT-CONTENT-TYPE',
    ],
    [
      'plain JSON',
      async () => await setup.publish(event, { type: 'application/json' }),
      415,
      'NX-EVENT-CONTENT-TYPE',
    ],
    [
      'a compressed body',
      async () => await setup.publish(event, { headers: { 'content-encoding': 'gzip' } }),
      415,
      'NX-HTTP-ENCODING',
    ],
    [
      'an oversize event',
      async () => await setup.publish({ ...event, data: { t: 'x'.repeat(600_000) } }),
      413,
      'NX-EVENT-TOO-LARGE',
    ],
    [
      'an oversize body',
      async () => await setup.publish('x'.repeat(9 * 1024 * 1024)),
      413,
      'NX-HTTP-TOO-LARGE',
    ],
    [
      'no token',
      async () => await setup.publish(event, { headers: { authorization: '' } }),
      401,
      'NX-HTTP-TOKEN',
    ],
    [
      'an unknown token',
      async () => await setup.publish(event, { token: 'unknown-token' }),
      401,
      'NX-HTTP-TOKEN',
    ],
    [
      'a role that may not publish',
      async () => await setup.publish(event, { token: 'viewer-of-acme' }),
      403,
      'NX-DENIED',
    ],
    [
      'the tenant of another token',
      async () => await setup.publish({ ...event, tenant: 'other' }),
      403,
      'NX-EVENT-TENANT',
    ],
    [
      'another workspace',
      async () => await setup.publish({ ...event, workspace: 'eu' }),
      403,
      'NX-EVENT-TENANT',
    ],
    [
      'a suspended tenant',
      async () => await setup.publish(event, { token: 'ingest-of-asleep' }),
      403,
      'NX-TENANT-SUSPENDED',
    ],
  ]
  for (const [what, request, status, code] of refused) {
    it(`refuses ${what} with ${status} and stores nothing`, async () => {
      const answer = await request()
      expect([answer.status, answer.body?.code]).to.deep.equal([status, code])
      expect(setup.intake.requests).to.deep.equal([])
    })
  }

  it('tells problems as problem+json with a fix', async () => {
    const { headers, body } = await setup.publish('{')
    expect(headers.get('content-type')).to.equal('application/problem+json')
    expect(body).to.include.keys('type', 'title', 'status', 'code', 'detail', 'fix')
  })

  it('answers 503 with Retry-After when the store is down, without its inside', async () => {
    setup.intake.failure = new NxError('unreachable', 'NX-DB-DOWN', 'connect 10.1.2.3:5432 refused', {
      retryable: true,
    })
    const { status, headers, body } = await setup.publish(event)
    expect([status, headers.get('retry-after'), body?.code]).to.deep.equal([503, '1', 'NX-DB-DOWN'])
    expect(JSON.stringify(body)).to.not.contain('10.1.2.3')
  })

  it('answers 429 with Retry-After when too much waits', async () => {
    setup.intake.failure = new NxError('unavailable', 'NX-INTAKE-BUSY', 'full', { retryable: true })
    const { status, headers } = await setup.publish(event)
    expect([status, headers.get('retry-after')]).to.deep.equal([429, '1'])
  })

  it('answers 500 without its inside when something breaks, and logs it', async () => {
    setup.intake.failure = new Error('secret plumbing')
    const { status, body } = await setup.publish(event)
    expect([status, body?.code]).to.deep.equal([500, 'NX-HTTP-INTERNAL'])
    expect(JSON.stringify(body)).to.not.contain('plumbing')
    expect(setup.logged.join()).to.contain('secret plumbing')
  })

  it('refuses requests above what may be under way, and stays alive', async () => {
    await setup.stop()
    setup = await new GatewaySetup().start({ inFlightMax: 1 })
    let commit = (): void => {}
    setup.intake.gate = new Promise((resolve) => (commit = resolve))
    const first = setup.publish(event)
    let second = await setup.publish({ ...event, id: 'e2' })
    while (second.status !== 429) second = await setup.publish({ ...event, id: 'e2' })
    expect(second.body?.code).to.equal('NX-HTTP-BUSY')
    expect((await setup.get('/livez')).status).to.equal(200)
    commit()
    expect((await first).status).to.equal(202)
  })
})
