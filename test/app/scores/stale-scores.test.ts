import { expect } from 'chai'
import type { Operator } from '../../../src/app/operator.ts'
import { staleScoreNotes } from '../../../src/app/scores/stale-scores.ts'
import type { PlannedDocument } from '../../../src/control-plane/plan/plan-report.ts'
import { worldOfFiles } from '../../control-plane/plan/world-of-files.ts'

const score = (name: string) => `apiVersion: neuronx/v1
kind: LeadScore
name: ${name}
writes: lead.${name}
factors: [{ id: replied, on: message.received, points: 20 }]
bands: [{ name: hot, from: 50 }, { name: cold, from: 0 }]
`
const configuration = {
  'global/all.yaml': `apiVersion: neuronx/v1
kind: EntityType
name: lead
fields: { intent: number, fit: number }
---
${score('intent')}---
${score('fit')}`,
}

function changed(name: string, workspaces: readonly string[], effective = workspaces.length) {
  return {
    ...{ scope: 'global', kind: 'LeadScore', name, change: 'changed', place: 'global/all.yaml:1' },
    ...{ effective, total: effective, workspaces, leaves: [] },
  } as PlannedDocument
}

function ports(count: (workspace: string, model: string) => Promise<number>) {
  const compiled: string[] = []
  const layers = [...worldOfFiles(configuration).values()]
  const operator = {
    tenants: { list: async () => [{ id: 't', slug: 'acme' }] },
    revisions: {
      effective: async (_tenantId: string, workspace: string) => {
        compiled.push(workspace)
        return { digest: 'd', layers, documents: [] }
      },
    },
    scoreRecomputes: {
      count: async (_tenantId: string, { model, workspaces }: Selection) =>
        count(workspaces[0]?.workspace ?? '', model),
    },
  } as unknown as Operator
  return { operator, compiled }
}

type Selection = Parameters<Operator['scoreRecomputes']['count']>[1]

describe('notes about scores of an old model', () => {
  it('say how many leads, and compile a workspace once for all its scores', async () => {
    const { operator, compiled } = ports(async (workspace) => (workspace === 'eu' ? 3 : 0))
    const documents = [changed('intent', ['acme/eu', 'acme/us']), changed('fit', ['acme/eu', 'acme/us'])]
    const notes = await staleScoreNotes(operator, { documents }, true)
    expect(compiled).to.deep.equal(['eu', 'us'])
    expect(notes).to.deep.equal(
      ['intent', 'fit'].map(
        (name) =>
          `3 lead(s) of acme/eu are scored by the old ${name} until something happens to them: neuronx score recompute --model ${name} --tenant acme --workspace eu`,
      ),
    )
  })

  it('say in one note that they could not be counted: what was applied stays applied', async () => {
    let asked = 0
    const { operator } = ports(async (workspace) => {
      asked += 1
      if (workspace === 'us') throw new Error('Connection terminated')
      return 1
    })
    const documents = [changed('intent', ['acme/eu', 'acme/us', 'acme/za'])]
    const notes = await staleScoreNotes(operator, { documents }, true)
    expect(notes[0]).to.match(/^1 lead\(s\) of acme\/eu are scored by the old intent/)
    expect(notes.slice(1)).to.deep.equal([
      'Not all leads that are scored by an old model could be counted (Connection terminated): neuronx score recompute',
    ])
    expect(asked).to.equal(2)
  })

  it('say of how many more workspaces nothing was counted, those that the plan does not name included', async () => {
    const { operator, compiled } = ports(async () => 0)
    const named = Array.from({ length: 20 }, (_, at) => `acme/w${at}`)
    const notes = await staleScoreNotes(operator, { documents: [changed('intent', named, 500)] }, false)
    expect(notes).to.deep.equal(['Scores change in 480 more workspaces: neuronx score recompute'])
    expect(compiled).to.have.length(20)
  })
})
