import { expect } from 'chai'
import { querySuperuser } from '../../../support/database.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'
import { ScoredLeads } from '../../../support/scores/scored-leads.ts'
import { allShards } from '../../../support/stores/owned-database.ts'

const config = salesConfig(`kind: LeadScore
name: intent
writes: lead.score
factors: [ { id: replied, on: message.received, points: 80, decay: { half_life: 1d } } ]
bands: [ { name: hot, from: 60, leave_below: 50 }, { name: cool, from: 20, emit: lead.cooled }, { name: cold, from: 0 } ]
---
kind: LeadScore
name: reach
writes: lead.budget
factors: [ { id: told, on: lead.cooled, points: 5, decay: { half_life: 1d } } ]
bands: [ { name: some, from: 1 } ]
---
`)
const lead = { kind: 'lead', id: '1' }

describe('scores that fade, on Postgres', () => {
  let leads: ScoredLeads
  beforeEach(async () => {
    leads = await ScoredLeads.open(config)
  })
  afterEach(async () => leads.close())

  const timers = async () =>
    querySuperuser<{ model: string; fire_at: string }>(
      leads.test,
      'select model, fire_at from score_timer order by model',
    )
  /** As if the time had come. */
  const come = async (): Promise<void> => {
    await querySuperuser(leads.test, `update score_timer set fire_at = now() - interval '1 s'`)
  }

  it('have one timer each, where decay will bring them into another band', async () => {
    await leads.happen('message.received', '1', { text: 'hi', direction: 'inbound' })
    const [timer, ...others] = await timers()
    expect(others).to.deep.equal([])
    const scores = (await leads.entity(lead))?.scores
    expect(new Date(timer?.fire_at ?? '').toISOString()).to.equal(scores?.['intent']?.crossesAt)
    const before = timer?.fire_at
    await leads.happen('message.received', '1', { text: 'hi', direction: 'inbound' })
    const [moved] = await timers()
    expect(new Date(moved?.fire_at ?? 0).getTime()).to.be.above(new Date(before ?? 0).getTime())
    expect(await leads.database.stores.timers.nextDueMs(allShards)).to.be.above(0)
  })

  it('tell of the band that they fall into, once, by an event of the lead', async () => {
    await leads.happen('message.received', '1', { text: 'hi', direction: 'inbound' })
    await querySuperuser(
      leads.test,
      `update entity set scores = jsonb_set(scores, '{intent,collected,replied,at}', to_jsonb(extract(epoch from now() - interval '1 d') * 1000))`,
    )
    await come()
    const { timers: store } = leads.database.stores
    expect(await store.fireDue(allShards, 10)).to.equal(1)
    expect(await store.fireDue(allShards, 10)).to.equal(0)
    await leads.catchUp(lead)
    const types = (await leads.events(lead)).map(({ type }) => type)
    expect(types).to.deep.equal(['message.received', 'score.decayed', 'lead.cooled'])
    expect((await leads.entity(lead))?.scores['intent']).to.include({ band: 'cool' })
    // On to cold; and the other score began with what this one told.
    expect((await timers()).map(({ model }) => model)).to.deep.equal(['intent', 'reach'])
  })

  it('drop their timer when they will not change band any more', async () => {
    await leads.happen('message.received', '1', { text: 'hi', direction: 'inbound' })
    leads.config = salesConfig(
      'kind: LeadScore\nname: intent\nwrites: lead.score\nfactors: [ { id: replied, on: message.received, points: 80 } ]\n---\n',
    )
    await leads.happen('message.received', '1', { text: 'hi', direction: 'inbound' })
    expect(await timers()).to.deep.equal([])
  })
})
