import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import { WorkspaceConfigs } from '../../../../src/app/daemon/workspace-configs.ts'
import type { Scope, StoredDocument } from '../../../../src/control-plane/documents/document.ts'
import { scopeName } from '../../../../src/control-plane/documents/document.ts'
import { bundleDigest, revisionDigest } from '../../../../src/control-plane/revisions/revision-digest.ts'
import type { Rollout } from '../../../../src/control-plane/rollout/rollout.ts'
import { resolvePolicy } from '../../../../src/control-plane/rollout/policy/resolve-policy.ts'
import { digestOf } from '../../../../src/kernel/digest.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { acmeId } from '../../../support/events.ts'
import { liveRollout, acmeScope } from '../../../support/rollout/live-rollout.ts'

const globexId = acmeId.replace(/1$/, '2')
const slugs: Readonly<Record<string, string>> = { [acmeId]: 'acme', [globexId]: 'globex' }

const flags = (percentage: number): readonly StoredDocument[] =>
  parseAllDocuments(
    `{ apiVersion: neuronx/v1, kind: FeatureFlags, name: f, flags: { on: { default: false, percentage: ${percentage} } } }`,
  ).map((one) => {
    const body = one.toJS() as JsonObject
    return { kind: String(body['kind']), name: String(body['name']), digest: digestOf(body), body }
  })
const sink = (operation: string): readonly StoredDocument[] => {
  const body = {
    apiVersion: 'neuronx/v1',
    kind: 'Integration',
    name: 'sink',
    connector: 'http',
    connection: { baseUrl: 'https://example.com' },
    auth: { kind: 'none' },
    operations: { [operation]: { method: 'POST', path: '/x', effect: 'send' } },
  }
  return [{ kind: 'Integration', name: 'sink', digest: digestOf(body), body }]
}
const failingOver = sink('send').map((one) => ({
  ...one,
  body: { ...one.body, failover: { sms: { to: 'other' } } },
}))
const unreadable: readonly StoredDocument[] = [
  {
    kind: 'RuleSet',
    name: 'r',
    digest: digestOf('r'),
    body: { apiVersion: 'neuronx/v1', kind: 'RuleSet', name: 'r' },
  },
]

function setup(baseline: readonly StoredDocument[], candidate: readonly StoredDocument[]) {
  const reads = { effective: 0, revision: 0 }
  const refused: string[] = []
  const held: { rollout: Rollout | null } = { rollout: null }
  const revisions = {
    effective: async (tenantId: string) => {
      reads.effective += 1
      const scope: Scope = { level: 'tenant', tenant: slugs[tenantId] ?? '' }
      return {
        digest: bundleDigest([{ scope, digest: revisionDigest(baseline) }]),
        layers: [{ scope, documents: baseline }],
        documents: baseline,
      }
    },
    active: async () => [{ documents: baseline }] as never,
    document: async () => null,
    revision: async (scope: Scope) => {
      reads.revision += 1
      expect(scopeName(scope)).to.equal('tenants/acme')
      return { documents: candidate } as never
    },
  }
  const rollouts = {
    get version() {
      return held.rollout === null ? '' : `${held.rollout.id}@${held.rollout.version}`
    },
    covering: (tenantId: string) => (tenantId === acmeId ? held.rollout : null),
    refuse: (_id: string, reason: string) => void refused.push(reason),
  }
  const byId = (id: string) => ({ slug: slugs[id], unknownEvents: 'accept' }) as never
  const configs = new WorkspaceConfigs({ revisions, directory: { version: '1', byId }, rollouts })
  const served = async (tenantId = acmeId) => (await configs.configFor(tenantId, 'default')).rollout
  return { configs, held, reads, refused, served }
}

describe('the configurations that a daemon serves during a rollout', () => {
  it('say whether an integration names another to send over, and while there is a candidate that one may', async () => {
    expect(await setup(failingOver, []).configs.namesFailover(acmeId)).to.equal(true)
    const { configs, held } = setup(sink('send'), failingOver)
    expect(await configs.namesFailover(acmeId)).to.equal(false)
    held.rollout = liveRollout({ scopes: [acmeScope()] })
    expect(await configs.namesFailover(acmeId)).to.equal(true)
  })

  it('are the baseline, and beside it the candidate for the tenant that it is for', async () => {
    const { configs, held, served } = setup(flags(0), flags(100))
    expect(await served()).to.equal(null)
    held.rollout = liveRollout({ scopes: [acmeScope()] })
    const { config } = await configs.configFor(acmeId, 'default')
    const rollout = await served()
    const on = { kind: 'lead', id: '1' }
    expect(config.flags('default', on)['on']).to.equal(false)
    expect(rollout?.candidate).to.have.property('config')
    if (rollout != null && 'config' in rollout.candidate) {
      expect(rollout.candidate.config.flags('default', on)['on']).to.equal(true)
      expect(rollout.candidate.config.digest).to.equal(
        bundleDigest([{ scope: { level: 'tenant', tenant: 'acme' }, digest: revisionDigest(flags(100)) }]),
      )
    }
    expect(await served(globexId)).to.equal(null)
  })

  it('follow the share and compile nothing for it, and end with the rollout', async () => {
    const { held, reads, served } = setup(flags(0), flags(100))
    const at = (step: number, version: number) =>
      liveRollout({ version, state: { state: 'step', at: { phase: 'step', step, enteredAtMs: 0 } } })
    held.rollout = at(0, 1)
    const first = await served()
    held.rollout = at(1, 2)
    const second = await served()
    expect([first?.weight, second?.weight, first?.step, second?.step]).to.deep.equal([0.05, 0.1, 0, 1])
    expect(second?.candidate).to.deep.equal(first?.candidate)
    expect(reads.revision).to.equal(1)
    held.rollout = null
    expect(await served()).to.equal(null)
  })

  it('say that it is in shadow, waits for approval, or has not reached the ring of the tenant', async () => {
    const { held, served } = setup(flags(0), flags(100))
    held.rollout = liveRollout({ state: { state: 'shadow', at: { phase: 'shadow', enteredAtMs: 0 } } })
    expect(await served()).to.deep.include({ phase: 'shadow', step: -1, weight: 0 })
    held.rollout = liveRollout({
      version: 2,
      state: { state: 'pending_approval', sinceMs: 0, approversNeeded: 1, approvedBy: [] },
    })
    expect(await served()).to.equal(null)
    const rings = [{ tenants: ['globex'], percentage: 50 }]
    const policy = resolvePolicy({
      apiVersion: 'neuronx/v1',
      kind: 'RolloutPolicy',
      name: 'p',
      rings,
    } as never)
    held.rollout = liveRollout({ version: 3, policy })
    expect(await served()).to.equal(null)
  })

  it('go on with the baseline when the candidate cannot be compiled, and tell', async () => {
    const { configs, held, refused, served } = setup(flags(0), unreadable)
    held.rollout = liveRollout()
    const rollout = await served()
    expect(rollout?.candidate).to.have.nested.property('unusable.code', 'NX-CONFIG-STORED-INVALID')
    expect(refused.join()).to.include('NX-CONFIG-STORED-INVALID')
    expect(
      (await configs.configFor(acmeId, 'default')).config.flags('default', { kind: 'lead', id: '1' }),
    ).to.have.property('on')
  })

  it('carry out by the candidate only what the active configuration does not have', async () => {
    const { configs, held } = setup(sink('old'), sink('new'))
    held.rollout = liveRollout()
    const path = async (operation: string) => [
      ...((await configs.integration(acmeId, 'default', 'sink', operation))?.connector.operations.keys() ??
        []),
    ]
    expect(await path('old')).to.deep.equal(['old'])
    expect(await path('new')).to.deep.equal(['new'])
    held.rollout = null
    expect(await path('new')).to.deep.equal(['old'])
  })
})
