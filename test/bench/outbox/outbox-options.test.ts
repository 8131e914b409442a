import { expect } from 'chai'
import { outboxOptions } from '../../../bench/outbox/outbox-options.ts'

describe('the options of the outbox benchmark', () => {
  it('leave the long measurements out unless they are asked for', () => {
    expect(outboxOptions([], [])).to.deep.equal({
      events: 20_000,
      backlog: 0,
      heldSeconds: 0,
      perSecond: 500,
      rounds: 1,
      only: null,
      json: false,
    })
  })

  it('are taken from the command line', () => {
    const words = ['--backlog', '1000000', '--held-seconds', '60', '--only', 'floor']
    expect(outboxOptions(words, ['floor'])).to.deep.include({
      backlog: 1_000_000,
      heldSeconds: 60,
      only: ['floor'],
    })
  })
})
