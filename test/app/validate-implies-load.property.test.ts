import { expect } from 'chai'
import * as fc from 'fast-check'
import { compileIntegrations } from '../../src/adapters/connectors/compile-integrations.ts'
import { documentKinds } from '../../src/app/kinds.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import { loadDocuments } from '../../src/control-plane/documents/load-documents.ts'
import type { SourceDocument } from '../../src/control-plane/documents/document.ts'
import { resolveDocuments } from '../../src/control-plane/resolution/resolve-documents.ts'
import { scopeChain } from '../../src/control-plane/validate/scope-view.ts'
import type { ValidatedDocuments } from '../../src/control-plane/validate/validate-documents.ts'
import { validateDocuments } from '../../src/control-plane/validate/validate-documents.ts'
import { compileSalesConfig } from '../../src/sales-core/compile/compile-sales-config.ts'
import { typeCatalogOf } from '../../src/sales-core/compile/document-types.ts'
import { leadScoreShape } from '../../src/sales-core/kinds/lead-score-shape.ts'
import { ruleSetShape } from '../../src/sales-core/kinds/rule-set-shape.ts'
import { workflowShape } from '../../src/sales-core/kinds/workflow-shape.ts'
import { compileRuleSet } from '../../src/sales-core/rules/compile-rule-set.ts'
import { compileLeadScore } from '../../src/sales-core/scoring/compile-lead-score.ts'
import { compileWorkflow } from '../../src/sales-core/workflows/compile-workflow.ts'
import { fleet, fleetDocuments, overlayDocuments, overlays, sound } from './made-fleet.ts'

/** Loads and compiles every scope as a daemon does, from the layers that are stored, and expects no problem. */
function expectLoads({ scopes }: ValidatedDocuments, documents: readonly SourceDocument[]): void {
  for (const { scope } of scopes) {
    const layers = scopeChain(scope).map((layer) => ({
      scope: layer,
      documents: documents.filter((document) => scopeName(document.scope) === scopeName(layer)),
    }))
    const set = loadDocuments(resolveDocuments(layers, documentKinds).documents, documentKinds)
    const { catalog } = compileIntegrations(set)
    expect(() => compileSalesConfig(set, 'digest', catalog, 'acme')).not.to.throw()
    const types = typeCatalogOf(set)
    const problems = [
      ...set.ofKind(ruleSetShape).flatMap((typed) => compileRuleSet(typed, types, catalog).problems),
      ...set.ofKind(leadScoreShape).flatMap((typed) => compileLeadScore(typed, types).problems),
      ...set.ofKind(workflowShape).flatMap((typed) => compileWorkflow(typed, types, catalog).problems),
    ]
    expect(problems).to.deep.equal([])
  }
}

describe('a configuration that validates', () => {
  it('loads and compiles in every scope without a problem', () => {
    let green = 0
    fc.assert(
      fc.property(fleet, (made) => {
        const documents = fleetDocuments(made)
        const report = validateDocuments(documents, documentKinds)
        if (report.findings.some(({ severity }) => severity === 'error')) return
        green += 1
        expectLoads(report, documents)
      }),
      { numRuns: 1_000 },
    )
    expect(green).to.be.greaterThan(20)
  }).timeout(30_000)

  it('loads and compiles in every scope with overlays over it, too', () => {
    let overlaid = 0
    fc.assert(
      fc.property(sound, overlays, (made, over) => {
        const documents = [...fleetDocuments(made), ...overlayDocuments(over)]
        const report = validateDocuments(documents, documentKinds)
        if (over.length === 0 || report.findings.some(({ severity }) => severity === 'error')) return
        overlaid += 1
        expectLoads(report, documents)
      }),
      { numRuns: 500 },
    )
    expect(overlaid).to.be.greaterThan(50)
  }).timeout(30_000)

  it('says and holds the same of a tenant whatever stands in another one', () => {
    let others = 0
    fc.assert(
      fc.property(sound, overlays, (made, over) => {
        const all = [...fleetDocuments(made), ...overlayDocuments(over)]
        const without = all.filter(({ scope }) => scopeName(scope) !== 'tenants/other')
        if (without.length < all.length) others += 1
        expect(ofAcme(validateDocuments(all, documentKinds))).to.deep.equal(
          ofAcme(validateDocuments(without, documentKinds)),
        )
      }),
      { numRuns: 300 },
    )
    expect(others).to.be.greaterThan(50)
  }).timeout(30_000)
})

/** What concerns acme: its findings, and the digests of what each of its scopes is under. */
function ofAcme({ findings, scopes }: ValidatedDocuments) {
  const isAcme = (text: string): boolean => text.startsWith('tenants/acme')
  return {
    findings: findings.filter(({ file }) => isAcme(file)),
    effective: scopes
      .filter(({ scope }) => isAcme(scopeName(scope)))
      .map(({ scope, set }) => [
        scopeName(scope),
        documentKinds.flatMap((kind) => set.ofKind(kind).map(({ document }) => document.digest)),
      ]),
  }
}
