import { expect } from 'chai'
import { notTripped } from '../../../../src/sales-core/processing/breakers/breaker-control.ts'

describe('a breaker that is not open', () => {
  it('leads to the list of those that are', () => {
    expect(notTripped('inbound/hot', []).fix).to.contain('neuronx rule list --tripped --tenant')
    expect(notTripped('inbound/hot', ['inbound/hit']).fix).to.contain('inbound/hit')
  })
})
