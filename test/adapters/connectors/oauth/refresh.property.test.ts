import { expect } from 'chai'
import * as fc from 'fast-check'
import { IntegrationTokens } from '../../../../src/adapters/connectors/auth/oauth/integration-tokens.ts'
import { newTokensOf, openTokens } from '../../../../src/adapters/connectors/auth/oauth/new-tokens.ts'
import { renderAuth } from '../../../../src/adapters/connectors/auth/oauth/rendered-auth.ts'
import type { AuthorizationCodeAuth } from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { CredentialStore } from '../../../../src/platform/credentials/credential-store.ts'
import { masterKeyOf } from '../../../../src/platform/secrets/secret-box.ts'
import { Vault } from '../../../../src/platform/secrets/vault.ts'
import { MemoryDataKeys } from '../../../fakes/oauth/memory-data-keys.ts'
import { MemoryCredentialStore } from '../../../fakes/oauth/memory-credential-store.ts'
import { VirtualTime } from '../../../fakes/oauth/virtual-time.ts'
import { SimulatedVendor } from '../../../support/oauth/simulated-vendor.ts'
import type { Fate, Temper } from '../../../support/oauth/simulated-vendor.ts'
import { testActor } from '../../../support/stores/tenants.ts'

const auth: AuthorizationCodeAuth = {
  kind: 'oauth2',
  grant: 'authorization_code',
  authorizeUrl: 'https://vendor.example/authorize',
  tokenUrl: 'https://vendor.example/token',
  clientId: 'id',
  clientAuth: 'body',
  pkce: true,
  scopes: [],
  refresh: { rotates: true, skewMs: 10_000 },
}
const credentials = { id: 'client' }
const place = { tenantId: 't', workspace: 'default', integration: 'ghl' }
const ask = renderAuth(auth, credentials, {})

/** How a commit goes: well, not at all for once, or well without anybody being told. */
type SaveFate = 'well' | 'refused' | 'unheard'

interface Wish {
  readonly daemon: number
  readonly atMs: number
  readonly invalidate: boolean
}

interface Story {
  readonly temper: Temper
  readonly fates: readonly Fate[]
  readonly saves: readonly SaveFate[]
  readonly wishes: readonly Wish[]
}

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('answer' as const), latencyMs: fc.nat(20_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      at: fc.constantFrom('before' as const, 'vendor' as const, 'answered' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lost' as const), did: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('busy' as const),
      status: fc.constantFrom(429 as const, 503 as const),
    }),
  },
)
const story: fc.Arbitrary<Story> = fc.record({
  temper: fc.constantFrom<Temper>('strict', 'graceful', 'steady'),
  fates: fc.array(fate, { maxLength: 12 }),
  saves: fc.array(fc.constantFrom<SaveFate>('well', 'well', 'refused', 'unheard'), { maxLength: 12 }),
  wishes: fc.array(fc.record({ daemon: fc.nat(3), atMs: fc.nat(400_000), invalidate: fc.boolean() }), {
    minLength: 1,
    maxLength: 25,
  }),
})

async function play({ temper, fates, saves, wishes }: Story, limits: { saveMs?: number } = {}) {
  const time = new VirtualTime()
  const store = new MemoryCredentialStore(time)
  const vault = new Vault({ masterKey: masterKeyOf(Buffer.alloc(32, 7)), keys: new MemoryDataKeys() })
  const vendor = new SimulatedVendor(temper, time)
  const seal = await vault.sealer(place.tenantId)
  const granted = {
    ...{ accessToken: 'a0', refreshToken: 'r0', expiresInMs: 60_000 },
    ...{ refreshExpiresInMs: null, scopes: null, captured: {} },
  }
  const first = newTokensOf(granted, { place, ask, version: 0, before: null, elapsedMs: 0, seal })
  await store.put(place, 0, first, testActor, null)
  const seen = { used: [] as { token: string; stored: string | null }[], crashes: 0 }
  const nextFates = [...fates]
  const nextSaves = [...saves]

  const daemon = () => {
    let dead = false
    const { promise: died, resolve: tellOfDeath } = Promise.withResolvers<null>()
    // A dead process neither answers nor writes.
    const die = async (): Promise<never> => {
      dead = true
      seen.crashes += 1
      tellOfDeath(null)
      return await new Promise<never>(() => {})
    }
    const alive = async <T>(work: () => Promise<T>): Promise<T> =>
      dead ? await new Promise<never>(() => {}) : await work()
    const mortal: Pick<CredentialStore, 'read' | 'lease' | 'save' | 'backOff' | 'fail' | 'markStale'> = {
      read: async (...given) => await alive(async () => await store.read(...given)),
      lease: async (...given) => await alive(async () => await store.lease(...given)),
      backOff: async (...given) => await alive(async () => await store.backOff(...given)),
      fail: async (...given) => await alive(async () => await store.fail(...given)),
      markStale: async (...given) => await alive(async () => await store.markStale(...given)),
      save: async (...given) =>
        await alive(async () => {
          const how = nextSaves.shift() ?? 'well'
          const away = new NxError('unreachable', 'NX-DB-UNREACHABLE', 'away', { retryable: true })
          if (how === 'refused') throw away
          const saved = await store.save(...given)
          if (how === 'unheard') throw away
          return saved
        }),
    }
    const tokens = new IntegrationTokens({
      store: mortal,
      vault,
      endpoint: {
        request: async (call) =>
          await vendor.request(call, nextFates.shift() ?? { kind: 'answer', latencyMs: 300 }, die),
      },
      clock: time,
      logger: silentLogger,
      random: () => 0.5,
      sleep: time.sleep,
      ...limits,
    })
    return { tokens, died, isDead: () => dead }
  }

  const daemons = [daemon(), daemon(), daemon(), daemon()]
  const never = new AbortController().signal
  const wish = async ({ daemon: index, atMs, invalidate }: Wish): Promise<void> => {
    await time.sleep(atMs)
    // Whatever died is started anew.
    if (daemons[index]?.isDead() === true) daemons[index] = daemon()
    const { tokens, died } = daemons[index]!
    const asked = tokens.get(place, auth, credentials, {}, never).catch((error: NxError) => {
      // Only who has no time to store hears that it could not be stored.
      if (limits.saveMs === undefined || error.code !== 'NX-DB-UNREACHABLE') throw error
      return null
    })
    const answer = await Promise.race([asked, died, time.sleep(120_000).then(() => null)])
    if (answer?.state !== 'token') return
    const row = await store.read(place)
    const stored = row === null ? null : await openTokens(vault, place, row)
    seen.used.push({
      token: answer.token,
      stored: row?.version === answer.version ? (stored?.accessToken ?? null) : answer.token,
    })
    // It may have died of another's call meanwhile.
    if (invalidate) await Promise.race([tokens.invalidate(place, answer.version), died])
  }
  await time.until(Promise.all(wishes.map(wish)).then(() => undefined))

  // Afterwards the vendor is well, everybody who was at it has ended, and somebody asks.
  nextFates.length = 0
  nextSaves.length = 0
  const last = daemon().tokens
  const ended = await time.until(
    (async () => {
      await time.sleep(1_000_000)
      return await last.get(place, auth, credentials, {}, never)
    })(),
  )
  const row = await store.read(place)
  const kept = row === null ? null : await openTokens(vault, place, row)
  return { vendor, seen, ended, row, kept }
}

describe('refreshing tokens, with daemons that die and a vendor that has moods', function () {
  this.timeout(120_000)

  it('never shows a refresh token again that was answered, never two at once, and loses none that is honoured', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const { vendor, seen, ended, kept } = await play(told)
        const byToken = Map.groupBy(vendor.showings, ({ token }) => token)
        for (const [token, showings] of told.temper === 'steady' ? [] : byToken) {
          for (const [index, showing] of showings.slice(0, -1).entries()) {
            expect(showing.ended, `${token} was shown again although the vendor had answered`).to.be.oneOf([
              'unknown',
              'not_done',
            ])
            expect(showings[index + 1]?.atMs, `${token} was shown twice at once`).to.be.least(showing.untilMs)
          }
        }
        for (const { token, stored } of seen.used) expect(token, 'used before it was stored').to.equal(stored)
        const honoured = [...vendor.delivered].filter((token) => vendor.honours(token))
        if (honoured.length > 0) expect(honoured).to.include(kept?.refreshToken)
        const recovers =
          told.temper !== 'strict' || vendor.showings.every(({ ended: end }) => end !== 'unknown')
        if (recovers) expect(ended.state).to.equal('token')
        else expect(ended.state).to.be.oneOf(['token', 'refused'])
      }),
      { numRuns: 500 },
    )
  })

  it('can tell: a store that forgets whose lease it is shows a token twice', async () => {
    const lease = MemoryCredentialStore.prototype.lease
    MemoryCredentialStore.prototype.lease = async function (place) {
      return await this.read(place)
    }
    try {
      const slow: Fate = { kind: 'answer', latencyMs: 5_000 }
      const wishes = [0, 1, 2].map((index) => ({ daemon: index, atMs: 70_000, invalidate: false }))
      const { vendor } = await play({ temper: 'strict', fates: [slow, slow, slow], saves: [], wishes })
      expect(vendor.showings.filter(({ token }) => token === 'r0').length).to.be.above(1)
    } finally {
      MemoryCredentialStore.prototype.lease = lease
    }
  })

  it('can tell: a daemon that does not hold on to what it could not store loses it', async () => {
    const wishes = [{ daemon: 0, atMs: 70_000, invalidate: false }]
    const told: Story = { temper: 'strict', fates: [], saves: ['refused'], wishes }
    const honoured = async (limits: { saveMs?: number }) => {
      const { vendor, kept } = await play(told, limits)
      return kept?.refreshToken != null && vendor.honours(kept.refreshToken)
    }
    expect([await honoured({}), await honoured({ saveMs: -1 })]).to.deep.equal([true, false])
  })
})
