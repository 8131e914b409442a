import { expect } from 'chai'
import fc from 'fast-check'
import { sortedForm } from '../../../../src/adapters/connectors/webhooks/signatures/sorted-form.ts'
import { parseForm } from '../../../../src/adapters/connectors/webhooks/payload/parse-payload.ts'
import { shapeDiff } from '../../../../src/adapters/connectors/webhooks/payload/shape-diff.ts'
import { splitPayload } from '../../../../src/adapters/connectors/webhooks/payload/split-payload.ts'
import { decodeStrictly } from '../../../../src/adapters/connectors/webhooks/signatures/strict-decode.ts'
import { whatsappWebhooks } from '../../../../src/adapters/connectors/webhooks/vendors/whatsapp-webhooks.ts'
import { findDataProblem } from '../../../../src/messaging/events/event-data.ts'
import type { JsonValue } from '../../../../src/kernel/json.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 12 })

function unitsOf(split: ReturnType<typeof splitPayload>) {
  return 'refused' in split ? [] : split.units
}

describe('payloads of any shape', () => {
  it('as forms are read as every browser writes them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 20 }), (fields) => {
        const form = parseForm(new URLSearchParams(fields).toString())
        const expected = new Map<string, string[]>()
        for (const [name, value] of fields) expected.set(name, [...(expected.get(name) ?? []), value])
        const read = Object.entries(form ?? {}).map(([name, value]) => [name, [value].flat()])
        expect(new Map(read as [string, string[]][])).to.deep.equal(expected)
      }),
      { numRuns: 200 },
    )
  })

  it('as forms are signed in what URLSearchParams reads in them, escaped well or badly', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
      // What is not ASCII comes escaped: raw, Node's own reader mistakes it beside a percent sign.
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom(
        '+',
        '%',
        '%2',
        '%zz',
        '%41',
        '%c3%a9',
        '%C3',
        '=',
        '==',
        '&',
        '&&',
        'a',
        'b',
        '%EF%BB%BF',
      ),
    )
    const form = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(form, (text) => {
        const fields = new URLSearchParams(`x=&${text}`)
        const names = [...new Set(fields.keys())].sort()
        const expected = names.map((name) =>
          [...new Set(fields.getAll(name))]
            .sort()
            .map((value) => name + value)
            .join(''),
        )
        expect(sortedForm(Buffer.from(`x=&${text}`))).to.deep.equal(Buffer.from(expected.join('')))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are split so that each payload alone is split into itself again, and none is lost', () => {
    const item = fc.record({ id: text, n: fc.nat() })
    const value = fc.record(
      {
        messages: fc.array(item, { maxLength: 3 }),
        statuses: fc.array(item, { maxLength: 3 }),
        other: fc.json(),
      },
      { requiredKeys: [] },
    )
    const entry = fc.record({
      id: text,
      changes: fc.array(fc.record({ field: text, value }), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (entries) => {
        const split = splitPayload({ entry: entries }, whatsappWebhooks.split)
        const units = unitsOf(split)
        const counted = entries.flatMap(({ changes }) =>
          changes.map(({ value: { messages = [], statuses = [] } }) =>
            Math.max(1, messages.length + statuses.length),
          ),
        )
        expect(units.length).to.equal(counted.reduce((sum, count) => sum + count, 0))
        for (const unit of units) {
          const again = splitPayload(unit.whole(), whatsappWebhooks.split)
          expect(again).to.deep.include({ misshapen: [] })
          expect(unitsOf(again).map(({ body, part }) => [body, part])).to.deep.equal([[unit.body, unit.part]])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('whatever they hold, differ from what is read in words that the database can keep', () => {
    const expected = [{ when: 'x', requires: ['id'], reads: ['id', 'a.b'], envelope: ['type'] }]
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (payload) => {
        const diff = shapeDiff(payload as JsonValue, expected)
        expect(findDataProblem(diff)).to.equal(null)
        expect(JSON.stringify(diff).length).to.be.below(100_000)
      }),
      { numRuns: 300 },
    )
  })

  it('are signed in base64 and hex that mean one value only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), text, (bytes, more) => {
        for (const encoding of ['base64', 'hex'] as const) {
          const written = Buffer.from(bytes).toString(encoding)
          expect(decodeStrictly(written, encoding)).to.deep.equal(Buffer.from(bytes))
          if (!/^[A-Za-z0-9+/=]*$/.test(more)) expect(decodeStrictly(written + more, encoding)).to.equal(null)
        }
      }),
      { numRuns: 200 },
    )
  })
})
