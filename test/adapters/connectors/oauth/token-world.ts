import { randomBytes } from 'node:crypto'
import { IntegrationTokens } from '../../../../src/adapters/connectors/auth/oauth/integration-tokens.ts'
import type { IntegrationTokensOptions } from '../../../../src/adapters/connectors/auth/oauth/integration-tokens.ts'
import { TokenEndpoint } from '../../../../src/adapters/connectors/auth/oauth/token-endpoint.ts'
import type { TokenAuth } from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import type { Database } from '../../../../src/adapters/postgres/database.ts'
import { loginIntegration } from '../../../../src/app/credentials/login-integration.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { CredentialStore } from '../../../../src/platform/credentials/credential-store.ts'
import { masterKeyOf } from '../../../../src/platform/secrets/secret-box.ts'
import { Vault } from '../../../../src/platform/secrets/vault.ts'
import { openTestDatabase, querySuperuser } from '../../../support/database.ts'
import type { TestDatabase } from '../../../support/database.ts'
import { FakeAuthorizationServer } from '../../../support/oauth/fake-authorization-server.ts'
import { createTenant, testActor } from '../../../support/stores/tenants.ts'

export const never = new AbortController().signal

/** With its methods as members of its own, to put others over some. */
export function readsOf(store: CredentialStore): IntegrationTokensOptions['store'] {
  return {
    read: async (...given) => await store.read(...given),
    lease: async (...given) => await store.lease(...given),
    save: async (...given) => await store.save(...given),
    backOff: async (...given) => await store.backOff(...given),
    fail: async (...given) => await store.fail(...given),
    markStale: async (...given) => await store.markStale(...given),
  }
}

/** What all worlds of a test file share. */
export interface TokenRig {
  readonly opened: { readonly database: Database; readonly test: TestDatabase }
  readonly client: OutgoingClient
}

/** A database and a way out for the tests of the suite that asks. */
export function tokenRig(): TokenRig {
  const rig = {} as { opened: Awaited<ReturnType<typeof openTestDatabase>>; client: OutgoingClient }
  before(async () => {
    rig.opened = await openTestDatabase()
    rig.client = new OutgoingClient({ allowPrivate: true })
  })
  after(async () => {
    await rig.client[Symbol.asyncDispose]()
    await rig.opened.close()
  })
  return rig
}

/** A tenant's integration that logs in at a vendor on loopback; daemons share its tokens on Postgres. */
export async function tokenWorld({ opened, client }: TokenRig, over: Record<string, unknown> = {}) {
  const server = await new FakeAuthorizationServer().start()
  const { id } = await createTenant(opened.database)
  const place = { tenantId: id, workspace: 'default', integration: 'ghl' }
  const { credentials: store, dataKeys } = opened.database.stores
  const masterKey = masterKeyOf(randomBytes(32))
  const auth = {
    ...{ kind: 'oauth2', grant: 'authorization_code', authorizeUrl: `${server.origin}/authorize` },
    ...{ tokenUrl: `${server.origin}/token`, clientId: 'id', clientSecret: 'secret', clientAuth: 'body' },
    ...{ pkce: true, scopes: ['contacts.write'], refresh: { rotates: true, skewMs: 60_000 } },
    ...over,
  } as TokenAuth
  const credentials = { id: 'client', secret: 'client-secret-value' }
  const endpoint = new TokenEndpoint({ client, clock: systemClock })
  const logged: unknown[] = []
  const log = (...facts: unknown[]): unknown => logged.push(facts)
  const logger = {
    debug: log,
    info: log,
    warn: log,
    error: log,
  } as unknown as IntegrationTokensOptions['logger']
  const daemon = (limits: Partial<IntegrationTokensOptions> = {}) => {
    const vault = new Vault({ masterKey, keys: dataKeys })
    const tokens = new IntegrationTokens({ store, vault, endpoint, clock: systemClock, logger, ...limits })
    return { tokens, get: async () => await tokens.get(place, auth, credentials, {}, never) }
  }
  const login = async (connection = {}) =>
    await loginIntegration(
      { store, vault: new Vault({ masterKey, keys: dataKeys }), endpoint, clock: systemClock },
      testActor,
      place,
      { auth, credentials, connection },
      {
        reason: null,
        way: {
          kind: 'paste',
          redirectUri: 'http://127.0.0.1:1/callback',
          pasted: async (address) => server.consent(new URL(address)).href,
        },
      },
    )
  const expire = async () =>
    await querySuperuser(
      opened.test,
      `update integration_credential set expires_at = now() - interval '1 s', refresh_at = now() - interval '1 s' where tenant_id = $1`,
      [id],
    )
  return {
    ...{ server, place, store, auth, credentials, daemon, login, expire, logged },
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  }
}
