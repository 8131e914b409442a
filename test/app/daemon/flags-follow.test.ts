import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { WorkspaceConfigs } from '../../../src/app/daemon/workspace-configs.ts'
import type { StoredDocument } from '../../../src/control-plane/documents/document.ts'
import { digestOf } from '../../../src/kernel/digest.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { acmeId } from '../../support/events.ts'

const documents = (percentage: number): readonly StoredDocument[] =>
  parseAllDocuments(`
{ apiVersion: neuronx/v1, kind: FeatureFlags, name: f, flags: { on: { default: false, percentage: ${percentage} } } }
`).map((one) => {
    const body = one.toJS() as JsonObject
    return { kind: String(body['kind']), name: String(body['name']), digest: digestOf(body), body }
  })

describe('feature flags in a daemon', () => {
  it('follow a changed document without a restart', async () => {
    const directory = { version: '1', byId: () => ({ slug: 'acme', unknownEvents: 'accept' }) as never }
    let held = documents(0)
    const revisions = {
      effective: async () => ({
        digest: digestOf(held.map(({ digest }) => digest)),
        layers: [{ scope: { level: 'global' } as const, documents: held }],
        documents: held,
      }),
      active: async () => [],
      document: async () => null,
      revision: async () => null,
    }
    const configs = new WorkspaceConfigs({ revisions, directory })
    const flag = async () => {
      const { config } = await configs.configFor(acmeId, 'default')
      return config.flags('default', { kind: 'lead', id: '1' })['on']
    }
    expect(await flag()).to.equal(false)
    held = documents(100)
    directory.version = '2'
    expect(await flag()).to.equal(true)
  })
})
