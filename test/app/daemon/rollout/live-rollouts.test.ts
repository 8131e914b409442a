import { expect } from 'chai'
import { LiveRollouts } from '../../../../src/app/daemon/rollout/live-rollouts.ts'
import type { Rollout } from '../../../../src/control-plane/rollout/rollout.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { ManualClock } from '../../../fakes/manual-clock.ts'
import { eventually } from '../../../support/eventually.ts'
import { acmeId } from '../../../support/events.ts'
import { liveRollout, acmeScope } from '../../../support/rollout/live-rollout.ts'

const globexId = acmeId.replace(/1$/, '2')

function setup(...live: Rollout[]) {
  const held = { live, failing: false, lists: 0 }
  const said: Array<Record<string, number>> = []
  const refused: string[] = []
  const listeners: Array<(version: string) => void> = []
  const directory = {
    version: '1',
    onChange: (listener: (version: string) => void) => void listeners.push(listener),
  }
  const store = {
    list: async () => {
      held.lists += 1
      if (held.failing) throw new Error('no database')
      return held.live
    },
    acknowledge: async (_daemon: string, versions: ReadonlyMap<string, number>) =>
      void said.push(Object.fromEntries(versions)),
    failToStart: async (id: string) => {
      refused.push(id)
      return true
    },
  }
  const clock = new ManualClock()
  const rollouts = new LiveRollouts({ store, directory, daemonId: 'd', clock, logger: silentLogger })
  const change = (...now: Rollout[]): void => {
    held.live = now
    directory.version = `${Number(directory.version) + 1}`
    for (const listener of listeners) listener(directory.version)
  }
  return { rollouts, held, said, refused, clock, change }
}

describe('the rollouts that a daemon serves', () => {
  it('are found by what they cover, and by nobody else', async () => {
    const eu = { level: 'workspace', tenant: 'acme', workspace: 'eu' } as const
    const { rollouts } = setup(liveRollout({ scopes: [acmeScope({ scope: eu })] }))
    await rollouts.start()
    await rollouts.stop()
    expect(rollouts.covering(acmeId, 'eu')).not.to.equal(null)
    expect(rollouts.covering(acmeId, 'default')).to.equal(null)
    expect(rollouts.covering(globexId, 'eu')).to.equal(null)
  })

  it('of the global scope cover every workspace of every tenant', async () => {
    const { rollouts } = setup(
      liveRollout({ scopes: [acmeScope({ scope: { level: 'global' }, tenantId: null })] }),
    )
    await rollouts.start()
    await rollouts.stop()
    expect(rollouts.covering(globexId, 'eu')).not.to.equal(null)
  })

  it('follow the directory, and every version that is worked by is acknowledged once', async () => {
    const { rollouts, said, change } = setup(liveRollout())
    await rollouts.start()
    try {
      change(liveRollout({ version: 2 }))
      await eventually(() => expect(said.at(-1)).to.deep.equal({ [liveRollout().id]: 2 }))
      change()
      await eventually(() => expect(rollouts.covering(acmeId, 'default')).to.equal(null))
      expect(said.map((versions) => Object.values(versions))).to.deep.equal([[1], [2]])
    } finally {
      await rollouts.stop()
    }
  })

  it('are acknowledged again after a while, for silence is no agreement', async () => {
    const { rollouts, said, clock } = setup(liveRollout())
    await rollouts.start()
    try {
      clock.advance(11_000)
      rollouts.wake()
      await eventually(() => expect(said).to.have.length(2))
    } finally {
      await rollouts.stop()
    }
  })

  it('stay as they are while the database does not answer, and nothing new is acknowledged', async () => {
    const { rollouts, held, said, change } = setup(liveRollout())
    await rollouts.start()
    try {
      held.failing = true
      const lists = held.lists
      change(liveRollout({ version: 2 }))
      await eventually(() => expect(held.lists).to.be.greaterThan(lists))
      expect(rollouts.covering(acmeId, 'default')?.version).to.equal(1)
      expect(said).to.have.length(1)
      held.failing = false
      await eventually(() => expect(said.at(-1)).to.deep.equal({ [liveRollout().id]: 2 }))
    } finally {
      await rollouts.stop()
    }
  })

  it('tell once that a candidate cannot be used', async () => {
    const { rollouts, refused } = setup(liveRollout())
    await rollouts.start()
    await rollouts.stop()
    rollouts.refuse('r', 'it throws')
    rollouts.refuse('r', 'it throws')
    expect(refused).to.deep.equal(['r'])
  })
})
