import { expect } from 'chai'
import fc from 'fast-check'
import type { Msg, NatsConnection } from 'nats'
import { PullBudget } from '../../../src/adapters/nats/consumers/pull-budget.ts'
import { PullConsumer } from '../../../src/adapters/nats/consumers/pull-consumer.ts'
import type { Delivery } from '../../../src/adapters/nats/consumers/pulled-delivery.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

type Deliver = (error: null, message: Msg) => void

/** A connection that counts what is answered to every message. */
function countingConnection(): {
  connection: NatsConnection
  deliver(seq: number): void
  answers: Map<string, string[]>
  requests: string[]
} {
  const answers = new Map<string, string[]>()
  const requests: string[] = []
  let callback: Deliver = () => {}
  const connection = {
    subscribe: (_subject: string, options: { callback: Deliver }) => {
      callback = options.callback
      return { drain: async () => {} }
    },
    publish: (subject: string, body: Buffer | string) => {
      if (subject.startsWith('$JS.API.CONSUMER.MSG.NEXT.')) requests.push(subject)
      if (!subject.startsWith('$JS.ACK.')) return
      answers.set(subject, [...(answers.get(subject) ?? []), String(body)])
    },
    isClosed: () => false,
  } as unknown as NatsConnection
  const deliver = (seq: number): void => {
    const reply = replyOf(seq)
    callback(null, { subject: 'nx.events.1.acme.x', reply, data: new Uint8Array() } as unknown as Msg)
  }
  return { connection, deliver, answers, requests }
}

const replyOf = (seq: number): string => `$JS.ACK.NX_EVENTS.nx-shard-1.1.${seq}.${seq}.0.0`

const acts = ['ack', 'retryLater', 'discard'] as const
const bodies = { ack: '+ACK', retryLater: '-NAK', discard: '+TERM' }

function makeConsumer(
  connection: NatsConnection,
  receive: (delivery: Delivery) => void,
  clock: Clock = systemClock,
): PullConsumer {
  return new PullConsumer({
    spec: {
      stream: 'NX_EVENTS',
      durable: 'nx-shard-1',
      filterSubject: 'nx.events.1.>',
      prefetchMax: 8,
      budgetParts: 1,
      owner: 'one',
    },
    connection,
    clock,
    expiresMs: 15_000,
    budget: new PullBudget({ bytesMax: 64 * 1024, messageBytesMax: 1_024, parts: 1 }),
    receive,
    onTrouble: () => {},
  })
}

describe('PullConsumer', () => {
  it('ends every message in exactly one of ack, nak and term, whatever is called on it and however often', () => {
    const step = fc.tuple(fc.nat(19), fc.constantFrom(...acts))
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.array(fc.nat(40), { maxLength: 4 }),
        (steps, pauses) => {
          const { connection, deliver, answers } = countingConnection()
          const deliveries: Delivery[] = []
          const consumer = makeConsumer(connection, (delivery) => deliveries.push(delivery))
          consumer.resume('stream durable')
          for (let seq = 1; seq <= 20; seq++) deliver(seq)
          const first = new Map<number, string>()
          for (const [index, [which, act]] of steps.entries()) {
            // The connection is lost and comes back to the same durable: answers are held, not doubled.
            if (pauses.includes(index)) consumer.suspend()
            deliveries[which]?.[act](0)
            if (!first.has(which)) first.set(which, act)
            if (pauses.includes(index - 1)) consumer.resume('stream durable')
          }
          consumer.resume('stream durable')
          expect(answers.size).to.equal(first.size)
          for (const [which, act] of first)
            expect(answers.get(replyOf(which + 1))).to.deep.equal([bodies[act as keyof typeof bodies]])
          expect(consumer.unsettledCount).to.equal(20 - first.size)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('asks anew for what was stored and does not come, once a second, until something comes', () => {
    const { connection, deliver, requests } = countingConnection()
    const clock = new ManualClock()
    const consumer = makeConsumer(connection, (delivery) => delivery.ack(), clock)
    consumer.resume('one')
    clock.advance(60_000)
    expect(consumer.askOverdue(), 'nothing is expected').to.equal(false)
    consumer.expect(5)
    clock.advance(900)
    expect(consumer.askOverdue(), 'it may be on its way').to.equal(false)
    clock.advance(200)
    expect([consumer.askOverdue(), consumer.askOverdue()]).to.deep.equal([true, false])
    expect(requests).to.have.length(2)
    clock.advance(1_100)
    expect(consumer.askOverdue(), 'still nothing').to.equal(true)
    for (let seq = 4; seq <= 6; seq++) deliver(seq)
    consumer.expect(6)
    clock.advance(60_000)
    expect(consumer.askOverdue(), 'it came before it was known to be stored').to.equal(false)
    consumer.expect(7)
    consumer.resume('another')
    clock.advance(60_000)
    expect(consumer.askOverdue(), 'numbers of another stream').to.equal(false)
  })

  it('asks for nothing more while its hands are full', () => {
    const { connection, deliver } = countingConnection()
    const clock = new ManualClock()
    const consumer = makeConsumer(connection, () => {}, clock)
    consumer.resume('one')
    for (let seq = 1; seq <= 8; seq++) deliver(seq)
    consumer.expect(20)
    clock.advance(60_000)
    expect(consumer.askOverdue()).to.equal(false)
  })

  it('answers nothing to a durable of another life', () => {
    const { connection, deliver, answers } = countingConnection()
    const deliveries: Delivery[] = []
    const consumer = makeConsumer(connection, (delivery) => deliveries.push(delivery))
    consumer.resume('one')
    deliver(1)
    consumer.resume('another')
    deliveries[0]?.ack()
    expect(answers.size).to.equal(0)
  })

  it('knows the newest message up to a floor among its last deliveries, in replies of old and new servers', () => {
    const { connection, deliver } = countingConnection()
    const consumer = makeConsumer(connection, () => {})
    consumer.resume('one')
    expect(consumer.newestUpTo(100)).to.equal(null)
    for (let seq = 10; seq <= 60; seq += 10) deliver(seq)
    expect([9, 10, 35, 1_000].map((floor) => consumer.newestUpTo(floor))).to.deep.equal([null, 10, 30, 60])
    for (let seq = 100; seq < 116; seq++) deliver(seq)
    expect([99, 107].map((floor) => consumer.newestUpTo(floor))).to.deep.equal([null, 107])
  })
})
