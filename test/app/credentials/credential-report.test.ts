import { expect } from 'chai'
import { reportOf } from '../../../src/app/credentials/credential-report.ts'
import type { AuthDefinition } from '../../../src/adapters/connectors/definition/auth-definition.ts'
import type { CredentialFacts } from '../../../src/platform/credentials/credential.ts'

const person: AuthDefinition = {
  ...{ kind: 'oauth2', grant: 'authorization_code', authorizeUrl: 'https://x/a', tokenUrl: 'https://x/t' },
  ...{ clientId: 'id', clientAuth: 'body', pkce: true, scopes: [], refresh: { rotates: true, skewMs: 1 } },
}
const machine: AuthDefinition = {
  ...{ kind: 'oauth2', grant: 'client_credentials', tokenUrl: 'https://x/t', clientId: 'id' },
  ...{ clientSecret: 'secret', clientAuth: 'body', scopes: [], skewMs: 1 },
}
const day = 86_400_000
const good: CredentialFacts = {
  ...{ version: 3, binding: 'b', state: 'ready', scopes: ['a'], captured: {}, renewable: true, stale: false },
  ...{ obtainedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T01:00:00Z', refreshExpiresAt: null },
  ...{
    expiresInMs: 3_600_000,
    refreshInMs: 3_000_000,
    refreshExpiresInMs: null,
    retryInMs: 0,
    leasedForMs: 0,
  },
  ...{ unclear: false, attempts: 0, failure: null },
}
const failure = { code: 'NX-AUTH-BUSY', message: 'It answered 503', since: '2026-01-01T00:30:00Z' }

const stateOf = (
  auth: AuthDefinition,
  row: CredentialFacts | null,
  stored: readonly string[] = ['s'],
): string =>
  reportOf(
    {
      name: 'crm',
      auth,
      credentials: { id: { value: 'x' }, secret: { secret: 's' }, token: { secret: 's' } },
    },
    'default',
    new Set(stored),
    row,
    null,
  ).state

describe('how an integration stands with its credentials', () => {
  for (const [title, auth, row, expected] of [
    ['nobody logged in', person, null, 'login_needed'],
    ['a first try failed', machine, { ...good, obtainedAt: null, failure }, 'retrying'],
    ['a machine has not called yet', machine, null, 'unused'],
    ['all is well', person, good, 'ok'],
    ['the access token is over, and will be refreshed', person, { ...good, expiresInMs: -1 }, 'ok'],
    ['the vendor refused', person, { ...good, state: 'failed', failure }, 'failed'],
    ['a refresh did not go well', person, { ...good, failure }, 'retrying'],
    ['a refresh is under way', person, { ...good, failure, leasedForMs: 5 }, 'refreshing'],
    ['the login ends soon', person, { ...good, refreshExpiresInMs: 3 * day }, 'ending'],
    ['the login ends later', person, { ...good, refreshExpiresInMs: 30 * day }, 'ok'],
    ['the only token ends soon', person, { ...good, renewable: false }, 'ending'],
    ['the only token is over', person, { ...good, renewable: false, expiresInMs: -1 }, 'login_needed'],
    [
      'the only token was refused',
      person,
      { ...good, renewable: false, expiresInMs: null, stale: true },
      'login_needed',
    ],
    ['the only token never ends', person, { ...good, renewable: false, expiresInMs: null }, 'ok'],
  ] as const) {
    it(`is ${expected} when ${title}`, () => {
      expect(stateOf(auth, row)).to.equal(expected)
    })
  }

  it('lacks a secret that it names and nobody stored, whatever else', () => {
    expect(stateOf(machine, good, [])).to.equal('secret_missing')
    expect(stateOf({ kind: 'bearer', token: 'token' }, null, [])).to.equal('secret_missing')
    expect(stateOf({ kind: 'bearer', token: 'token' }, null)).to.equal('ok')
  })
})
