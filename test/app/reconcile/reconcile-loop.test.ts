import { expect } from 'chai'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { ReconcileLoop } from '../../../src/app/reconcile/reconcile-loop.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { noCrashPoints } from '../../../src/kernel/crash-points.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { ReconcileStore } from '../../../src/platform/reconcile/reconcile-store.ts'
import { ghlSpec } from './reconcile-harness.ts'

/** A loop over tenants of which each has one integration; what is read and written of them is noted. */
function world(...names: readonly string[]) {
  const active = new Map(names.map((name) => [name, 'one']))
  const directory = { version: '1' }
  /** The database's version, when it is ahead of the directory. */
  const ahead = { version: '' }
  const broken = new Map<string, Error>()
  const read: string[] = []
  const synced: string[] = []
  const looks = { due: 0 }
  const store: Partial<ReconcileStore> = {
    tenants: async () =>
      [...active].map(([tenantId, of]) => ({
        tenantId,
        active: of,
        version: ahead.version === '' ? directory.version : ahead.version,
      })),
    sync: async (tenantId) => void synced.push(tenantId),
    due: async () => {
      looks.due += 1
      return []
    },
  }
  const integration = compileIntegration(ghlSpec)
  const loop = new ReconcileLoop({
    store: store as ReconcileStore,
    directory,
    integrations: { integration: async () => integration },
    places: async (tenantId) => {
      read.push(tenantId)
      const error = broken.get(tenantId)
      if (error !== undefined) throw error
      return new Map([['ghl', 'default']])
    },
    leases: () => Array.from({ length: 64 }, (_, shard) => ({ shard, epoch: '1' })),
    daemonId: 'd',
    clock: systemClock,
    logger: silentLogger,
    crashPoints: noCrashPoints,
    readPage: async () => {
      throw new Error('Nothing is due')
    },
    accept: async () => {
      throw new Error('Nothing is due')
    },
  })
  /** What a round reads, after the directory has moved. */
  const moved = async (): Promise<readonly string[]> => {
    directory.version = String(Number(directory.version) + 1)
    read.length = 0
    await loop.round()
    return [...read]
  }
  return { loop, active, directory, ahead, broken, read, synced, looks, moved }
}

describe('the loop of the polls', () => {
  it('reads again only the tenants for which something else is active', async () => {
    const { loop, active, read, synced, moved } = world('a', 'b', 'c')
    await loop.round()
    expect(read).to.deep.equal(['a', 'b', 'c'])
    expect(await moved()).to.deep.equal([])
    active.set('b', 'two')
    expect(await moved()).to.deep.equal(['b'])
    active.delete('c')
    active.set('d', 'one')
    expect(await moved()).to.deep.equal(['d'])
    active.set('c', 'one')
    expect(await moved()).to.deep.equal(['c'])
    expect(synced).to.deep.equal(['a', 'b', 'c', 'd', 'c'])
  })

  it('reads once more what it read while the directory was behind the database', async () => {
    const { loop, active, ahead, moved } = world('a')
    await loop.round()
    active.set('a', 'two')
    ahead.version = '3'
    // The configuration of version 2 may be the one before.
    expect(await moved()).to.deep.equal(['a'])
    ahead.version = '5'
    expect(await moved()).to.deep.equal(['a'])
    expect(await moved()).to.deep.equal([])
  })

  it('keeps nobody waiting for a tenant that cannot be read, and reads it again behind the others', async () => {
    const { loop, broken, read, synced, looks, moved } = world('a', 'b', 'c')
    broken.set('a', new TypeError('A bug'))
    broken.set('b', new NxError('configuration', 'NX-CONFIG-STORED-INVALID', 'It cannot be read'))
    await loop.round()
    expect([synced, looks.due]).to.deep.equal([[], 1])
    await loop.round()
    expect([read, synced, looks.due]).to.deep.equal([['a', 'b', 'c', 'a'], ['c'], 2])
    // What is wrong for good is looked at again when something has changed.
    expect(await loop.round()).to.equal(0)
    expect(read.slice(4)).to.deep.equal(['a'])
    broken.clear()
    expect((await moved()).toSorted()).to.deep.equal(['a', 'b'])
    expect(synced.toSorted()).to.deep.equal(['a', 'b', 'c'])
  })
})
