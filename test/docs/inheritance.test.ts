import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { compileIntegrations } from '../../src/adapters/connectors/compile-integrations.ts'
import { documentKinds } from '../../src/app/kinds.ts'
import { scopeName } from '../../src/control-plane/documents/document.ts'
import { loadEffective } from '../../src/control-plane/resolution/load-effective.ts'
import { compileSalesConfig } from '../../src/sales-core/compile/compile-sales-config.ts'
import { ruleSetShape } from '../../src/sales-core/kinds/rule-set-shape.ts'
import { doc, validate } from '../control-plane/validate/validate-text.ts'

const types = [
  doc('EntityType', 'lead', 'fields: { budget: number?, tags: list<string> }'),
  doc('EventType', 'lead.created', 'folds: lead', 'fields: { budget: number? }'),
  doc('EventType', 'contact.unsubscribed', 'folds: lead'),
].join('---\n')

/** The YAML blocks of a section, by the file that their first line names. */
async function filesOf(section: string): Promise<Record<string, string>> {
  const text = await readFile('docs/configuration.md', 'utf8')
  const from = text.indexOf(`## ${section}\n`)
  const to = text.indexOf('\n## ', from + 1)
  const blocks = text.slice(from, to === -1 ? undefined : to).matchAll(/```yaml\n# (\S+)\n([^`]*)```/g)
  return Object.fromEntries([...blocks].map(([, file, body]) => [file, body]))
}

describe('docs/configuration.md, Inheritance', () => {
  it('shows an example that is valid and does what the text says', async () => {
    const files = await filesOf('Inheritance')
    expect(Object.keys(files)).to.deep.equal(['global/rules.yaml', 'tenants/acme/rules.yaml'])
    const { findings, scopes } = validate({ 'global/types.yaml': types, ...files }, documentKinds)
    expect(findings).to.deep.equal([])
    const rules = scopes.map(({ scope, set }) => [
      scopeName(scope),
      set
        .ofKind(ruleSetShape)
        .flatMap(({ spec }) => spec.rules.map(({ id, when, rank }) => [id, when, rank])),
    ])
    expect(rules).to.deep.equal([
      [
        'global',
        [
          ['opt-out', undefined, 500],
          ['hot-lead', 'lead.budget >= 1000.0', 700],
          ['welcome', undefined, 500],
        ],
      ],
      [
        'tenants/acme',
        [
          ['opt-out', undefined, 500],
          ['hot-lead', 'lead.budget >= 5000.0', 700],
        ],
      ],
    ])
  })

  it('compiles for acme, from the layers that are stored, to the rules that the text says', async () => {
    const files = await filesOf('Inheritance')
    const { scopes } = validate({ 'global/types.yaml': types, ...files }, documentKinds)
    const layers = scopes.map(({ scope, documents }) => ({ scope, documents }))
    const set = loadEffective({ layers }, documentKinds)
    const config = compileSalesConfig(set, 'digest', compileIntegrations(set).catalog, 'acme')
    expect(config.rulesFor('lead.created').map(({ ref }) => ref)).to.deep.equal(['inbound/hot-lead'])
    expect(config.rulesFor('contact.unsubscribed').map(({ ref }) => ref)).to.deep.equal(['inbound/opt-out'])
  })

  it('keeps what it locks and bounds from acme', async () => {
    const files = await filesOf('Inheritance')
    const lower = doc(
      'RuleSet',
      'inbound',
      'unset: ["rules[opt-out]"]',
      'rules: [{ id: hot-lead, rank: 900 }]',
    )
    const { findings } = validate(
      { 'global/types.yaml': types, ...files, 'tenants/acme/rules.yaml': lower },
      documentKinds,
    )
    expect(findings.map(({ code, line }) => `${line} ${code}`)).to.deep.equal([
      '4 NX-CONFIG-LOCKED',
      '5 NX-CONFIG-UNBOUNDED',
    ])
  })
})
