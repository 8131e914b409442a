import { expect } from 'chai'
import { ConfiguredSends } from '../../../src/app/daemon/send-contexts.ts'
import type { WorkspaceConfigs } from '../../../src/app/daemon/workspace-configs.ts'
import { someCommand } from '../../support/commands.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const documents = `
kind: Policy
name: consent-here
applies: { to: named }
consent: { purpose: marketing }
---
kind: Policy
name: everywhere
consent: { purpose: marketing }
---
kind: Workflow
name: nurture
for: lead
policies: [consent-here]
steps: [ { id: nap, wait: 2h } ]
---
kind: Workflow
name: free
for: lead
steps: [ { id: nap, wait: 2h } ]
`

describe('what the sends of workflows are judged under', () => {
  it('is what the workflow names, nothing when it names none, and all that may be named when it was removed', async () => {
    const sales = salesConfig(documents)
    const configs: Pick<WorkspaceConfigs, 'config' | 'integration'> = {
      config: async () => ({ sales }) as unknown as Awaited<ReturnType<WorkspaceConfigs['config']>>,
      integration: async () => null,
    }
    const contexts = new ConfiguredSends(configs, { byId: () => null })
    const { policiesOf } = await contexts.contextOf(someCommand())
    const named = ['nurture', 'free', 'gone'].map((workflow) => policiesOf(workflow))
    expect(named).to.deep.equal([['consent-here'], [], ['consent-here']])
  })
})
