import { expect } from 'chai'
import type { OutboxStats } from '../../../src/messaging/reading/event-reader.ts'
import { publishHindrance } from '../../../src/messaging/reading/publish-hindrance.ts'

const idle = { publishedPerSecond: 0, retries: 0, p50Ms: null, p99Ms: null, oldestMs: null }
const owned = { ...idle, shard: 7, owner: 'a', pending: 3 }
const healthy: Pick<OutboxStats, 'paused' | 'fence' | 'shards'> = { paused: [], fence: null, shards: [owned] }
const pending = { status: 'pending', shard: 7, trouble: null } as const
const at = '2026-01-01T00:00:00Z'
const pause = { shards: [7], by: 'ada', reason: 'bus moves', at, until: null }
const fence = { ageMs: 4_000, pid: 1, applicationName: 'psql', database: 'neuronx', state: 'active' }
const trouble = { error: 'NX-BUS-UNREACHABLE', at }

describe('publishHindrance', () => {
  it('finds nothing in the way of what is on the bus or does not travel', () => {
    const stopped = { ...healthy, paused: [{ ...pause, shards: null }] }
    for (const status of ['published', 'recorded'] as const)
      expect(publishHindrance({ ...pending, status }, stopped)).to.equal(null)
  })

  it('names a pause of all shards or of its own, and no other', () => {
    const told = { kind: 'paused', by: 'ada', reason: 'bus moves', until: null }
    expect(publishHindrance(pending, { ...healthy, paused: [pause] })).to.deep.equal(told)
    expect(publishHindrance(pending, { ...healthy, paused: [{ ...pause, shards: null }] })).to.deep.equal(
      told,
    )
    expect(publishHindrance(pending, { ...healthy, paused: [{ ...pause, shards: [8] }] })?.kind).to.equal(
      'queue',
    )
  })

  it('says that nobody owns the shard before anything that its owner could be held up by', () => {
    const stats = { ...healthy, fence, shards: [{ ...owned, owner: null }] }
    expect(publishHindrance({ ...pending, trouble }, stats)).to.deep.equal({ kind: 'unowned' })
  })

  it('says what the bus answered', () => {
    expect(publishHindrance({ ...pending, trouble }, healthy)).to.deep.equal({ kind: 'refused', ...trouble })
  })

  it('takes an open transaction for a fence only once it is older than a second', () => {
    expect(publishHindrance(pending, { ...healthy, fence })).to.deep.equal({ kind: 'fence', fence })
    expect(publishHindrance(pending, { ...healthy, fence: { ...fence, ageMs: 999 } })?.kind).to.equal('queue')
  })

  it('else waits its turn behind what is pending in its shard', () => {
    expect(publishHindrance(pending, healthy)).to.deep.equal({ kind: 'queue', pending: 3 })
  })
})
