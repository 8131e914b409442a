import { expect } from 'chai'
import fc from 'fast-check'
import { layeredLayout } from '../../../src/sales-core/workflows/drawing/layered-layout.ts'
import { workflowSvg } from '../../../src/sales-core/workflows/drawing/workflow-svg.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const config = salesConfig(`
kind: Workflow
name: w
for: lead
start: { on: lead.created }
steps:
  - { id: pick, choose: [ { when: lead.name < "<b>", go: last }, { else: nap } ] }
  - { id: nap, wait: 2h }
  - { id: last, call: sink.last }
`)

describe('workflow graph as SVG', () => {
  it('draws every step, counts who waits, and escapes what a condition says', () => {
    const workflow = config.workflow('w')
    if (workflow === null) throw new Error('No workflow')
    const svg = workflowSvg(workflow, { nap: 1_234 })
    for (const text of ['pick', 'nap', 'last', 'sink.last', '1.2k', '&lt;b&gt;']) expect(svg).to.include(text)
    expect(svg).not.to.include('<b>')
    expect(svg).not.to.match(/<script|href|NaN|undefined/)
    const tags = svg.match(/<(rect|text|polyline)\b/g) ?? []
    expect(tags.length).to.be.above(10)
    expect(workflowSvg(workflow, { nap: 1_234 })).to.equal(svg)
  })

  it('never puts two boxes over each other, circles and crossing ways included', () => {
    const size = fc.integer({ min: 1, max: 24 })
    const graph = size.chain((count) =>
      fc.record({
        count: fc.constant(count),
        edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 60 }),
        widths: fc.array(fc.integer({ min: 40, max: 260 }), { minLength: count, maxLength: count }),
      }),
    )
    fc.assert(
      fc.property(graph, ({ edges, widths }) => {
        const nodes = widths.map((width, index) => ({ id: String(index), width }))
        const lines = edges.map(([from, to]) => ({ from: String(from), to: String(to), label: '' }))
        const { at, ways, width, height } = layeredLayout(nodes, lines)
        expect(at.size).to.equal(nodes.length)
        expect(ways).to.have.length(lines.length)
        for (const way of ways) expect(way.length).to.be.at.least(2)
        const boxes = nodes.map((node) => ({ ...node, ...(at.get(node.id) as { x: number; y: number }) }))
        for (const one of boxes) {
          expect(one.x - one.width / 2).to.be.at.least(0)
          expect(one.x + one.width / 2).to.be.at.most(width)
          expect(one.y).to.be.below(height)
          for (const other of boxes)
            if (one.id < other.id && one.y === other.y)
              expect(Math.abs(one.x - other.x)).to.be.at.least((one.width + other.width) / 2)
        }
      }),
      { numRuns: 60 },
    )
  })
})
