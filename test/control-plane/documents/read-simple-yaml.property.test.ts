import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { defaultDocumentLimits } from '../../../src/control-plane/documents/document-limits.ts'
import { parseYaml } from '../../../src/control-plane/documents/yaml/parse-yaml.ts'
import { readPlainValue } from '../../../src/control-plane/documents/yaml/read-plain-value.ts'
import { readSimpleYaml } from '../../../src/control-plane/documents/yaml/read-simple-yaml.ts'
import { fleetFiles } from '../../../bench/validate/fleet-documents.ts'

/** What the full parser makes of a text: its documents' values; `refused` when it finds anything wrong. */
function readFully(text: string): readonly unknown[] | 'refused' {
  const parsed = parseYaml(text, defaultDocumentLimits)
  const values = parsed.trees.map(({ tree, problems }) => {
    const plain = readPlainValue(tree, defaultDocumentLimits)
    return problems.length + plain.problems.length > 0 ? 'refused' : plain.value
  })
  return parsed.problems.length > 0 || values.includes('refused') ? 'refused' : values
}

/** Whatever is read without a tree is what the full parser reads, to the last value. Returns whether it was. */
function agrees(text: string): boolean {
  const simple = readSimpleYaml(text, defaultDocumentLimits)
  if (simple === null) return false
  expect(readFully(text), text).to.deep.equal(simple)
  return true
}

const examples = readdirSync('config-examples', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .map((path) => readFileSync(`config-examples/${path}`, 'utf8'))

const scalars = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z][a-z0-9 _.,!<>=-]{0,12}[a-z]$/) },
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    'true',
    'null',
    '~',
    '',
    '0',
    '1e3',
    '-1',
    '.5',
    'a: b',
    'a #b',
    '# x',
    "it's",
    '{{ x }}',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    'lead.score >= 50 && event.direction == "inbound"',
    '2026-12-02',
    '09:00-18:00',
    '1h',
    'x, y',
    '[a',
    'b]',
  ),
)
const keys = fc.oneof(
  { weight: 30, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/) },
  fc.constantFrom('on', 'yes', 'null', 'true', '0', 'a b', 'x:y', '<<', "q'"),
)
const body = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
})).value

const style = fc.record({
  indent: fc.integer({ min: 1, max: 4 }),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
  defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
  lineWidth: fc.constantFrom(0, 40),
})

describe('reading simple YAML without a tree', () => {
  it('agrees with the full parser on everything it takes, whatever the values and the style', () => {
    let read = 0
    fc.assert(
      fc.property(fc.dictionary(keys, body, { minKeys: 1, maxKeys: 5 }), style, (value, options) => {
        if (agrees(stringify(value, options))) read += 1
      }),
      { numRuns: 1_500 },
    )
    expect(read).to.be.greaterThan(40)
  }).timeout(30_000)

  it('agrees with the full parser on texts with a mistake anywhere', () => {
    const pieces = fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\n  ',
      ':',
      ': ',
      '- ',
      '-',
      '#',
      ' #',
      "'",
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      '&a ',
      '*a',
      '!x ',
      '|',
      '>',
      '?',
      '? ',
      '%',
      '@',
      '---',
      '---\n',
      '...',
      '0',
      '~',
      'null',
      'a: b',
      '\n- x\n',
      '<<: ',
      '\t',
      '\\',
      '.',
      '=',
    )
    const edit = fc.record({ at: fc.nat(4_000), cut: fc.nat(6), piece: pieces })
    let read = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...examples),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (text, edits) => {
          const changed = edits.reduce((current, { at, cut, piece }) => {
            const from = at % (current.length + 1)
            return current.slice(0, from) + piece + current.slice(from + cut)
          }, text)
          if (agrees(changed)) read += 1
        },
      ),
      { numRuns: 3_000 },
    )
    expect(read).to.be.greaterThan(40)
  }).timeout(60_000)

  it('takes the examples and a generated fleet, so that they are read fast', () => {
    expect(examples.filter(agrees).length).to.be.greaterThan(examples.length * 0.6)
    for (const { text } of fleetFiles(120)) expect(agrees(text), text).to.equal(true)
  })
})
