import { expect } from 'chai'
import type { PastDecision } from '../../../src/sales-core/explain/fold-history.ts'
import { foldHistory } from '../../../src/sales-core/explain/fold-history.ts'

const ref = { kind: 'lead', id: '1' }

function past(change: Partial<PastDecision>): PastDecision {
  return { seq: 1, version: 1, changes: [], scores: [], workflows: [], ...change }
}

const named = past({ changes: [{ field: 'name', from: null, to: 'Ada', by: 'event' }] })

function scored(seq: number, version: number, to: number, points: number): PastDecision {
  const shares = [{ factor: 'replies', points, why: '' }]
  const change = { model: 'fit', from: 0, to, bandFrom: null, bandTo: 'cold', shares }
  return past({ seq, version, scores: [change] })
}

describe('the past of an entity', () => {
  it('is the fold of its decisions', () => {
    const folded = foldHistory('default', ref, [named, scored(2, 2, 10, 10), past({ seq: 3, version: 2 })])
    expect(folded?.entity).to.include({ version: 2, appliedSeq: 3 })
    expect(folded?.entity.fields).to.deep.equal({ name: 'Ada' })
    expect(folded?.entity.scores['fit']).to.deep.equal({
      points: 10,
      band: 'cold',
      collected: { replies: 10 },
    })
  })

  it('is not known when its beginning or a step of it is gone', () => {
    expect(foldHistory('default', ref, [])).to.equal(null)
    expect(foldHistory('default', ref, [past({ seq: 5, version: 4 })])).to.equal(null)
    expect(foldHistory('default', ref, [named, scored(3, 3, 10, 10)])).to.equal(null)
  })

  it('is not known when points may have been collected unseen', () => {
    expect(foldHistory('default', ref, [named, past({ seq: 2, version: 2 })])).to.equal(null)
    const cut = scored(2, 2, 100, 120)
    expect(foldHistory('default', ref, [named, cut])).to.not.equal(null)
    const later = past({
      seq: 3,
      version: 3,
      changes: [{ field: 'name', from: 'Ada', to: 'Bo', by: 'event' }],
    })
    expect(foldHistory('default', ref, [named, cut, later])).to.equal(null)
  })

  it('says which workflows were waiting, and how often they had moved', () => {
    const move = (instanceId: string, to: string) => ({
      instanceId,
      workflow: 'chase',
      from: null,
      to,
      ran: [],
    })
    const folded = foldHistory('default', ref, [
      past({ ...named, workflows: [move('a', 'pause'), move('b', 'pause')] }),
      past({ seq: 2, version: 1, workflows: [move('a', 'answer'), move('b', 'end')] }),
    ])
    expect(folded?.waiting).to.deep.equal([{ id: 'a', moves: 2 }])
  })
})
