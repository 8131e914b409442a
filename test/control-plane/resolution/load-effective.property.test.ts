import { expect } from 'chai'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { loadEffective } from '../../../src/control-plane/resolution/load-effective.ts'
import { scopeChain } from '../../../src/control-plane/validate/scope-view.ts'
import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { isValid } from '../../../src/control-plane/validate/validate-directory.ts'
import { validate } from '../validate/validate-text.ts'
import { kinds, menuKind } from './layers.ts'
import { addressesOf, menuFields, wildFields } from './random-layers.ts'

const folders = ['global', 'tenants/acme', 'tenants/acme/workspaces/eu', 'tenants/other'] as const

/** A Menu's fields with head fields that may or may not make sense. */
const layer = fc
  .tuple(fc.oneof({ weight: 4, arbitrary: menuFields }, wildFields), menuFields)
  .chain(([fields, other]) => {
    const addresses = [...new Set([...addressesOf(fields), ...addressesOf(other)])].filter(
      (text) => !text.includes('__proto__'),
    )
    const some = fc.subarray(addresses, { maxLength: Math.min(2, addresses.length) })
    return fc.tuple(
      fc.constant(fields),
      fc.record({ unset: some, locked: some }, { requiredKeys: [], noNullPrototype: true }),
    )
  })
  .map(([fields, head]): JsonObject => ({ ...fields, ...head }))

const repository = fc.array(fc.tuple(fc.constantFrom(...folders), fc.constantFrom('m', 'n'), layer), {
  maxLength: 6,
})

function filesOf(documents: readonly (readonly [string, string, JsonObject])[]): Record<string, string> {
  return Object.fromEntries(
    documents.map(([folder, name, fields]) => [
      `${folder}/${name}.yaml`,
      stringify({ apiVersion: 'neuronx/v1', kind: 'Menu', name, ...fields }),
    ]),
  )
}

describe('what validates, loads', () => {
  it('as the same documents, in every scope, through the layers that are stored', () => {
    let valid = 0
    fc.assert(
      fc.property(repository, (documents) => {
        const files = filesOf(documents)
        // YAML with such a key is refused before it is a document.
        fc.pre(!JSON.stringify(files).includes('__proto__'))
        const report = validate(files, kinds)
        if (!isValid(report)) return
        valid += 1
        const own = new Map(report.scopes.map((one) => [scopeName(one.scope), one.documents]))
        for (const { scope, set } of report.scopes) {
          const layers = scopeChain(scope).map((one) => ({
            scope: one,
            documents: own.get(scopeName(one)) ?? [],
          }))
          const loaded = loadEffective({ layers }, kinds)
          const told = (one: typeof loaded) =>
            one.ofKind(menuKind).map(({ document, spec }) => [document.name, document.digest, spec])
          expect(told(loaded)).to.deep.equal(told(set))
        }
      }),
      { numRuns: 400 },
    )
    expect(valid).to.be.greaterThan(50)
  })
})
