import { expect } from 'chai'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { featureFlagsKind } from '../../../src/control-plane/flags/flags-kind.ts'
import { validateDocuments } from '../../../src/control-plane/validate/validate-documents.ts'

const global: Scope = { level: 'global' }

function codes(...bodies: readonly string[]): readonly string[] {
  const sources = bodies.flatMap(
    (body, index) =>
      parseDocuments(`f${index}.yaml`, `apiVersion: neuronx/v1\nkind: FeatureFlags\n${body}\n`, global)
        .documents,
  )
  return validateDocuments(sources, [featureFlagsKind]).findings.map(({ code, path }) => `${code} ${path}`)
}

describe('FeatureFlags', () => {
  it('finds nothing wrong with a flag for some', () => {
    const flags =
      'new_scoring: { default: false, on_for: { tenants: [acme], workspaces: [eu, acme/us], entities: [lead/42] }, percentage: 2.5, why: try it }'
    expect(codes(`name: a\nflags: { ${flags} }`)).to.deep.equal([])
  })

  it('says where a flag is written wrong', () => {
    expect(codes('name: a\nflags: { New: { default: false } }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE flags.New',
    ])
    expect(codes('name: a\nflags: { x: {} }')).to.deep.equal(['NX-CONFIG-MISSING-FIELD flags.x.default'])
    expect(codes('name: a\nflags: { x: { default: false, percentage: 101 } }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE flags.x.percentage',
    ])
    expect(codes('name: a\nflags: { x: { default: false, on_for: { tenant: [acme] } } }')).to.deep.equal([
      'NX-CONFIG-UNKNOWN-FIELD flags.x.on_for.tenant',
    ])
  })

  it('lets one document of a view declare a flag', () => {
    const both = codes(
      'name: a\nflags: { x: { default: false } }',
      'name: b\nflags: { x: { default: true } }',
    )
    expect(both).to.deep.equal(['NX-FLAG-TWICE flags.x'])
  })

  it('warns when a list or a percentage has nothing left to turn on', () => {
    expect(codes('name: a\nflags: { x: { default: true, percentage: 5 } }')).to.deep.equal([
      'NX-FLAG-ALWAYS-ON flags.x.percentage',
    ])
  })
})
