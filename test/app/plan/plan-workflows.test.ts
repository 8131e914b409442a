import { expect } from 'chai'
import type { ChangedPlace } from '../../../src/app/plan/changed-workflows.ts'
import { changedWorkflows } from '../../../src/app/plan/changed-workflows.ts'
import { planWorkflows } from '../../../src/app/plan/plan-workflows.ts'
import type { Operator } from '../../../src/app/operator.ts'
import { documentKinds } from '../../../src/app/kinds.ts'
import { plannedDocuments } from '../../../src/control-plane/plan/difference/planned-documents.ts'
import { workspacesOf } from '../../../src/control-plane/plan/world/configuration-world.ts'
import type { Candidate } from '../../../src/control-plane/plan/world/read-candidate.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { worldOfFiles as world } from '../../control-plane/plan/world-of-files.ts'

describe('what a plan says of instances in flight', () => {
  it('says of workspaces beyond the first two hundred that nobody tried, rather than nothing', async () => {
    const names = Array.from({ length: 203 }, (_, at) => `w${String(at).padStart(3, '0')}`)
    const [idle, other] = ['w001', 'w002']
    const place = {
      workflow: 'nurture',
      definitionDigest: 'd',
      step: 'nap',
      count: 2,
    } as const
    const operator = {
      clock: systemClock,
      workflows: {
        waiting: async (_tenant: string, workspace: string) => (workspace === idle ? [] : [place]),
      },
    } as unknown as Operator
    const candidate = {
      before: new Map(),
      after: new Map(),
      tenants: [{ id: 't', slug: 'acme' }],
    } as unknown as Candidate
    const changed = names.map((workspace): ChangedPlace => ({
      workspace: { name: `acme/${workspace}`, tenant: 'acme', workspace, chain: [] },
      workflows: workspace === other ? new Set(['other']) : 'all',
    }))
    const found = await planWorkflows(operator, candidate, changed)
    expect(found.map(({ workspace }) => workspace)).to.deep.equal(['acme/w202'])
    expect(found[0]?.places).to.deep.equal([
      {
        definition: 'd',
        step: 'nap',
        count: 2,
        becomes: 'untried',
        replayed: null,
        note: 'only 200 workspaces are tried out',
      },
    ])
  })

  it('asks only where a workflow or a calendar changes, and tries out only workflows that do', async () => {
    const workflow = (name: string, days: number) =>
      `apiVersion: neuronx/v1\nkind: Workflow\nname: ${name}\nfor: lead\nsteps:\n  - { id: nap, wait: ${days}d }\n`
    const calendar = (zone: string) =>
      `apiVersion: neuronx/v1\nkind: Calendar\nname: default\ntz: ${zone}\nweek: { mon: "09:00-17:00" }\n`
    const flags = (on: boolean) =>
      `apiVersion: neuronx/v1\nkind: FeatureFlags\nname: flags\nflags: { calls: { default: ${on} } }\n`
    const files = (days: number, zone: string, on: boolean) => ({
      'global/flags.yaml': flags(on),
      'tenants/one/w.yaml': `${workflow('chase', days)}---\n${workflow('other', 1)}`,
      'tenants/two/c.yaml': calendar(zone),
      'tenants/three/w.yaml': workflow('chase', 1),
    })
    const [before, after] = [world(files(1, 'Europe/Berlin', true)), world(files(2, 'Asia/Dubai', false))]
    const { affected, effects } = plannedDocuments(
      before,
      after,
      workspacesOf([before, after], []),
      documentKinds,
    )
    expect(affected.size).to.equal(3)
    const changed = changedWorkflows(effects)
    expect(changed.map(({ workspace, workflows }) => [workspace.name, workflows])).to.deep.equal([
      ['one/default', new Set(['chase'])],
      ['two/default', 'all'],
    ])
    const asked: string[] = []
    const sampled: string[] = []
    const operator = {
      clock: systemClock,
      workflows: {
        waiting: async (tenantId: string) => {
          asked.push(tenantId)
          return ['chase', 'other'].map((name) => ({
            ...{ workflow: name, definitionDigest: 'd', step: 'nap', count: 1 },
          }))
        },
        sample: async (tenantId: string, _workspace: string, at: { readonly workflow: string }) => {
          sampled.push(`${tenantId} ${at.workflow}`)
          return []
        },
      },
    } as unknown as Operator
    const tenants = ['one', 'two', 'three'].map((slug) => ({ id: slug, slug }))
    const found = await planWorkflows(operator, { before, after, tenants } as unknown as Candidate, changed)
    expect(asked).to.deep.equal(['one', 'two'])
    expect(sampled).to.deep.equal(['one chase'])
    // The calendar's tenant has no such workflows any more: they go on as they began.
    expect(found.map(({ workspace, workflow: name }) => [workspace, name])).to.deep.equal([
      ['one/default', 'chase'],
      ['two/default', 'chase'],
      ['two/default', 'other'],
    ])
  })
})
