import { expect } from 'chai'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import type { YamlDocument } from '../../../src/control-plane/documents/yaml-document.ts'

function documentOf(text: string): YamlDocument {
  const [document] = parseDocuments('f.yaml', text, { level: 'global' }).documents
  if (document === undefined) throw new Error(`not a document: ${text}`)
  return document
}

/** The rest of the line at a place: what a reader would see there. */
function seenAt(text: string, { line, column }: { line: number; column: number }): string {
  return (text.split(/\r?\n/)[line - 1] ?? '').slice(column - 1)
}

const text = `apiVersion: neuronx/v1
kind: Book
name: b
rules:
  - id: first
    when: lead.score > 5
    then: [ { set: { "a b": 'x' } }, &second { emit: y } ]
  - id: second
    empty:
    last: 1
`

describe('YamlDocument', () => {
  const document = documentOf(text)
  const at = (path: readonly (string | number)[], key = false) => seenAt(text, document.locate(path, { key }))

  it('finds the value at a path', () => {
    expect(at(['rules', 0, 'when'])).to.equal('lead.score > 5')
    expect(at(['rules', 0, 'then', 0, 'set', 'a b'])).to.equal("'x' } }, &second { emit: y } ]")
    expect(at(['rules', 0, 'then', 1, 'emit'])).to.equal('y } ]')
    expect(at(['rules', 1])).to.equal('id: second')
    expect(at([])).to.equal('apiVersion: neuronx/v1')
  })

  it('finds the key of a value', () => {
    expect(at(['rules', 0, 'when'], true)).to.equal('when: lead.score > 5')
    expect(at(['rules', 0, 'then', 0, 'set', 'a b'], true)).to.equal(
      '"a b": \'x\' } }, &second { emit: y } ]',
    )
  })

  it('finds the nearest parent of a path that does not exist', () => {
    expect(at(['rules', 1, 'when', 'x'])).to.equal('id: second')
    expect(at(['rules', 7])).to.equal('- id: first')
    expect(at(['nothing'], true)).to.equal('apiVersion: neuronx/v1')
  })

  it('shows the key of a value that is not there', () => {
    expect(at(['rules', 1, 'empty'])).to.equal('empty:')
  })

  it('names the file in every place', () => {
    expect(document.locate(['rules']).file).to.equal('f.yaml')
  })

  const scalars: readonly [style: string, yaml: string][] = [
    ['plain', 'v: lead.score > five && 8 < 9'],
    ['plain on several lines', 'v: lead.score > five\n  && 8 < 9\n\n  || zwei'],
    ['single-quoted', "v: 'it''s > five && ''8'' < 9'"],
    ['single-quoted on several lines', "v: 'it''s >\n   five && ''8'' < 9'"],
    ['double-quoted', 'v: "a \\"b\\" > \\t five \\x41 \\u0042 \\U0001F600 < 9"'],
    ['literal block', 'v: |\n  lead.score > five &&\n    8 < 9\n\n  || zwei'],
    ['literal block with an indentation indicator', 'v: |2-\n    lead.score > five &&\n  8 < 9'],
    ['folded block', 'v: >-\n  lead.score > five\n  && 8 < 9\n\n  || zwei\n'],
  ]
  for (const [style, yaml] of scalars) {
    it(`finds every character of a ${style} scalar`, () => {
      const whole = `apiVersion: neuronx/v1\nkind: K\nname: n\n${yaml}\n`
      const scalar = documentOf(whole)
      const value = scalar.body.v as string
      for (const [offset, char] of [...value].entries()) {
        if (
          /\s/.test(char) ||
          char.length > 1 ||
          (offset > value.indexOf('A') - 1 && style === 'double-quoted')
        )
          continue
        const seen = seenAt(whole, scalar.locateInside(['v'], offset))
        expect(seen.startsWith('\\') ? seen[1] : seen[0], `${style} ${offset}`).to.equal(char)
      }
    })
  }

  it('finds what stands behind escapes', () => {
    const whole = 'apiVersion: neuronx/v1\nkind: K\nname: n\nv: "\\x41 \\u0042 \\U0001F600 \\n < 9"\n'
    const scalar = documentOf(whole)
    const value = scalar.body.v as string
    expect(seenAt(whole, scalar.locateInside(['v'], value.indexOf('<')))).to.equal('< 9"')
    expect(seenAt(whole, scalar.locateInside(['v'], value.indexOf('B')))).to.equal(
      '\\u0042 \\U0001F600 \\n < 9"',
    )
  })

  it('finds the end of a scalar', () => {
    expect(seenAt(text, document.locateInside(['rules', 0, 'when'], 14))).to.equal('')
    expect(seenAt(text, document.locateInside(['rules', 0, 'then', 0, 'set', 'a b'], 1))).to.equal(
      "' } }, &second { emit: y } ]",
    )
  })

  it('falls back to the value when there is no such scalar', () => {
    expect(document.locateInside(['rules', 0], 3)).to.deep.equal(document.locate(['rules', 0]))
    expect(document.locateInside(['rules', 9], 3)).to.deep.equal(document.locate(['rules']))
  })

  it('has the digest of its content, whatever its format', () => {
    const flow = documentOf(
      '# a comment\n{ name: b, "kind": Book, apiVersion: neuronx/v1, a: 0x10, l: [ x ] }\n',
    )
    const block = documentOf('apiVersion: neuronx/v1\nkind: Book\nname: "b"\nl:\n  - x\na: 16\n')
    expect(flow.digest).to.equal(block.digest)
    expect(flow.digest).not.to.equal(document.digest)
  })
})
