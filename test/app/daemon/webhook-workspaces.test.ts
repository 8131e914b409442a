import { expect } from 'chai'
import { webhookWorkspaces } from '../../../src/app/daemon/webhook-workspaces.ts'
import type { Scope, StoredDocument } from '../../../src/control-plane/documents/document.ts'

const revision = (scope: Scope, ...names: readonly string[]) => ({
  scope,
  documents: names.map((name): StoredDocument => ({ kind: 'Integration', name, digest: name, body: {} })),
})
const tenant = (...names: readonly string[]) => revision({ level: 'tenant', tenant: 'acme' }, ...names)
const workspace = (slug: string, ...names: readonly string[]) =>
  revision({ level: 'workspace', tenant: 'acme', workspace: slug }, ...names)

describe('webhookWorkspaces', () => {
  const cases: readonly [string, ReturnType<typeof tenant>[], string][] = [
    ['gives what only the tenant has to the default workspace', [tenant('crm')], 'default'],
    ['gives what only a workspace has to it', [tenant(), workspace('eu', 'crm')], 'eu'],
    ['gives what one workspace overlays to that workspace', [tenant('crm'), workspace('eu', 'crm')], 'eu'],
    [
      'keeps what several overlay with the default workspace',
      [tenant('crm'), workspace('eu', 'crm'), workspace('us', 'crm')],
      'default',
    ],
    [
      'gives what several have for themselves to the last of them',
      [workspace('us', 'crm'), workspace('eu', 'crm')],
      'us',
    ],
  ]
  for (const [title, revisions, expected] of cases) {
    it(title, () => {
      expect(webhookWorkspaces(revisions).get('crm')).to.equal(expected)
    })
  }
})
