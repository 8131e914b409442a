import { expect } from 'chai'
import { scopeName } from '../../../src/control-plane/documents/document.ts'
import { scopeOfPath } from '../../../src/control-plane/directory/scope-of-path.ts'

describe('scopeOfPath', () => {
  const cases: readonly [path: string, expected: string][] = [
    ['neuronx.yaml', 'global'],
    ['global/a.yaml', 'global'],
    ['global/deep/er/a.yaml', 'global'],
    ['tenants/acme/a.yaml', 'tenants/acme'],
    ['tenants/acme/rules/a.yaml', 'tenants/acme'],
    ['tenants/acme/workspaces/eu/a.yaml', 'tenants/acme/workspaces/eu'],
    ['tenants/acme/workspaces/eu/deep/a.yaml', 'tenants/acme/workspaces/eu'],
    ['neuronx.yml', 'misplaced'],
    ['tenants/a.yaml', 'misplaced'],
    ['tenants/Acme/a.yaml', 'misplaced'],
    ['tenants/-a/a.yaml', 'misplaced'],
    ['tenants/acme/workspaces/a.yaml', 'misplaced'],
    ['tenants/acme/workspaces/E_U/a.yaml', 'misplaced'],
    ['tenant/acme/a.yaml', 'misplaced'],
    ['Global/a.yaml', 'misplaced'],
    ['workspaces/eu/a.yaml', 'misplaced'],
    ['docker-compose.yml', 'elsewhere'],
    ['neuronx.config.yaml', 'elsewhere'],
    ['docs/a.yaml', 'elsewhere'],
  ]
  for (const [path, expected] of cases) {
    it(`takes ${path} for ${expected}`, () => {
      const meaning = scopeOfPath(path)
      expect(meaning.state === 'scope' ? scopeName(meaning.scope) : meaning.state).to.equal(expected)
    })
  }
})
