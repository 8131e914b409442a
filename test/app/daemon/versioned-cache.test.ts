import { expect } from 'chai'
import { VersionedCache } from '../../../src/app/daemon/versioned-cache.ts'

describe('a versioned cache', () => {
  it('makes a value once per version, however many ask', async () => {
    const cache = new VersionedCache<number>(10)
    let made = 0
    const make = async (): Promise<number> => (made += 1)
    const first = await Promise.all([1, 2, 3].map(async () => await cache.get('a', 'v1', make)))
    expect(first).to.deep.equal([1, 1, 1])
    expect(await cache.get('a', 'v2', make)).to.equal(2)
    expect(await cache.get('a', 'v2', make)).to.equal(2)
  })

  it('offers what it held before, so that an unchanged value can be kept', async () => {
    const cache = new VersionedCache<{ digest: string }>(10)
    const held = await cache.get('a', 'v1', async () => ({ digest: 'x' }))
    expect(await cache.get('a', 'v2', async (before) => before ?? { digest: 'y' })).to.equal(held)
  })

  it('forgets an attempt that failed, so that the next one may succeed', async () => {
    const cache = new VersionedCache<number>(10)
    const fail = async (): Promise<number> => {
      throw new Error('the database is away')
    }
    const failure = await cache.get('a', 'v1', fail).catch((error: Error) => error.message)
    expect(failure).to.equal('the database is away')
    expect(await cache.get('a', 'v1', async () => 7)).to.equal(7)
  })

  it('drops the least recently used beyond its limit', async () => {
    const cache = new VersionedCache<string>(2)
    const made: string[] = []
    const get = async (key: string): Promise<string> =>
      await cache.get(key, 'v1', async () => {
        made.push(key)
        return key
      })
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key)
    expect(made).to.deep.equal(['a', 'b', 'c', 'b'])
  })
})
