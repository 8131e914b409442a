import { expect } from 'chai'
import { IntakeBatcher } from '../../../src/messaging/intake/intake-batcher.ts'
import type { IntakeRequest, IntakeResult } from '../../../src/messaging/intake/event-intake.ts'
import { someEvent } from '../../support/events.ts'

function request(externalId: string, count = 1): IntakeRequest {
  const events = Array.from({ length: count }, (_, index) => ({
    event: someEvent({ externalId: `${externalId}-${index}` }),
    digest: 'd',
    horizonMs: 1_000,
    onConflict: 'conflict' as const,
  }))
  return { tenantId: 't', events, deadLetters: [] }
}

function accepted(item: IntakeRequest): IntakeResult {
  return { state: 'accepted', events: item.events.map(({ event }) => ({ id: event.id, duplicate: false })) }
}

/** A store whose transactions end when the test says so. */
function heldStore() {
  const calls: Array<{
    requests: readonly IntakeRequest[]
    commit: () => void
    fail: (error: Error) => void
  }> = []
  return {
    calls,
    acceptAll: async (requests: readonly IntakeRequest[]) =>
      await new Promise<readonly IntakeResult[]>((resolve, reject) => {
        calls.push({ requests, commit: () => resolve(requests.map(accepted)), fail: reject })
      }),
  }
}

describe('the intake batcher', () => {
  it('answers a request only after its commit', async () => {
    const store = heldStore()
    const batcher = new IntakeBatcher({ store, onCommit: () => {} })
    let answered = false
    const answer = batcher.accept(request('a')).then((result) => {
      answered = true
      return result
    })
    await new Promise(setImmediate)
    expect(answered).to.be.false
    store.calls[0]?.commit()
    expect((await answer).state).to.equal('accepted')
  })

  it('puts what arrives during a transaction into the next one', async () => {
    const store = heldStore()
    const batcher = new IntakeBatcher({ store, writersMax: 1, onCommit: () => {} })
    const answers = ['a', 'b', 'c', 'd'].map((id) => batcher.accept(request(id)))
    store.calls[0]?.commit()
    await answers[0]
    await new Promise(setImmediate)
    expect(store.calls.map(({ requests }) => requests.length)).to.deep.equal([1, 3])
    store.calls[1]?.commit()
    await Promise.all(answers)
    expect(batcher.counters.commits).to.equal(2)
  })

  it('fails every request of a transaction that failed, and takes new ones after it', async () => {
    const store = heldStore()
    const batcher = new IntakeBatcher({ store, writersMax: 1, onCommit: () => {} })
    const first = batcher.accept(request('a'))
    const second = batcher.accept(request('b'))
    store.calls[0]?.fail(new Error('gone'))
    const failure = await first.catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(Error)
    await new Promise(setImmediate)
    store.calls[1]?.commit()
    expect((await second).state).to.equal('accepted')
  })

  it('refuses what would wait beyond the limit, and says to come again', async () => {
    const store = heldStore()
    const batcher = new IntakeBatcher({ store, writersMax: 1, waitingEventsMax: 10, onCommit: () => {} })
    const first = batcher.accept(request('a'))
    const waiting = batcher.accept(request('b', 10))
    const refused = await batcher.accept(request('c')).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'NX-INTAKE-BUSY', retryable: true })
    store.calls[0]?.commit()
    await first
    await new Promise(setImmediate)
    store.calls[1]?.commit()
    await waiting
    await batcher.drained()
  })
})
