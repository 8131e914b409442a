import { expect } from 'chai'
import { outboxTargets } from '../../../bench/outbox/render-outbox-report.ts'
import type { OutboxRow } from '../../../bench/outbox/render-outbox-report.ts'

function row(contestant: string, eventsPerSecond: number, more: Partial<OutboxRow> = {}): OutboxRow {
  const cpuPer1000 = { system: 0.2, postgres: 0.2, nats: 0.1 }
  return {
    contestant,
    variant: '',
    eventsPerSecond,
    cpuPer1000,
    held: null,
    backlog: null,
    failures: [],
    ...more,
  }
}

describe('the targets of the outbox benchmark', () => {
  it('compare with each peer and with the floor, and say which are missed', () => {
    const rows = [
      row('neuronx', 4_000),
      row('floor', 5_000),
      row('pg-boss', 1_500),
      row('graphile-worker', 2_500),
    ]
    const found = outboxTargets(rows).map(({ figure, reached }) => [figure, reached])
    expect(found).to.deep.equal([
      ['events/s, neuronx / pg-boss', true],
      ['events/s, neuronx / graphile-worker', false],
      ['events/s, neuronx / floor', true],
    ])
  })

  it('take the ratio under a held snapshot and behind the backlog', () => {
    const held = {
      perSecond: 500,
      heldSeconds: 60,
      before: { p50: 5, p99: 20 },
      held: { p50: 6, p99: 50 },
      failures: [],
    }
    const targets = outboxTargets([row('neuronx', 1, { held, backlog: { short: 1_000, long: 850 } })])
    expect(targets.map(({ measured, reached }) => [measured, reached])).to.deep.equal([
      [2.5, false],
      [0.85, true],
    ])
  })

  it('are none without neuronx', () => {
    expect(outboxTargets([row('floor', 1)])).to.deep.equal([])
  })
})
