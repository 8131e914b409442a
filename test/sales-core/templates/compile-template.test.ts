import { expect } from 'chai'
import { compileTemplate } from '../../../src/sales-core/templates/compile-template.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'

const variables = new Map([['lead', parseFields({ tags: 'list<string>' }).type]])

function render(source: string): unknown {
  const compiled = compileTemplate(source, variables)
  if (compiled.state !== 'compiled') throw new Error('It does not compile')
  return compiled.template.render({ lead: { tags: ['a', 'b'] } })
}

/** Stands for a process that stops for a second at each of these readings of the clock. */
function withPauses(atReadings: readonly number[], work: () => void): void {
  const { now } = performance
  let readings = 0
  let pausedMs = 0
  performance.now = () => {
    readings += 1
    if (atReadings.includes(readings)) pausedMs += 1_000
    return now.call(performance) + pausedMs
  }
  try {
    work()
  } finally {
    performance.now = now
  }
}

describe('compileTemplate', () => {
  const source = 'Hello {{ lead.tags | first }}{% for tag in lead.tags %} {{ tag }}{% endfor %}'

  it('renders although its process was stopped in the middle', () => {
    withPauses([2], () => {
      expect(render(source)).to.deep.equal({ state: 'value', value: 'Hello a a b' })
    })
  })

  it('gives up on a text that takes too long every time', () => {
    withPauses(
      Array.from({ length: 1_000 }, (_, index) => index),
      () => {
        expect(render(source)).to.include({ state: 'error', code: 'NX-TEMPLATE-RENDER' })
      },
    )
  })
})
