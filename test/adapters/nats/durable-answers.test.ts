import { expect } from 'chai'
import { AckPolicy, NatsError } from 'nats'
import type { ConsumerAPI, ConsumerConfig, JetStreamManager } from 'nats'
import {
  DurableBeingRemoved,
  addDurable,
  durableInfo,
  updateDurable,
} from '../../../src/adapters/nats/consumers/durable-answers.ts'
import { Durables } from '../../../src/adapters/nats/consumers/durables.ts'
import { openNatsRig } from './nats-rig.ts'

describe('answers about durables', () => {
  const config = { durable_name: 'd', ack_policy: AckPolicy.Explicit } as ConsumerConfig

  /** A server that answers every request for a durable with this. */
  const answering = (add: ConsumerAPI['add']): JetStreamManager =>
    ({ consumers: { add, info: async () => ({ config }), update: add } }) as unknown as JetStreamManager

  const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error: unknown) => error,
    )

  it('without a configuration mean that it is being removed', async () => {
    const jsm = answering(async () => ({}) as never)
    expect(await failureOf(updateDurable(jsm, 's', config))).to.be.instanceOf(DurableBeingRemoved)
    expect(await failureOf(addDurable(jsm, 's', config))).to.be.instanceOf(DurableBeingRemoved)
  })

  it('are not made up for a mistake of our own', async () => {
    const mistake = new TypeError('x is undefined')
    const jsm = answering(async () => {
      throw mistake
    })
    expect(await failureOf(updateDurable(jsm, 's', config))).to.equal(mistake)
  })

  it('that there is none to be changed lead to another look', async () => {
    let told = 0
    const jsm = answering(async (_stream, given) => {
      told += 1
      if (told > 1) return { config: given } as never
      const gone = new NatsError('consumer does not exist', '404')
      gone.api_error = { code: 404, err_code: 10_149, description: gone.message }
      throw gone
    })
    const spec = {
      stream: 's',
      durable: 'd',
      filterSubject: 's.>',
      prefetchMax: 20,
      budgetParts: 1,
      owner: 'many',
    } as const
    const use = { isFirst: true, isActive: false, heldCount: 0, knownCreated: null, onMissing: () => {} }
    const durable = await new Durables(jsm, 1_000).ensure(spec, use)
    expect([durable.config.max_ack_pending, told]).to.deep.equal([20, 2])
  })

  it('of a server: what is there is changed as told', async () => {
    await using rig = await openNatsRig()
    const jsm = await (await rig.openOutside()).jetstreamManager()
    await jsm.streams.add({ name: 's', subjects: ['s.>'] })
    await addDurable(jsm, 's', { ...config, max_ack_pending: 10 })
    const { config: present } = await durableInfo(jsm, 's', 'd')
    await updateDurable(jsm, 's', { ...present, max_ack_pending: 20 })
    expect((await durableInfo(jsm, 's', 'd')).config).to.deep.equal({ ...present, max_ack_pending: 20 })
  })
})
