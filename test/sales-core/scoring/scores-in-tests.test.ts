import { expect } from 'chai'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import { noon } from '../../support/sales/entity-under-test.ts'

const yaml = `kind: LeadScore
name: intent
writes: lead.score
factors: [ { id: replied, on: message.received, points: 80, decay: { half_life: 7d } } ]
bands:
  - { name: hot, from: 60, leave_below: 50 }
  - { name: cool, from: 0, emit: lead.cooled }
---
kind: RuleSet
name: r
rules: [ { id: wake, on: lead.cooled, then: [ { add_tag: cooled } ] } ]
---
`

describe('a test whose time goes on', () => {
  it('meets the bands that scores fall into by decay, each at its own instant', () => {
    const world = new TestWorld(salesConfig(yaml), noon.getTime())
    const lead = { kind: 'lead', id: '42' }
    world.happen('message.received', lead, { direction: 'inbound', text: 'hi' })
    world.advanceTo(noon.getTime() + 4 * 86_400_000)
    expect(world.entity(lead).scores['intent']?.band).to.equal('hot')
    world.advanceTo(noon.getTime() + 5 * 86_400_000)
    expect(world.entity(lead).scores['intent']?.band).to.equal('cool')
    expect(world.entity(lead).fields['tags']).to.deep.equal(['cooled'])
    expect(world.troubles).to.deep.equal([])
  })
})
