import { expect } from 'chai'
import { CredentialKeeper } from '../../../../src/adapters/connectors/auth/oauth/credential-keeper.ts'
import type { CredentialKeeperOptions } from '../../../../src/adapters/connectors/auth/oauth/credential-keeper.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { eventually } from '../../../support/eventually.ts'

function setup(names: readonly string[]) {
  const places = names.map((integration) => ({ tenantId: 't', workspace: 'w', integration }))
  const renewed: string[] = []
  const postponed: string[] = []
  let closed = false
  const found = { auth: { kind: 'oauth2' }, credentials: {}, connection: {} }
  const options = {
    due: {
      due: async () => places.splice(0),
      postpone: async ({ integration }: { integration: string }) => void postponed.push(integration),
    },
    source: {
      find: async ({ integration }: { integration: string }) => {
        if (integration === 'broken') throw new Error('its secret is missing')
        return integration === 'gone' ? null : found
      },
    },
    tokens: {
      renew: async ({ integration }: { integration: string }) => void renewed.push(integration),
      close: async () => void (closed = true),
    },
    clock: systemClock,
    logger: silentLogger,
  } as unknown as CredentialKeeperOptions
  return { keeper: new CredentialKeeper(options), renewed, postponed, isClosed: () => closed }
}

describe('the keeper of credentials', () => {
  it('refreshes what is due, passes over what fails, puts off what is gone, and lets what is under way end', async () => {
    const { keeper, renewed, postponed, isClosed } = setup(['a', 'broken', 'gone', 'b'])
    await keeper.start()
    await eventually(() => expect(renewed).to.have.members(['a', 'b']))
    await eventually(() => expect(postponed).to.deep.equal(['gone']))
    expect(keeper.failures).to.equal(0)
    expect(isClosed()).to.equal(false)
    await keeper.stop()
    expect(isClosed()).to.equal(true)
  })
})
