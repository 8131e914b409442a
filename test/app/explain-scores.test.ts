import { expect } from 'chai'
import { explainEventsMax, explainScores } from '../../src/app/explain-scores.ts'
import type { EntityReader, EntityView, HistoryEntry } from '../../src/sales-core/reading/entity-reader.ts'

const ref = { kind: 'lead', id: '42' }

function entry(version: number, models: Record<string, number>): HistoryEntry {
  const scores = Object.entries(models).map(([model, to]) => ({
    model,
    from: 0,
    to,
    bandFrom: null,
    bandTo: 'hot',
    shares: [{ factor: 'market', points: to, why: 'lead.country is "AE"' }],
  }))
  return {
    eventId: `event-${version}`,
    eventType: 'lead.updated',
    version,
    at: '2026-01-01T00:00:00Z',
    configDigest: 'd',
    changes: [],
    trace: { rules: [], scores, workflows: [], notes: [] },
  }
}

/** A reader whose history is served newest first, in pages of `pageLength`. */
function setup(history: readonly HistoryEntry[], scores: EntityView['scores'], pageLength = 2) {
  const asked: (string | null)[] = []
  const view: EntityView = {
    ref,
    workspace: 'default',
    version: history.length,
    appliedSeq: history.length,
    fields: {},
    scores,
    marks: {},
    entityKey: 'default/lead/42',
    createdAt: '',
    updatedAt: '',
    instances: [],
  }
  const reader: EntityReader = {
    list: async () => ({ items: [view], cursor: null }),
    byId: async (_tenant, _workspace, { id }) => (id === ref.id ? view : null),
    history: async (_tenant, _workspace, _ref, { cursor }) => {
      asked.push(cursor)
      const first = Number(cursor ?? 0)
      const next = first + pageLength
      return { items: history.slice(first, next), cursor: next < history.length ? String(next) : null }
    },
  }
  return { reader, asked }
}

const points = (value: number) => ({ points: value, band: 'hot', collected: {} })

describe('explainScores', () => {
  it('explains every score by its latest change, and reads no further', async () => {
    const history = [
      entry(5, {}),
      entry(4, { fit: 15 }),
      entry(3, { fit: 9, intent: 4 }),
      entry(2, {}),
      entry(1, { fit: 1 }),
    ]
    const { reader, asked } = setup(history, { fit: points(15), intent: points(4) })
    const explained = await explainScores(reader, 't', 'default', ref)
    expect(
      explained?.scores.map(({ model, points: value, changedBy }) => [model, value, changedBy?.eventId]),
    ).to.deep.equal([
      ['fit', 15, 'event-4'],
      ['intent', 4, 'event-3'],
    ])
    expect(asked).to.deep.equal([null, '2'])
  })

  it('shows a score without shares when its change is not in the history', async () => {
    const { reader } = setup([entry(1, {})], { fit: points(7) })
    const explained = await explainScores(reader, 't', 'default', ref)
    expect(explained?.scores).to.deep.equal([
      { model: 'fit', points: 7, band: 'hot', shares: [], changedBy: null },
    ])
  })

  it('looks back a bounded way', async () => {
    const { reader, asked } = setup(
      Array.from({ length: 10_000 }, (_, index) => entry(index, {})),
      { fit: points(7) },
      500,
    )
    await explainScores(reader, 't', 'default', ref)
    expect(asked).to.have.length(explainEventsMax / 500)
  })

  it('is null for an entity that is unknown', async () => {
    expect(await explainScores(setup([], {}).reader, 't', 'default', { kind: 'lead', id: 'none' })).to.equal(
      null,
    )
  })
})
