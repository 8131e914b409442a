import { expect } from 'chai'
import { verdictOf } from '../../../../bench/pipeline/harness/verdict.ts'

const count = { distinct: 10, repeated: 0, strange: 0, lastHitMs: 1 }
const none = { count: 0, first: null }

describe('the verdict of a run', () => {
  it('is ok when every lead arrived exactly once', () => {
    expect(verdictOf(10, count, none)).to.deep.equal({ state: 'ok' })
  })

  it('names what was lost, repeated, unknown and refused', () => {
    const refused = { count: 2, first: '503 busy' }
    const verdict = verdictOf(12, { ...count, repeated: 3, strange: 4 }, refused)
    expect(verdict).to.deep.equal({
      state: 'failed',
      reasons: [
        '2 requests were not accepted, the first: 503 busy',
        '2 of 12 leads never reached the sink',
        '3 calls repeated a lead',
        '4 calls were about no lead of the run',
      ],
    })
  })
})
