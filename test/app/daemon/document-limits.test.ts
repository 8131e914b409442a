import { expect } from 'chai'
import { DocumentLimits } from '../../../src/app/daemon/document-limits.ts'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import type { Revision } from '../../../src/control-plane/revisions/revision-store.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { defaultIntakeLimits } from '../../../src/messaging/intake/tenant-limits.ts'
import { acmeId } from '../../support/events.ts'
import { eventually } from '../../support/eventually.ts'

function revision(scope: Scope, members: Readonly<Record<string, object>>): Revision {
  const body = { apiVersion: 'neuronx/v1', kind: 'Limits', name: scope.level, ...members }
  return {
    id: scope.level,
    scope,
    digest: 'd',
    documents: [{ kind: 'Limits', name: scope.level, digest: 'd', body: body as never }],
    source: { directory: '.', repository: null, commit: null, author: null },
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'test',
  }
}

function setup() {
  const directory = { version: '1' }
  const revisions = {
    asked: 0,
    failure: null as Error | null,
    active: async () => {
      revisions.asked += 1
      if (revisions.failure !== null) throw revisions.failure
      return revisions.held
    },
    held: [] as readonly Revision[],
  }
  return { directory, revisions, limits: new DocumentLimits({ revisions, directory, logger: silentLogger }) }
}

describe('limits from documents', () => {
  it('are the defaults until they are read, and for whoever has none', async () => {
    const { limits, revisions } = setup()
    expect(limits.intake(acmeId)).to.deep.equal(defaultIntakeLimits)
    await eventually(() => revisions.asked === 1)
    expect(limits.intake(acmeId)).to.deep.equal(defaultIntakeLimits)
    expect(revisions.asked).to.equal(1)
  })

  it("are the tenant's over the fleet's, in whatever order they are stored", async () => {
    const { limits, revisions } = setup()
    revisions.held = [
      revision({ level: 'tenant', tenant: 'acme' }, { dispatch: { weight: 5 } }),
      revision({ level: 'global' }, { intake: { keyHorizon: '2h' }, dispatch: { weight: 2, inFlight: 9 } }),
    ]
    await eventually(() => limits.dispatchWeight(acmeId) === 5)
    expect(limits.intake(acmeId)).to.include({ keyHorizonMs: 7_200_000, weight: 5 })
    expect(limits.dispatchInFlight(acmeId)).to.equal(9)
  })

  it('say what each integration may do at most', async () => {
    const { limits, revisions } = setup()
    revisions.held = [
      revision({ level: 'global' }, { rates: { commands_per_second: { default: 20, whatsapp: 10 } } }),
      revision(
        { level: 'tenant', tenant: 'acme' },
        { timeouts: { call: '5s' }, concurrency: { per_integration: 4 } },
      ),
    ]
    await eventually(() => limits.integrationCaps(acmeId).perIntegration === 4)
    expect(limits.integrationCaps(acmeId)).to.include({ commandsPerSecond: 20, callTimeoutMs: 5_000 })
    expect(limits.integrationCaps(acmeId).channelCommandsPerSecond.get('whatsapp')).to.equal(10)
  })

  it('follow a change of the configuration, and hold while it cannot be read', async () => {
    const { directory, limits, revisions } = setup()
    revisions.held = [revision({ level: 'global' }, { dispatch: { weight: 2 } })]
    await eventually(() => limits.dispatchWeight(acmeId) === 2)
    revisions.failure = new Error('the database is away')
    directory.version = '2'
    expect(limits.dispatchWeight(acmeId)).to.equal(2)
    await eventually(() => revisions.asked === 2)
    revisions.failure = null
    revisions.held = [revision({ level: 'global' }, { dispatch: { weight: 3 } })]
    await eventually(() => limits.dispatchWeight(acmeId) === 3)
    expect(revisions.asked).to.equal(3)
  })
})
