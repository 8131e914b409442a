import { expect } from 'chai'
import fc from 'fast-check'
import { maskPersonal } from '../../../src/cli/letters/mask-personal.ts'
import type { JsonValue } from '../../../src/kernel/json.ts'

describe('maskPersonal', () => {
  it('masks addresses, numbers and what is named like a credential, at any depth', () => {
    const value = {
      email: 'ada@example.com',
      phone: '5551234567',
      note: 'call +971 50 123 4567 or write to ada.l@example.com',
      list: [{ apiKey: 'k', mobile: null, Authorization: 'Bearer x' }],
    }
    expect(maskPersonal(value)).to.deep.equal({
      email: 'a***@example.com',
      phone: '***',
      note: 'call +***67 or write to a***@example.com',
      list: [{ apiKey: '***', mobile: null, Authorization: '***' }],
    })
  })

  it('leaves ids, times, numbers and plain words alone', () => {
    const value = {
      id: '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77',
      at: '2026-01-31T12:00:00.000+04:00',
      score: 42,
      name: 'lead.created',
      ok: true,
      none: null,
    }
    expect(maskPersonal(value)).to.deep.equal(value)
  })

  it('keeps the shape of every value', () => {
    const shape = (value: JsonValue | undefined): unknown =>
      Array.isArray(value)
        ? value.map(shape)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value).map(([name, member]) => [name, shape(member as JsonValue)]),
            )
          : 0
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const masked = maskPersonal(value as JsonValue)
        expect(JSON.stringify(shape(masked)).replaceAll('"***"', '0')).to.equal(
          JSON.stringify(shape(value as JsonValue)),
        )
      }),
    )
  })
})
