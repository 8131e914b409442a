import { expect } from 'chai'
import fc from 'fast-check'
import type { BusMessage } from '../../../src/messaging/bus/event-bus.ts'
import { WaitingMessages } from '../../../src/messaging/consume/waiting-messages.ts'

const message = (tenantId: string, n: number): BusMessage =>
  ({ event: { tenantId, externalId: String(n) } }) as BusMessage
const tenantsOf = (batch: readonly BusMessage[]) => batch.map(({ event }) => event.tenantId)

function waiting(counts: Readonly<Record<string, number>>, batchMax = 200): WaitingMessages {
  const messages = new WaitingMessages(batchMax)
  for (const [tenant, count] of Object.entries(counts))
    for (let n = 0; n < count; n += 1) messages.push(message(tenant, n))
  return messages
}

describe('WaitingMessages', () => {
  it('gives one tenant all of a batch, and several equal parts of it', () => {
    expect(waiting({ a: 1_000 }).take()).to.have.length(200)
    expect(tenantsOf(waiting({ a: 1_000, b: 150 }).take()).filter((tenant) => tenant === 'b')).to.have.length(
      100,
    )
  })

  it('takes another tenant with the next batch, however many of one wait, and makes that a small one while few do', () => {
    expect(tenantsOf(waiting({ a: 40, b: 1 }).take())).to.deep.equal(['a', 'a', 'a', 'a', 'b'])
    expect(tenantsOf(waiting({ a: 1_000, b: 1 }).take()).slice(-2)).to.deep.equal(['a', 'b'])
  })

  it('serves in turns where more tenants wait than a batch takes', () => {
    const messages = waiting({ a: 3, b: 3, c: 3 }, 2)
    const turns = [messages.take(), messages.take(), messages.take()].map((batch) => tenantsOf(batch)[0])
    expect(turns).to.deep.equal(['a', 'b', 'c'])
  })

  it('loses none, takes none twice, and keeps the order of each tenant', () => {
    const load = fc.array(fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), takes: fc.nat(2) }))
    fc.assert(
      fc.property(load, fc.integer({ min: 1, max: 40 }), (steps, batchMax) => {
        const messages = new WaitingMessages(batchMax)
        const taken: BusMessage[] = []
        for (const [n, { tenant, takes }] of steps.entries()) {
          messages.push(message(tenant, n))
          for (let turn = 0; turn < takes; turn += 1) taken.push(...messages.take())
        }
        while (messages.count > 0) {
          const batch = messages.take()
          expect(batch.length).to.be.within(1, batchMax)
          taken.push(...batch)
        }
        expect(messages.takeAll()).to.deep.equal([])
        for (const tenant of ['a', 'b', 'c']) {
          const of = steps.flatMap((step, n) => (step.tenant === tenant ? [String(n)] : []))
          const came = taken.filter(({ event }) => event.tenantId === tenant)
          expect(came.map(({ event }) => event.externalId)).to.deep.equal(of)
        }
      }),
    )
  })
})
