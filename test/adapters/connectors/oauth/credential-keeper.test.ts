import { expect } from 'chai'
import { CredentialKeeper } from '../../../../src/adapters/connectors/auth/oauth/credential-keeper.ts'
import type { CredentialKeeperOptions } from '../../../../src/adapters/connectors/auth/oauth/credential-keeper.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { eventually } from '../../../support/eventually.ts'

const roundMax = 64

/** Rows as they are due: the longest first, until they are refreshed or put off. `broken…`, `gone…`, `foreign…` cannot be refreshed. */
function setup(names: readonly string[]) {
  const rows = names.map((integration) => ({ tenantId: 't', workspace: 'w', integration }))
  const renewed: string[] = []
  const postponed: [string, number][] = []
  let closed = false
  const away = (name: string): void => {
    rows.splice(0, rows.length, ...rows.filter(({ integration }) => integration !== name))
  }
  const found = { auth: { kind: 'oauth2' }, credentials: {}, connection: {} }
  const options = {
    due: {
      due: async (limit: number) => rows.slice(0, limit),
      postpone: async ({ integration }: { integration: string }, delayMs: number) => {
        postponed.push([integration, delayMs])
        away(integration)
        if (integration === 'broken twice') throw new Error('the database is away')
      },
    },
    source: {
      find: async ({ integration }: { integration: string }) => {
        if (integration.startsWith('broken')) throw new Error('its secret is missing')
        return integration === 'gone' ? null : found
      },
    },
    tokens: {
      renew: async ({ integration }: { integration: string }) => {
        if (integration.startsWith('foreign')) return false
        renewed.push(integration)
        away(integration)
        return true
      },
      close: async () => void (closed = true),
    },
    clock: systemClock,
    logger: silentLogger,
    idleMs: 1,
  } as unknown as CredentialKeeperOptions
  return { keeper: new CredentialKeeper(options), renewed, postponed, isClosed: () => closed }
}

describe('the keeper of credentials', () => {
  it('refreshes what is due, puts off what fails and what is gone, and lets what is under way end', async () => {
    const { keeper, renewed, postponed, isClosed } = setup(['a', 'broken', 'gone', 'broken twice', 'b'])
    await keeper.start()
    await eventually(() => expect(renewed).to.have.members(['a', 'b']))
    await eventually(() =>
      expect(postponed).to.have.deep.members([
        ['broken', 60_000],
        ['gone', 3_600_000],
        ['broken twice', 60_000],
      ]),
    )
    expect(keeper.failures).to.equal(0)
    expect(isClosed()).to.equal(false)
    await keeper.stop()
    expect(isClosed()).to.equal(true)
  })

  for (const kind of ['foreign', 'broken']) {
    it(`comes to what is due behind a round full of such as cannot be refreshed: ${kind}`, async () => {
      const held = Array.from({ length: roundMax }, (_, at) => `${kind} ${at}`)
      const { keeper, renewed, postponed } = setup([...held, 'a'])
      await keeper.start()
      await eventually(() => expect(renewed).to.deep.equal(['a']))
      await keeper.stop()
      expect(postponed.map(([name]) => name)).to.have.members(held)
    })
  }
})
