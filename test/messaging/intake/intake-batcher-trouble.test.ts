import { expect } from 'chai'
import { NxError } from '../../../src/kernel/errors.ts'
import type { IntakeRequest, IntakeResult } from '../../../src/messaging/intake/event-intake.ts'
import { IntakeBatcher } from '../../../src/messaging/intake/intake-batcher.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { incoming, request } from '../../support/stores/intake.ts'
import { acmeId } from '../../support/events.ts'

const away = new NxError('unreachable', 'NX-DB-UNREACHABLE', 'gone', { retryable: true })

/** A batcher over a store that does what the test says at that moment. */
function setup(options: { writersMax?: number; waitMsMax?: number; commitMsMax?: number } = {}) {
  const clock = new ManualClock()
  const store = {
    calls: [] as (readonly IntakeRequest[])[],
    next: async (requests: readonly IntakeRequest[]): Promise<readonly IntakeResult[]> =>
      requests.map(() => ({ state: 'accepted', events: [] })),
    acceptAll: async (requests: readonly IntakeRequest[]) => {
      store.calls.push(requests)
      return await store.next(requests)
    },
  }
  const batcher = new IntakeBatcher({ store, clock, onCommit: () => {}, writersMax: 1, ...options })
  const send = async (externalId: string) =>
    await batcher.accept(request(acmeId, incoming({ tenantId: acmeId, externalId }))).then(
      ({ state }) => state as string,
      (error: NxError) => error.code,
    )
  return { clock, store, batcher, send }
}

/** A promise that the test ends. */
function held() {
  let end = (): void => {}
  const done = new Promise<void>((resolve) => (end = resolve))
  return { done, end: () => end() }
}

describe('the intake batcher in trouble', () => {
  it('tells everybody who waits as soon as the database is known to be away', async () => {
    const { store, send } = setup()
    const gate = held()
    store.next = async () => {
      await gate.done
      throw away
    }
    const answers = Promise.all(['a', 'b', 'c'].map(send))
    gate.end()
    expect(await answers).to.deep.equal(Array(3).fill('NX-DB-UNREACHABLE'))
    expect(store.calls).to.have.length(1)
  })

  it('asks an absent database once in a while, and takes everything again when it is back', async () => {
    const { clock, store, batcher, send } = setup()
    const works = store.next
    store.next = async () => await Promise.reject(away)
    expect(await send('a')).to.equal('NX-DB-UNREACHABLE')
    for (const id of ['b', 'c', 'd']) expect(await send(id)).to.equal('NX-DB-UNREACHABLE')
    expect(store.calls).to.have.length(1)
    clock.advance(500)
    const probe = held()
    store.next = async (requests) => {
      await probe.done
      return await works(requests)
    }
    const first = send('e')
    expect(await send('f')).to.equal('NX-DB-UNREACHABLE')
    probe.end()
    expect(await first).to.equal('accepted')
    store.next = works
    expect(await Promise.all(['g', 'h'].map(send))).to.deep.equal(['accepted', 'accepted'])
    expect(batcher.counters.refused).to.equal(4)
  })

  it('gives up on a request whose turn does not come, and stores nothing of it', async () => {
    const { clock, store, batcher, send } = setup({ waitMsMax: 1_000, commitMsMax: 60_000 })
    const works = store.next
    const gate = held()
    store.next = async (requests) => {
      await gate.done
      return await works(requests)
    }
    const first = send('a')
    const second = send('b')
    clock.advance(1_001)
    expect(await second).to.equal('NX-INTAKE-LATE')
    gate.end()
    expect(await first).to.equal('accepted')
    await batcher.drained()
    expect(store.calls).to.have.length(1)
  })

  it('says that it does not know when a commit takes too long', async () => {
    const { clock, store, batcher, send } = setup({ commitMsMax: 1_000 })
    const works = store.next
    const gate = held()
    store.next = async (requests) => {
      await gate.done
      return await works(requests)
    }
    const first = send('a')
    clock.advance(1_001)
    expect(await first).to.equal('NX-INTAKE-UNKNOWN')
    gate.end()
    await batcher.drained()
    expect(batcher.waiting).to.equal(0)
  })

  it('fails only the request to blame when a batch is refused for what is in it', async () => {
    const { store, send } = setup()
    const works = store.next
    const gate = held()
    store.next = async (requests) => {
      await gate.done
      if (requests.some(({ events }) => events[0]?.event.externalId === 'bad'))
        throw new NxError('bug', 'NX-DB-STATEMENT', 'refused')
      return await works(requests)
    }
    const answers = Promise.all(['first', 'a', 'b', 'bad', 'c', 'd', 'e'].map(send))
    gate.end()
    expect(await answers).to.deep.equal([
      'accepted',
      'accepted',
      'accepted',
      'NX-DB-STATEMENT',
      'accepted',
      'accepted',
      'accepted',
    ])
  })
})
