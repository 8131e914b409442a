import { z } from 'zod'
import { expect } from 'chai'
import type { DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { documentHead, documentName } from '../../../src/control-plane/documents/document-kind.ts'
import { book, doc, found } from './validate-text.ts'

describe('what a document looks like', () => {
  describe('heads', () => {
    const cases: readonly [title: string, text: string, expected: readonly string[]][] = [
      [
        'an unknown kind that is near a known one',
        doc('Shelff', 's'),
        ["2:7 NX-CONFIG-UNKNOWN-KIND There is no kind 'Shelff' (Did you mean 'Shelf'?)"],
      ],
      [
        'an unknown kind that is near none',
        doc('Elephant', 's'),
        ["2:7 NX-CONFIG-UNKNOWN-KIND There is no kind 'Elephant' (Kinds: Book, Shelf.)"],
      ],
      [
        'a kind that is announced and not built',
        doc('Calendar', 's'),
        [
          "2:7 NX-CONFIG-NOT-YET The kind 'Calendar' is not supported yet (Remove the document: this version would not carry it out.)",
        ],
      ],
      [
        'another apiVersion',
        'apiVersion: neuronx/v2\nkind: Shelf\nname: s\nwidth: 1\n',
        [
          '1:13 NX-CONFIG-API-VERSION This version reads apiVersion neuronx/v1, not "neuronx/v2" (Write apiVersion: neuronx/v1)',
        ],
      ],
      [
        'no apiVersion and no kind',
        'name: s\n',
        [
          "1:1 NX-CONFIG-API-VERSION 'apiVersion' is missing (Write apiVersion: neuronx/v1)",
          "1:1 NX-CONFIG-UNKNOWN-KIND 'kind' is missing (Kinds: Book, Shelf.)",
        ],
      ],
      [
        'a kind that is no text',
        doc('[a]', 's'),
        ["2:7 NX-CONFIG-UNKNOWN-KIND 'kind' must be text (Kinds: Book, Shelf.)"],
      ],
      [
        'no name',
        'apiVersion: neuronx/v1\nkind: Book\n',
        ["1:1 NX-CONFIG-MISSING-FIELD 'name' is missing (Add it: text.)"],
      ],
      [
        'a name of another shape',
        doc('Book', 'My Book'),
        ["3:7 NX-CONFIG-WRONG-VALUE 'name' must be lower-case letters, digits and dashes (1 to 63) ()"],
      ],
    ]
    for (const [title, text, expected] of cases) {
      it(`reports ${title}`, () => {
        expect(found({ 'global/f.yaml': text })).to.deep.equal(
          expected.map((line) => `global/f.yaml:${line}`),
        )
      })
    }
  })

  describe('shapes', () => {
    const cases: readonly [title: string, lines: readonly string[], expected: readonly string[]][] = [
      [
        'a misspelt field',
        ['nte: x'],
        ["4:1 NX-CONFIG-UNKNOWN-FIELD There is no field 'nte' here (Did you mean 'note'?)"],
      ],
      [
        'a field that is near none',
        ['colour: red'],
        [
          "4:1 NX-CONFIG-UNKNOWN-FIELD There is no field 'colour' here (Fields here: apiVersion, kind, label, moves, name, note, on, prices.)",
        ],
      ],
      [
        'every misspelt field',
        ['nte: x', 'lable: y'],
        [
          "4:1 NX-CONFIG-UNKNOWN-FIELD There is no field 'nte' here (Did you mean 'note'?)",
          "5:1 NX-CONFIG-UNKNOWN-FIELD There is no field 'lable' here (Did you mean 'label'?)",
        ],
      ],
      [
        'a number where text belongs',
        ['note: 5'],
        ['4:7 NX-CONFIG-WRONG-TYPE \'note\' must be text, not a number (Put it in quotes: "5".)'],
      ],
      [
        'an empty field',
        ['note:'],
        [
          "4:1 NX-CONFIG-WRONG-TYPE 'note' must be text, not empty (Write text behind it, or remove the field.)",
        ],
      ],
      [
        'a mapping where a list belongs',
        ['moves: { a: 1 }'],
        ["4:8 NX-CONFIG-WRONG-TYPE 'moves' must be a list, not a mapping ()"],
      ],
      [
        'a wrong key of a map',
        ['prices: { Euro: 5 }'],
        ["4:11 NX-CONFIG-WRONG-VALUE 'Euro' must be lower-case letters ()"],
      ],
      [
        'a wrong value of a map',
        ['prices: { euro: five }'],
        ["4:17 NX-CONFIG-WRONG-TYPE 'euro' must be a number, not text ()"],
      ],
      [
        'a misspelt field of the member that was meant',
        ['moves:', '  - { id: a, push: { too: b } }'],
        [
          "5:20 NX-CONFIG-MISSING-FIELD 'to' is missing (Add it: text.)",
          "5:22 NX-CONFIG-UNKNOWN-FIELD There is no field 'too' here (Did you mean 'to'?)",
        ],
      ],
      [
        'a wrong type inside the member that was meant',
        ['moves:', '  - { id: a, lift: { height: high } }'],
        ["5:30 NX-CONFIG-WRONG-TYPE 'height' must be a number, not text ()"],
      ],
      [
        'a misspelt distinguishing field once',
        ['moves:', '  - { id: a, lft: { height: 1 } }'],
        ["5:14 NX-CONFIG-UNKNOWN-FIELD There is no field 'lft' here (Did you mean 'lift'?)"],
      ],
      [
        'a member without its distinguishing field',
        ['moves:', '  - { id: a }'],
        [
          "5:5 NX-CONFIG-MISSING-FIELD 'moves[0]' needs one of 'lift', 'push', 'rest' (Add the one that says what is meant.)",
        ],
      ],
      [
        'a type that no member takes',
        ['moves:', '  - { id: a, rest: [1] }'],
        ["5:20 NX-CONFIG-WRONG-TYPE 'rest' must be text or a number, not a list ()"],
      ],
      [
        'an announced field inside a member',
        ['moves:', '  - { id: a, rest: 1, sleep: 2 }'],
        [
          "5:23 NX-CONFIG-NOT-YET 'sleep' is not supported yet (Remove it: this version would not carry it out.)",
        ],
      ],
    ]
    for (const [title, lines, expected] of cases) {
      it(`reports ${title}`, () => {
        expect(found(book(...lines))).to.deep.equal(expected.map((line) => `global/b.yaml:${line}`))
      })
    }

    it('rejects an announced field by name and never suggests it', () => {
      const shelf = (line: string) => found({ 'global/s.yaml': doc('Shelf', 's', 'width: 1', line) })
      expect(shelf('lamp: on')).to.deep.equal([
        "global/s.yaml:5:1 NX-CONFIG-NOT-YET 'lamp' is not supported yet (Remove it: this version would not carry it out.)",
      ])
      expect(shelf('lamb: on')[0]).to.match(/Fields here: apiVersion, kind, labels, material, name, width\./)
    })

    it('finds the misspelt field that says which kind of thing it is, and no field that is right', () => {
      const lampKind: DocumentKind = {
        kind: 'Lamp',
        summary: 'shines',
        schema: z.discriminatedUnion('connector', [
          z.strictObject({
            ...documentHead('Lamp', documentName),
            connector: z.literal('wire'),
            connection: z.string(),
          }),
          z.strictObject({
            ...documentHead('Lamp', documentName),
            connector: z.literal('radio'),
            connection: z.string(),
          }),
        ]),
      }
      const lamp = (...lines: string[]) => found({ 'global/l.yaml': doc('Lamp', 'l', ...lines) }, [lampKind])
      expect(lamp('conector: wire', 'connection: x')).to.deep.equal([
        "global/l.yaml:4:1 NX-CONFIG-UNKNOWN-FIELD There is no field 'conector' here (Did you mean 'connector'?)",
      ])
      expect(lamp('connection: x')).to.deep.equal([
        "global/l.yaml:1:1 NX-CONFIG-MISSING-FIELD 'connector' is missing (Add it: one of wire, radio.)",
      ])
    })

    it('suggests the value that was meant', () => {
      const text = doc('Shelf', 's', 'width: 1', 'material: steal')
      expect(found({ 'global/s.yaml': text })).to.deep.equal([
        "global/s.yaml:5:11 NX-CONFIG-WRONG-VALUE 'material' must be one of oak, steel, not 'steal' (Did you mean 'steel'?)",
      ])
    })
  })
})
