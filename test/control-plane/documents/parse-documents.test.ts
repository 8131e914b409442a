import { expect } from 'chai'
import * as fc from 'fast-check'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import { defaultDocumentLimits } from '../../../src/control-plane/documents/document-limits.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'

const global: Scope = { level: 'global' }
const head = 'apiVersion: neuronx/v1\nkind: Shelf\nname: a\n'

/** `line:column code` of everything that is wrong with a text. */
function wrongWith(text: string, limits = defaultDocumentLimits): string[] {
  return parseDocuments('f.yaml', text, global, limits).findings.map(
    ({ line, column, code }) => `${line}:${column} ${code}`,
  )
}

describe('parseDocuments', () => {
  const cases: readonly [title: string, text: string, expected: readonly string[]][] = [
    ['a tab as indentation', `${head}labels:\n\t- x\n`, ['5:1 NX-YAML-TAB']],
    ['a tab behind spaces', `${head}deep:\n  a:\n  \tb: 1\n`, ['6:3 NX-YAML-TAB']],
    ['a tab in a flow list', `${head}labels: [x,\n\ty]\n`, ['5:1 NX-YAML-TAB']],
    ['a key twice', `${head}width: 1\nwidth: 2\n`, ['5:1 NX-YAML-DUPLICATE-KEY']],
    ['a key twice in a flow mapping', `${head}a: { b: 1, c: 2, b: 3 }\n`, ['4:18 NX-YAML-DUPLICATE-KEY']],
    ['a key twice, once in quotes', `${head}"width": 1\nwidth: 2\n`, ['5:1 NX-YAML-DUPLICATE-KEY']],
    ['a boolean as key', `${head}true: x\n`, ['4:1 NX-YAML-KEY']],
    ['a number with several spellings as key', `${head}a:\n  0x10: x\n`, ['5:3 NX-YAML-KEY']],
    ['nothing as key', `${head}? \n: x\n`, ['4:3 NX-YAML-KEY']],
    ['a list as key', `${head}? [a]\n: x\n`, ['4:3 NX-YAML-KEY']],
    ['the reserved key', `${head}a: { __proto__: { b: 1 } }\n`, ['4:6 NX-YAML-KEY']],
    ['YAML 1.1, where on is a boolean', `%YAML 1.1\n---\n${head}on: x\n`, ['1:1 NX-YAML-VERSION']],
    ['a merge key', `${head}a: &x { b: 1 }\nc:\n  <<: *x\n`, ['6:3 NX-YAML-MERGE-KEY']],
    ['an unknown tag', `${head}width: !mm 3\n`, ['4:12 NX-YAML-TAG']],
    ['a tag for binary', `${head}a: !!binary aGk=\n`, ['4:13 NX-YAML-TAG']],
    ['a set', `${head}a: !!set { b }\n`, ['4:10 NX-YAML-TAG']],
    ['a core tag that does not hold', `${head}width: !!int three\n`, ['4:14 NX-YAML-TAG']],
    ['infinity', `${head}width: .inf\n`, ['4:8 NX-YAML-NUMBER']],
    ['not a number', `${head}width: .NaN\n`, ['4:8 NX-YAML-NUMBER']],
    ['a float that overflows', `${head}width: 1e999\n`, ['4:8 NX-YAML-NUMBER']],
    ['an integer that loses digits', `${head}width: 12345678901234567890\n`, ['4:8 NX-YAML-NUMBER']],
    ['an anchor inside itself', `${head}a: &x [ *x ]\n`, ['4:9 NX-YAML-ALIAS']],
    ['an alias without an anchor', `${head}a: *x\n`, ['4:4 NX-YAML-ALIAS']],
    ['an escaped NUL', `${head}a: "b\\0"\n`, ['4:4 NX-YAML-CHARACTER']],
    ['half a surrogate pair', `${head}a: "\\ud800"\n`, ['4:4 NX-YAML-CHARACTER']],
    ['a control character', `${head}a: b\u0007\n`, ['4:5 NX-YAML-CHARACTER']],
    ['a quote that is never closed', `${head}a: "b\nc: d\n`, ['4:4 NX-YAML-SYNTAX']],
    ['a colon inside plain text', `${head}a: b: c\n`, ['4:4 NX-YAML-SYNTAX']],
    ['a reserved character at the beginning', `${head}a: @x\n`, ['4:4 NX-YAML-SYNTAX']],
    ['wrong indentation', `${head}a:\n b: 1\n  c: 2\n`, ['5:5 NX-YAML-SYNTAX']],
    ['an unknown escape', `${head}a: "\\q"\n`, ['4:5 NX-YAML-SYNTAX']],
    ['an unknown directive', `%FOO x\n---\n${head}`, ['1:1 NX-YAML-SYNTAX']],
    ['a list as document', `${head}---\n- a\n`, ['5:1 NX-CONFIG-NOT-A-DOCUMENT']],
    ['a word as document', 'hello\n', ['1:1 NX-CONFIG-NOT-A-DOCUMENT']],
  ]
  for (const [title, text, expected] of cases) {
    it(`points at ${title}`, () => {
      expect(wrongWith(text)).to.deep.equal(expected)
    })
  }

  it('says which bracket is open', () => {
    const fixOf = (text: string) => parseDocuments('f.yaml', `${head}${text}`, global).findings[0]?.fix
    expect(fixOf('labels: [')).to.match(/^Close it with \]/)
    expect(fixOf('labels: [a, b\nwidth: 1\n')).to.match(/^Close it with \]/)
    expect(fixOf('box: { a: 1\n')).to.match(/^Close it with \}/)
  })

  it('gives every finding a message, and says what to do', () => {
    const findings = cases.flatMap(([, text]) => parseDocuments('f.yaml', text, global).findings)
    expect(findings.filter(({ message, fix }) => message === '' || fix === '' || fix === null)).to.deep.equal(
      [],
    )
  })

  it('reports the findings of every document of a file', () => {
    const text = `${head}width: .inf\n---\n${head}\ta: 1\n---\n${head}b: 1\nb: 2\n`
    expect(wrongWith(text)).to.deep.equal([
      '4:8 NX-YAML-NUMBER',
      '9:1 NX-YAML-TAB',
      '15:1 NX-YAML-DUPLICATE-KEY',
    ])
  })

  it('reads on: as the text on, and yes, no and dates as text', () => {
    const [document] = parseDocuments('f.yaml', `${head}on: yes\nday: 2026-12-02\n`, global).documents
    expect(document?.body).to.deep.include({ on: 'yes', day: '2026-12-02' })
  })

  it('takes a plain number as key for its text', () => {
    const [document] = parseDocuments('f.yaml', `${head}bands: { 0: 1, 2500.5: 2 }\n`, global).documents
    expect(document?.body.bands).to.deep.equal({ '0': 1, '2500.5': 2 })
    expect(document?.locate(['bands', '2500.5'])).to.deep.include({ line: 4, column: 24 })
    expect(wrongWith(`${head}bands: { 0: 1, "0": 2 }\n`)).to.deep.equal(['4:16 NX-YAML-DUPLICATE-KEY'])
  })

  it('reports text that loses its structure once, with what stands there', () => {
    const text = `${head}labels:\n  - { a: b in ["c", "d"], e: f }\n  - { g: h }\nlast: 1\n`
    const [finding, ...more] = parseDocuments('f.yaml', text, global).findings
    expect(more).to.deep.equal([])
    expect(finding).to.deep.include({
      line: 5,
      column: 15,
      code: 'NX-YAML-SYNTAX',
      message: 'This cannot stand here: ["c", "d"], e: f }',
    })
  })

  it('stops an anchor bomb before it goes off', () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `a${n + 1}: &a${n + 1} [ ${Array(9).fill(`*a${n}`).join(', ')} ]`,
    )
    expect(wrongWith(`${head}a0: &a0 x\n${levels.join('\n')}\n`)).to.deep.equal(['10:11 NX-YAML-SIZE'])
  })

  it('stops long texts that are multiplied by aliases', () => {
    const limits = { ...defaultDocumentLimits, charsPerDocumentMax: 1_000 }
    const text = `${head}a: &a "${'x'.repeat(300)}"\nb: [ *a, *a, *a ]\n`
    expect(wrongWith(text, limits)).to.deep.equal(['5:14 NX-YAML-SIZE'])
  })

  it('limits the number of aliases', () => {
    const limits = { ...defaultDocumentLimits, aliasesPerDocumentMax: 2 }
    expect(wrongWith(`${head}a: &a 1\nb: [ *a, *a, *a, *a ]\n`, limits)).to.deep.equal(['5:14 NX-YAML-ALIAS'])
  })

  it('repeats an anchored value where an alias stands', () => {
    const [document] = parseDocuments('f.yaml', `${head}a: &a { b: [1] }\nc: *a\n`, global).documents
    expect(document?.body.c).to.deep.equal({ b: [1] })
    expect(document?.locate(['c', 'b', 0])).to.deep.equal({ file: 'f.yaml', line: 4, column: 13 })
  })

  for (const [title, text] of [
    ['flow lists', '['.repeat(100_000)],
    ['block lists', '- '.repeat(50_000)],
    ['flow mappings', '{a: '.repeat(50_000)],
    ['explicit keys', '? '.repeat(50_000)],
  ] as const) {
    it(`survives ${title} nested without end`, () => {
      const codes = parseDocuments('f.yaml', text, global).findings.map(({ code }) => code)
      expect(codes).to.deep.equal(['NX-YAML-DEPTH'])
    })
  }

  it('accepts nesting up to the limit and refuses one level more', () => {
    const limits = { ...defaultDocumentLimits, depthMax: 3 }
    expect(wrongWith(`${head}a: [[1]]\n`, limits)).to.deep.equal([])
    expect(wrongWith(`${head}a: [[[1]]]\n`, limits)).to.deep.equal(['4:6 NX-YAML-DEPTH'])
  })

  it('limits the documents of a file and says so', () => {
    const limits = { ...defaultDocumentLimits, documentsPerFileMax: 2 }
    const parsed = parseDocuments('f.yaml', `${head}---\n${head}---\n${head}---\n${head}`, global, limits)
    expect(parsed.documents).to.have.length(2)
    expect(parsed.findings.map(({ line, code }) => `${line} ${code}`)).to.deep.equal(['9 NX-CONFIG-LIMIT'])
  })

  it('lists a hundred findings of a file and says how many more there are', () => {
    const text = `${head}${Array.from({ length: 150 }, (_, n) => `a${n}: .inf\n`).join('')}`
    const { findings } = parseDocuments('f.yaml', text, global)
    expect(findings).to.have.length(101)
    expect(findings.at(-1)?.message).to.equal('50 more findings in this file are not listed')
  })

  it('passes over empty documents', () => {
    const parsed = parseDocuments('f.yaml', `---\n---\n# only a comment\n---\n${head}---\n`, global)
    expect(parsed.findings).to.deep.equal([])
    expect(parsed.documents.map(({ name }) => name)).to.deep.equal(['a'])
  })

  it('keeps the name of a document whose syntax is wrong', () => {
    const { documents, broken } = parseDocuments('f.yaml', `${head}width: .inf\n`, global)
    expect(documents).to.deep.equal([])
    expect(broken.map(({ kind, name }) => `${kind} ${name}`)).to.deep.equal(['Shelf a'])
  })

  it('counts lines and columns with Windows line ends', () => {
    expect(wrongWith(`${head.replaceAll('\n', '\r\n')}a: b\r\nwidth: .inf\r\n`)).to.deep.equal([
      '5:8 NX-YAML-NUMBER',
    ])
  })

  it('finds something or reads everything, whatever the text, and never throws', () => {
    const piece = fc.constantFrom(
      ...[
        'apiVersion: neuronx/v1\n',
        'kind: Shelf\n',
        'a',
        ': ',
        '- ',
        '\n',
        '\n  ',
        '\t',
        '{',
        '}',
        '[',
        ']',
        ', ',
        '"',
        "'",
        '|',
        '>-\n',
      ],
      ...[
        '&a ',
        '*a',
        '!t ',
        '!!int ',
        '<<',
        '? ',
        '# c',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        '1',
        '.inf',
        'true',
        '~',
        '\\',
        '\u0000',
        '\uFEFF',
        '\ud800',
        '😀',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('')
        const { documents, findings } = parseDocuments('f.yaml', text, global)
        const lines = text.split(/\n/)
        for (const { line, column } of findings) {
          expect(line).to.be.within(1, lines.length)
          expect(column).to.be.within(1, (lines[line - 1] ?? '').length + 1)
        }
        for (const document of documents) {
          expect(JSON.parse(JSON.stringify(document.body))).to.deep.equal(document.body)
          document.locate(['a', 0, 'b'])
          document.locateInside(['a'], 3)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
