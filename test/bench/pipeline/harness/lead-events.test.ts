import { expect } from 'chai'
import { leadId, leadIndex, requestBodies } from '../../../../bench/pipeline/harness/lead-events.ts'

describe('the events of the pipeline benchmark', () => {
  it('are about leads of their own, each in one request', () => {
    const bodies = requestBodies({ phase: 'flood', count: 120 }, 50)
    const batches = bodies.map((body) => JSON.parse(body.toString()) as { id: string; subject: string }[])
    expect(batches.map((batch) => batch.length)).to.deep.equal([50, 50, 20])
    expect(new Set(batches.flat().map(({ id }) => id))).to.have.property('size', 120)
    expect(new Set(batches.flat().map(({ subject }) => subject))).to.have.property('size', 120)
  })

  it('know their index from the id of their lead, and no lead of another phase', () => {
    expect(leadIndex('flood', leadId('flood', 17))).to.equal(17)
    expect(leadIndex('flood', leadId('warm', 17))).to.equal(null)
    expect(leadIndex('flood', 'flood-')).to.equal(null)
    expect(leadIndex('flood', 'flood--1')).to.equal(null)
    expect(leadIndex('flood', 'flood-x')).to.equal(null)
  })
})
