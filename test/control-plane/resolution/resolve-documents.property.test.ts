import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts'
import { isJsonObject } from '../../../src/kernel/json.ts'
import type { DocumentPath } from '../../../src/control-plane/documents/document.ts'
import { addressText, parseAddress, valueAt } from '../../../src/control-plane/resolution/merge/address.ts'
import { rulesOf } from '../../../src/control-plane/resolution/merge/merge-rules.ts'
import { originOf } from '../../../src/control-plane/resolution/merged-source.ts'
import { resolveDocuments } from '../../../src/control-plane/resolution/resolve-documents.ts'
import { kinds, menu, menuKind, resolved, scopes } from './layers.ts'
import { addressesOf, few, menuFields, wildFields, withUnset } from './random-layers.ts'

const at = (fields: JsonObject, address: string): JsonValue | undefined =>
  valueAt(fields, parseAddress(address) ?? [], rulesOf(menuKind))

function* pathsOf(value: JsonValue, path: DocumentPath = []): Generator<[DocumentPath, JsonValue]> {
  yield [path, value]
  const inner = Array.isArray(value)
    ? [...(value as readonly JsonValue[]).entries()]
    : isJsonObject(value)
      ? Object.entries(value)
      : []
  for (const [key, member] of inner) if (member !== undefined) yield* pathsOf(member, [...path, key])
}

function follow(value: JsonValue, path: DocumentPath): JsonValue | undefined {
  let current: JsonValue | undefined = value
  for (const part of path) current = (current as Record<string | number, JsonValue>)[part]
  return current
}

describe('resolveDocuments, whatever the documents', () => {
  it('leaves a single layer as it is', () => {
    fc.assert(
      fc.property(wildFields, (fields) => {
        const { document } = resolved(fields)
        expect(document.body).to.equal(document.layers[0]?.document.body)
        expect(document.digest).to.equal(document.layers[0]?.document.digest)
      }),
    )
  })

  it('is associative for layers that neither unset nor lock', () => {
    fc.assert(
      fc.property(menuFields, menuFields, menuFields, (a, b, c) => {
        const all = resolved(a, b, c).fields
        expect(resolved(resolved(a, b).fields, c).fields).to.deep.equal(all)
        expect(resolved(a, resolved(b, c).fields).fields).to.deep.equal(all)
      }),
    )
  })

  it('does not depend on the order of documents', () => {
    const several = fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), menuFields), { maxLength: 4 })
    fc.assert(
      fc.property(several, several, (upper, lower) => {
        const documents = (fields: typeof upper) => fields.map(([name, one]) => menu(one, name))
        const resolve = (order: (list: typeof upper) => typeof upper) =>
          resolveDocuments(
            [
              { scope: scopes.global, documents: documents(order(upper)) },
              { scope: scopes.acme, documents: documents(order(lower)) },
            ],
            kinds,
          )
        const digests = ({ documents: all }: ReturnType<typeof resolve>) =>
          all.map(({ name, digest }) => [name, digest])
        expect(digests(resolve((list) => list.toReversed()))).to.deep.equal(digests(resolve((list) => list)))
      }),
    )
  })

  it('never overrides what is locked, in any layer below', () => {
    const scene = menuFields.chain((upper) => {
      const addresses = [...addressesOf(upper), 'title', 'seats']
      const lower = withUnset(upper, wildFields)
      return fc.tuple(fc.constant(upper), few(addresses, 3, 1), lower, lower)
    })
    fc.assert(
      fc.property(scene, ([upper, locked, tenant, workspace]) => {
        const { fields } = resolved({ ...upper, locked }, tenant, workspace)
        for (const address of locked) expect(at(fields, address), address).to.deep.equal(at(upper, address))
      }),
      { numRuns: 500 },
    )
  })

  it('never loosens what is bounded, in any layer below', () => {
    const bounds = fc.record({ max: fc.integer({ min: 5, max: 9 }), min: fc.integer({ min: 0, max: 5 }) })
    fc.assert(
      fc.property(bounds, bounds, wildFields, wildFields, (bound, lower, tenant, workspace) => {
        const upper = { seats: 5, prices: { a: 5 }, bounded: { seats: bound, 'prices.a': bound } }
        const { fields } = resolved(
          upper,
          { ...tenant, unset: ['seats'], bounded: { seats: lower } },
          { ...workspace, unset: ['prices'] },
        )
        for (const address of ['seats', 'prices.a'])
          expect(at(fields, address)).to.be.within(bound.min, bound.max)
      }),
      { numRuns: 500 },
    )
  })

  it('leaves nothing where an overlay unsets and sets nothing', () => {
    const scene = menuFields.chain((upper) =>
      fc.tuple(fc.constant(upper), fc.subarray([...addressesOf(upper)])),
    )
    fc.assert(
      fc.property(scene, ([upper, unset]) => {
        const { fields, problems } = resolved(upper, { unset })
        expect(problems).to.deep.equal([])
        for (const address of unset) expect(at(fields, address), address).to.equal(undefined)
        const kept = addressesOf(upper).filter(
          (address) => !unset.some((gone) => address.startsWith(gone) || gone.startsWith(address)),
        )
        for (const address of kept) expect(at(fields, address), address).to.deep.equal(at(upper, address))
      }),
    )
  })

  it('knows of every value the layer and the place it came from', () => {
    const scene = menuFields.chain((upper) =>
      fc.tuple(fc.constant(upper), few(addressesOf(upper), 2), withUnset(upper, wildFields), wildFields),
    )
    fc.assert(
      fc.property(scene, ([upper, locked, tenant, workspace]) => {
        const { document } = resolved({ ...upper, locked }, tenant, workspace)
        for (const [path, value] of pathsOf(document.body)) {
          if (path.length === 0 || (value !== null && typeof value === 'object')) continue
          const origin = originOf(document.history(path))
          expect(origin, path.join('.')).to.not.equal(null)
          expect(follow(origin?.document.body ?? {}, origin?.path ?? []), path.join('.')).to.equal(value)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('changes no prototype', () => {
    fc.assert(
      fc.property(wildFields, wildFields, (a, b) => {
        const { document } = resolved(a, b)
        for (const [, value] of pathsOf(document.body)) {
          if (isJsonObject(value)) expect(Object.getPrototypeOf(value)).to.equal(Object.prototype)
        }
        expect(({} as JsonObject).x).to.equal(undefined)
      }),
    )
  })

  it('reads back the addresses that it prints', () => {
    const part = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.includes('"'))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (address) => {
        expect(parseAddress(addressText(address))).to.deep.equal(address)
      }),
    )
  })
})

describe('resolving many documents', () => {
  it('shares the content of 10,000 documents that only one layer has', () => {
    const documents = Array.from({ length: 10_000 }, (_, index) => menu({ seats: index }, `m${index}`))
    const { documents: all } = resolveDocuments([{ scope: scopes.global, documents }], kinds)
    const bodies = new Set(documents.map(({ body }) => body))
    expect(all).to.have.length(10_000)
    expect(all.every(({ body }) => bodies.has(body))).to.equal(true)
  })
})
