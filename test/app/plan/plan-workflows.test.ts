import { expect } from 'chai'
import { planWorkflows } from '../../../src/app/plan/plan-workflows.ts'
import type { Operator } from '../../../src/app/operator.ts'
import type { Workspace } from '../../../src/control-plane/plan/world/configuration-world.ts'
import type { Candidate } from '../../../src/control-plane/plan/world/read-candidate.ts'
import { systemClock } from '../../../src/kernel/clock.ts'

describe('what a plan says of instances in flight', () => {
  it('says of workspaces beyond the first two hundred that nobody tried, rather than nothing', async () => {
    const names = Array.from({ length: 203 }, (_, at) => `w${String(at).padStart(3, '0')}`)
    const idle = 'w001'
    const place = {
      workflow: 'nurture',
      definitionDigest: 'd',
      status: 'waiting',
      step: 'nap',
      count: 2,
    } as const
    const operator = {
      clock: systemClock,
      workflows: {
        counts: async (_tenant: string, workspace: string) => ({
          places: workspace === idle ? [] : [place],
          totals: [],
        }),
      },
    } as unknown as Operator
    const candidate = {
      before: new Map(),
      after: new Map(),
      tenants: [{ id: 't', slug: 'acme' }],
    } as unknown as Candidate
    const affected: Workspace[] = names.map((workspace) => ({
      name: `acme/${workspace}`,
      tenant: 'acme',
      workspace,
      chain: [],
    }))
    const found = await planWorkflows(operator, candidate, affected.toReversed())
    expect(found.map(({ workspace }) => workspace)).to.deep.equal(['acme/w201', 'acme/w202'])
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
})
