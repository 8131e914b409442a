import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import { TokenEndpoint } from '../../../src/adapters/connectors/auth/oauth/token-endpoint.ts'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../../src/adapters/connectors/connector-executor.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { composeCredentials } from '../../../src/app/credentials/compose-credentials.ts'
import { IntegrationAuths } from '../../../src/app/credentials/integration-auths.ts'
import { loginIntegration } from '../../../src/app/credentials/login-integration.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { masterKeyOf } from '../../../src/platform/secrets/secret-box.ts'
import { Vault } from '../../../src/platform/secrets/vault.ts'
import { leased } from '../../adapters/connectors/executor-setup.ts'
import { cleared } from '../../fakes/open-gate.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeAuthorizationServer } from '../../support/oauth/fake-authorization-server.ts'
import { createTenant, testActor } from '../../support/stores/tenants.ts'

describe('calls of an integration that logs in', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  let server: FakeAuthorizationServer
  let client: OutgoingClient
  before(async () => {
    opened = await openTestDatabase()
    server = await new FakeAuthorizationServer().start()
    client = new OutgoingClient({ allowPrivate: true })
  })
  after(async () => {
    await client[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    await opened.close()
  })

  async function setup() {
    const { id } = await createTenant(opened.database)
    const place = { tenantId: id, workspace: 'default', integration: 'crm' }
    const masterKey = masterKeyOf(randomBytes(32))
    const { credentials: store, dataKeys, secrets } = opened.database.stores
    const vault = new Vault({ masterKey, keys: dataKeys })
    const sealed = await vault.seal({ tenantId: id, name: 'crm-secret' }, Buffer.from('client-secret-1'))
    await secrets.put(id, 'crm-secret', sealed, testActor, null)
    const integration = compileIntegration(
      integrationSchema.parse({
        ...{ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'crm', connector: 'http' },
        connection: { baseUrl: server.origin },
        auth: {
          ...{ kind: 'oauth2', grant: 'authorization_code', authorizeUrl: `${server.origin}/authorize` },
          ...{
            tokenUrl: `${server.origin}/token`,
            clientId: 'c',
            clientSecret: { secret: 'crm-secret' },
            pkce: true,
          },
        },
        errors: [{ when: { body: { error: 'token_expired' } }, kind: 'expired' }],
        operations: { read: { method: 'GET', path: '/leads', effect: 'read' } },
      }),
    )
    const integrations = { integration: async () => integration }
    const parts = composeCredentials(
      { database: opened.database, client, masterKey, clock: systemClock, logger: silentLogger },
      { directory: { version: '1' }, integrations },
    )
    const executor = new ConnectorExecutor({
      ...{ integrations, client, clock: systemClock, logger: silentLogger },
      secrets: parts.secrets,
      accessTokens: parts.accessTokens,
    })
    const call = async () =>
      await executor.execute(
        await cleared(leased('read', {}, { tenantId: id, integration: 'crm' })),
        new AbortController().signal,
      )
    const login = async () => {
      const found = await new IntegrationAuths({ integrations, secrets: parts.secrets }).find(place)
      const endpoint = new TokenEndpoint({ client, clock: systemClock })
      const pasted = async (address: string) => server.consent(new URL(address)).href
      const way = { kind: 'paste' as const, redirectUri: 'http://127.0.0.1:1/callback', pasted }
      await loginIntegration({ store, vault, endpoint, clock: systemClock }, testActor, place, found!, {
        way,
        reason: null,
      })
    }
    return { id, place, parts, store, call, login }
  }

  it('wait for the login, carry its token, get a new one when it is over, and wait again when the consent is', async () => {
    const { call, login } = await setup()
    expect(await call()).to.deep.include({ state: 'parked', wholeIntegration: true })
    await login()
    expect(await call()).to.deep.include({ state: 'succeeded', status: 200 })
    server.revokeAccess()
    expect(await call()).to.deep.include({ state: 'succeeded', status: 200 })
    server.revoke()
    const outcome = await call()
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
    expect(outcome).to.have.nested.property('error.code', 'NX-AUTH-REFUSED')
    expect(outcome.report?.health).to.equal('credentials')
    for (const secret of server.secrets) expect(JSON.stringify(outcome)).to.not.contain(secret)
  })

  it('have a fresh token although nothing was sent for long: the keeper got it', async () => {
    const { id, parts, place, store, login } = await setup()
    await login()
    await querySuperuser(
      opened.test,
      'update integration_credential set refresh_at = now() where tenant_id = $1',
      [id],
    )
    await parts.keeper?.start()
    await eventually(async () => expect((await store.read(place))?.version).to.equal(2))
    await parts.keeper?.stop()
    expect(parts.counters).to.deep.include({ refreshed: 1, refused: 0 })
  })
})
