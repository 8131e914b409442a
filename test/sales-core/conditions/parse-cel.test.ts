import { expect } from 'chai'
import fc from 'fast-check'
import { nodesOf } from '../../../src/sales-core/conditions/syntax/cel-node.ts'
import { depthMax, nodesMax, parseCel } from '../../../src/sales-core/conditions/syntax/parse-cel.ts'

const piece = fc.constantFrom(
  ...[
    'a',
    'lead.x',
    '1',
    '-2',
    '-5.f',
    '-5[0]',
    '"t"',
    '!',
    '-',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '?',
    '.b',
  ],
  ...[
    '+',
    '*',
    '<',
    '==',
    '&&',
    '||',
    ' in ',
    ' and ',
    'f(',
    'exists(x, x == 1)',
    '[1, 2,]',
    '{"a": 1}',
    '.`q n`',
  ],
)

describe('the syntax of conditions', () => {
  it('counts the parts while it reads them', () => {
    let large = 0
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
        const parsed = parseCel(pieces.join(''))
        if (!('ast' in parsed)) return
        if (parsed.nodes > 3) large += 1
        expect(parsed.nodes).to.equal(nodesOf(parsed.ast))
      }),
      { numRuns: 5_000 },
    )
    expect(large).to.be.above(50)
    const parsed = parseCel('-a.b[-1] + f(x)')
    expect('ast' in parsed && parsed.nodes).to.equal(8)
  })

  const chain = (op: string, parts: number): string => new Array(parts).fill('a').join(op)
  const codes = (source: string): readonly string[] => {
    const parsed = parseCel(source)
    return 'ast' in parsed ? [] : parsed.problems.map(({ code }) => code)
  }

  it('bounds how deep it nests and how large it is, and takes a chain of && as one level', () => {
    expect(codes(chain(' + ', depthMax))).to.deep.equal([])
    expect(codes(chain(' + ', depthMax + 1))).to.deep.equal(['NX-CONDITION-LIMIT'])
    expect(codes(`a${'.b'.repeat(depthMax)}`)).to.deep.equal(['NX-CONDITION-LIMIT'])
    expect(codes(`${chain('&&', 100)} && ${chain('+', depthMax - 1)} == 1`)).to.deep.equal([
      'NX-CONDITION-LIMIT',
    ])
    expect(codes(chain('&&', nodesMax / 2))).to.deep.equal([])
    expect(codes(chain('&&', nodesMax / 2 + 1))).to.deep.equal(['NX-CONDITION-LIMIT'])
  })

  it('says what cannot be read behind the place where it stopped', () => {
    const parsed = parseCel('a b # "open')
    expect('problems' in parsed && parsed.problems.map(({ offset }) => offset)).to.deep.equal([2, 4, 6])
  })
})
