import { expect } from 'chai'
import { GatewaySetup, acme } from './gateway-setup.ts'

const id = '018f0000-0000-7000-8000-00000000000a'
const page = {
  items: [
    { workspace: 'default', id: '1' },
    { workspace: 'eu', id: '2' },
  ],
  cursor: 'next',
} as never

describe('the read side', () => {
  let setup: GatewaySetup

  beforeEach(async () => {
    setup = await new GatewaySetup().start()
  })

  afterEach(async () => await setup.stop())

  it("asks for entities of the token's tenant and workspace only", async () => {
    const asked: unknown[] = []
    setup.entities = {
      byId: async (...args) => {
        asked.push(args)
        return { fields: { name: 'Ada' } } as never
      },
      list: async (...args) => {
        asked.push(args)
        return { items: [], cursor: null }
      },
      history: async (...args) => {
        asked.push(args)
        return { items: [], cursor: null }
      },
    }
    const { status, body } = await setup.get('/v1/entities/lead/a%2Fb', 'viewer-of-acme-eu')
    expect([status, body]).to.deep.equal([200, { fields: { name: 'Ada' } }])
    await setup.get('/v1/entities/lead?limit=2&cursor=x', 'viewer-of-acme')
    await setup.get('/v1/entities/lead/42/history', 'viewer-of-acme')
    expect(asked).to.deep.equal([
      [acme.id, 'eu', { kind: 'lead', id: 'a/b' }],
      [acme.id, 'default', 'lead', { limit: 2, cursor: 'x' }],
      [acme.id, 'default', { kind: 'lead', id: '42' }, { limit: 50, cursor: null }],
    ])
  })

  it('does not show events, traces and commands of another workspace', async () => {
    setup.messages = {
      event: async () => ({ id, workspace: 'default' }) as never,
      trace: async () => ({ kind: 'event', id }) as never,
      command: async () => ({ command: { workspace: 'default' } }) as never,
      deadLetter: async () => ({ id, workspace: 'default' }) as never,
    }
    for (const path of [
      `/v1/events/${id}`,
      `/v1/events/${id}/trace`,
      `/v1/commands/${id}`,
      `/v1/dead-letters/${id}`,
    ]) {
      expect((await setup.get(path, 'viewer-of-acme')).status, path).to.equal(200)
      const { status, body } = await setup.get(path, 'viewer-of-acme-eu')
      expect([status, body?.code], path).to.deep.equal([404, 'NX-HTTP-NOT-FOUND'])
    }
  })

  it('lists the dead letters of the workspace, filtered', async () => {
    const asked: unknown[] = []
    setup.messages = {
      deadLetters: async (...args) => {
        asked.push(args)
        return page
      },
    }
    const { body } = await setup.get('/v1/dead-letters?status=open&limit=5', 'viewer-of-acme')
    expect(body).to.deep.equal({ items: [{ workspace: 'default', id: '1' }], cursor: 'next' })
    expect(asked).to.deep.equal([[acme.id, { status: 'open' }, { limit: 5, cursor: null }]])
  })

  const refused: readonly [string, string, string | undefined, number, string][] = [
    ['no token', `/v1/events/${id}`, undefined, 401, 'NX-HTTP-TOKEN'],
    ['a token that may only publish', `/v1/events/${id}`, 'ingest-of-acme', 403, 'NX-DENIED'],
    ['an id that is none', '/v1/events/1%27%20or%201', 'viewer-of-acme', 404, 'NX-HTTP-NOT-FOUND'],
    ['a limit that is none', '/v1/entities/lead?limit=many', 'viewer-of-acme', 400, 'NX-HTTP-QUERY'],
    ['a limit above the page', '/v1/entities/lead?limit=501', 'viewer-of-acme', 400, 'NX-HTTP-QUERY'],
    ['a tenant in the query', '/v1/entities/lead?tenant=other', 'viewer-of-acme', 400, 'NX-HTTP-QUERY'],
    ['an unknown status', '/v1/dead-letters?status=lost', 'viewer-of-acme', 400, 'NX-HTTP-QUERY'],
    ['an unknown address', '/v2/entities', 'viewer-of-acme', 404, 'NX-HTTP-ROUTE'],
    ['an address that cannot be decoded', '/v1/entities/lead/%ff', 'viewer-of-acme', 400, 'NX-HTTP-URL'],
  ]
  for (const [what, path, token, status, code] of refused) {
    it(`refuses ${what} with ${status}`, async () => {
      const answer = await setup.get(path, token)
      expect([answer.status, answer.body?.code]).to.deep.equal([status, code])
    })
  }
})
