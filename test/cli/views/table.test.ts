import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import { renderFacts, renderTable } from '../../../src/cli/views/table.ts'
import type { Column } from '../../../src/cli/views/table.ts'
import { textWidth } from '../../../src/cli/text/text-width.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'

interface Row {
  readonly id: string
  readonly name: string
  readonly count: number | null
}

const columns: readonly Column<Row>[] = [
  { title: 'ID', value: (row) => row.id },
  { title: 'NAME', value: (row) => row.name, shrink: true },
  { title: 'COUNT', value: (row) => row.count, align: 'right' },
]
const id = '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77'

describe('renderTable', () => {
  it('pads columns and aligns numbers to the right', () => {
    const rows = [
      { id: 'a', name: 'Ada', count: 7 },
      { id: 'bb', name: 'B', count: null },
    ]
    expect(renderTable(rows, columns, fakeOutput())).to.equal(
      'ID  NAME  COUNT\na   Ada       7\nbb  B         -',
    )
  })

  it('cuts nothing when it is piped', () => {
    const name = 'x'.repeat(500)
    expect(renderTable([{ id, name, count: 1 }], columns, fakeOutput())).to.include(name)
  })

  it('shrinks what may shrink to the width of the terminal', () => {
    const text = renderTable([{ id, name: 'x'.repeat(200), count: 1 }], columns, fakeOutput({ columns: 80 }))
    for (const line of text.split('\n')) expect(textWidth(stripVTControlCharacters(line))).to.be.at.most(80)
    expect(text).to.include('…')
  })

  it('turns rows into blocks when even the shrunk columns do not fit', () => {
    const text = stripVTControlCharacters(
      renderTable([{ id, name: 'Ada', count: 1 }], columns, fakeOutput({ columns: 30 })),
    )
    expect(text.split('\n')).to.deep.equal([`ID     ${id}`, 'NAME   Ada', 'COUNT  1'])
  })

  it('never cuts an id, whatever the width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.string({ maxLength: 300 }), (width, name) => {
        expect(renderTable([{ id, name, count: 1 }], columns, fakeOutput({ columns: width }))).to.include(id)
      }),
    )
  })

  it('lets no control character of the data through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (name) => {
        const text = renderTable([{ id, name, count: 1 }], columns, fakeOutput())
        // eslint-disable-next-line no-control-regex -- these are what the test is about
        expect(text.replaceAll('\n', '')).to.not.match(/[\u0000-\u001f\u007f-\u009f]/)
        expect(text.split('\n')).to.have.length(2)
      }),
    )
  })
})

describe('renderFacts', () => {
  it('puts names and values side by side, - for what is missing', () => {
    const facts = [
      ['ID', 'x'],
      ['STATUS', null],
    ] as const
    expect(renderFacts(facts, fakeOutput())).to.equal('ID      x\nSTATUS  -')
  })
})
