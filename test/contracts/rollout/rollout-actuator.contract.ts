import { expect } from 'chai'
import { RolloutActuator } from '../../../src/control-plane/rollout/actuator/rollout-actuator.ts'
import type { RolloutActuatorOptions } from '../../../src/control-plane/rollout/actuator/rollout-actuator.ts'
import { judge } from '../../../src/control-plane/rollout/judge/judge.ts'
import type { ResolvedPolicy } from '../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { Rollout, UnitObservation } from '../../../src/control-plane/rollout/rollout.ts'
import { observedStep } from '../../../src/control-plane/rollout/changed-rollout.ts'
import { crashPointNames } from '../../../src/kernel/crash-points.ts'
import type { CrashPointName, CrashPoints } from '../../../src/kernel/crash-points.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { AlertCondition } from '../../../src/platform/alerts/alert.ts'
import { eventually } from '../../support/eventually.ts'
import { mortal } from '../mortal-store.ts'
import { ann, newRollout, observation, offer, plainPolicy, startOne } from './rollout-harness.ts'
import type { RolloutHarness } from './rollout-harness.ts'

/** A ramp that goes on as soon as a few units have been seen. */
const swift: ResolvedPolicy = {
  ...plainPolicy,
  steps: plainPolicy.steps
    .filter(({ index }, _place, all) => index < 2 || index >= all.length - 2)
    .map((step, index) => ({ ...step, index, minMs: 0, minUnits: 2 })),
  gate: { ...plainPolicy.gate, beforeFull: 3 },
}

type ActuatorStore = RolloutActuatorOptions['store']

/** What every RolloutActuator does over this store, dying wherever it may. */
export function describeRolloutActuator(harness: () => RolloutHarness): void {
  const alerts: AlertCondition[][] = []
  const actuatorOf = (store: ActuatorStore, more: Partial<RolloutActuatorOptions> = {}): RolloutActuator =>
    new RolloutActuator({
      store,
      alerts: { report: async (_codes, conditions) => (alerts.push([...conditions]), []) },
      owner: 'daemon-1',
      nudge: () => {},
      watches: () => false,
      clock: systemClock,
      logger: silentLogger,
      everyMs: 0,
      leaseMs: 30,
      ...more,
    })
  /** The store as an actuator of this rollout alone sees it. */
  const onlyOf = (rollout: Rollout, more: Partial<ActuatorStore> = {}): ActuatorStore => {
    const { store } = harness()
    return {
      claim: async (owner, leaseMs) => {
        const claim = await store.claim(owner, leaseMs)
        if (claim === null || claim.rollout.id === rollout.id) return claim
        await store.release(claim, 3_600_000)
        return null
      },
      observe: async (one) => await store.observe(one),
      commit: async (...given) => await store.commit(...given),
      release: async (...given) => await store.release(...given),
      list: async (filter) => await store.list(filter),
      forget: async () => 0,
      ...more,
    }
  }
  const started = async (policy: ResolvedPolicy = swift) => {
    const tenant = await harness().newTenant()
    const offered = await offer(harness(), { level: 'tenant', tenant: tenant.slug }, tenant.id)
    return { tenant, offered, rollout: await startOne(harness().store, newRollout([offered], policy), ann) }
  }
  let units = 0
  const fed = new Map<string, number>()
  /** A few units of both arms in the step where the rollout stands, in the shares of the step. */
  const traffic = async (
    id: string,
    tenantId: string,
    more: Partial<UnitObservation> = {},
  ): Promise<Rollout> => {
    const rollout = await harness().store.get(id, null)
    if (rollout === null) throw new Error('It is gone')
    const step = observedStep(rollout.state)
    if (step === null) return rollout
    const times = (fed.get(`${id} ${step}`) ?? 0) + 1
    fed.set(`${id} ${step}`, times)
    if (times > 3) return rollout
    const share = (rollout.policy.steps[step]?.percent ?? 0) / 100
    const seen: UnitObservation[] = []
    for (const [arm, count] of [
      ['candidate', 3],
      ['baseline', share >= 1 ? 0 : Math.min(80, Math.round((3 / share) * (1 - share)))],
    ] as const) {
      for (let n = 0; n < count; n += 1) {
        units += 1
        const own = arm === 'candidate' ? more : {}
        seen.push(observation(rollout, tenantId, `lead/${units}`, { step, arm, ...own }))
      }
    }
    await harness().observe(seen)
    return rollout
  }
  /** Feeds it and has `round` look at it until it is over. */
  const toTheEnd = async (
    rollout: Rollout,
    tenantId: string,
    round: () => Promise<unknown>,
    more: Partial<UnitObservation> = {},
  ): Promise<Rollout> =>
    await eventually(async () => {
      const now = await traffic(rollout.id, tenantId, more)
      if (now.endedAt !== null) return now
      await round()
      throw new Error(`It is ${JSON.stringify(now.state).slice(0, 600)}`)
    }, 30_000)

  /** One row per change, no gate skipped, every verdict to be made again from its row. */
  const checkLedger = async ({ id, policy }: Rollout): Promise<readonly string[]> => {
    const records = await harness().store.records(id, null)
    expect(records.map(({ seq }) => seq)).to.deep.equal(records.map((_record, place) => place + 1))
    records.slice(1).forEach((record, place) => {
      const before = records[place]
      expect(record.from, `row ${record.seq}`).to.equal(before?.to)
      expect(record.stepBefore, `row ${record.seq}`).to.equal(before?.stepAfter)
      if (record.percentAfter > record.percentBefore) {
        expect(record.gate, `row ${record.seq}`).to.not.equal(null)
        if (record.stepAfter !== null) expect(record.stepAfter).to.equal((record.stepBefore ?? -1) + 1)
      }
      if (record.cause !== 'judge' || record.judged === null) return
      const { counts, facts, verdict } = record.judged
      expect(JSON.parse(JSON.stringify(judge(counts, policy, record.atMs, facts)))).to.deep.equal(verdict)
      if (verdict.verdict === 'promote') expect(verdict.evidence.units.have).to.be.above(0)
    })
    const entered = records.map(({ stepAfter }) => stepAfter).filter((step) => step !== null)
    return [...new Set(entered)].map(String)
  }

  /** An actuator that dies at a point: before its first change no other time than the second, or it would never get on. */
  const processOf = (rollout: Rollout, point: CrashPointName, onDeath: () => void) => {
    const { store, die } = mortal(onlyOf(rollout))
    let dead = false
    let reached = 0
    const crashPoints: CrashPoints = {
      reach: (name) => {
        if (name !== point) return
        reached += 1
        if (reached < 2 && point.startsWith('rollout.before')) return
        dead = true
        onDeath()
        die()
        throw new Error(`Died at ${point}`)
      },
    }
    return { actuator: actuatorOf(store, { crashPoints }), isDead: () => dead }
  }

  it('takes a sound candidate through every step to everybody', async () => {
    const { tenant, offered, rollout } = await started()
    const actuator = actuatorOf(onlyOf(rollout))
    const done = await toTheEnd(rollout, tenant.id, async () => await actuator.round())
    expect(done.state.state).to.equal('completed')
    expect(await checkLedger(done)).to.deep.equal(swift.steps.map(({ index }) => String(index)))
    const heads = await harness().revisions.heads([tenant.id])
    expect(heads.some(({ digest }) => digest === offered.candidate.digest)).to.equal(true)
    expect(actuator.counters).to.include({ completed: 1, rolled_back: 0 })
  })

  for (const point of crashPointNames.filter((name) => name.startsWith('rollout.'))) {
    it(`goes on after dying at ${point}, again and again, without skipping a gate or doing anything twice`, async () => {
      const { tenant, rollout } = await started()
      let deaths = 0
      let current = processOf(rollout, point, () => (deaths += 1))
      const done = await toTheEnd(rollout, tenant.id, async () => {
        await current.actuator.round().catch((error: unknown) => {
          if (!current.isDead()) throw error
          current = processOf(rollout, point, () => (deaths += 1))
        })
      })
      expect(done.state.state).to.equal('completed')
      expect(deaths).to.be.at.least(2)
      expect(await checkLedger(done)).to.deep.equal(swift.steps.map(({ index }) => String(index)))
    })
  }

  it('rolls a candidate back that fails where the baseline does not, at once and with an alert', async () => {
    const { tenant, offered, rollout } = await started()
    const actuator = actuatorOf(onlyOf(rollout))
    const configError = { document: 'RuleSet/hot', code: 'NX-CEL', message: 'no such key' }
    const more = { configError, fellBack: true }
    const done = await toTheEnd(rollout, tenant.id, async () => await actuator.round(), more)
    expect(done.state).to.include({ state: 'rolled_back', code: 'config_error' })
    await checkLedger(done)
    const quarantined = await harness().quarantine.quarantined([tenant.id])
    expect(quarantined.map(({ digest }) => digest)).to.deep.equal([offered.candidate.digest])
    const raised = alerts.at(-1)?.find(({ subject }) => subject === `rollout/${rollout.id}`)
    expect(raised).to.include({ code: 'NX-ALERT-ROLLOUT-BACK', severity: 'critical', tenantId: tenant.id })
  })

  it('promotes nothing on nothing, however long it waits', async () => {
    const { rollout } = await started()
    const actuator = actuatorOf(onlyOf(rollout))
    for (let look = 0; look < 12; look += 1) await actuator.round()
    const after = await harness().store.get(rollout.id, null)
    expect(after?.state.state).to.equal('held')
    expect(await checkLedger(rollout)).to.deep.equal(['0'])
    expect(await harness().store.records(rollout.id, null), 'held once, not at every look').to.have.length(2)
  })

  it('does each change once when two work at the same time', async () => {
    const { tenant, rollout } = await started()
    const two = [actuatorOf(onlyOf(rollout)), actuatorOf(onlyOf(rollout), { owner: 'daemon-2' })]
    const done = await toTheEnd(rollout, tenant.id, async () => {
      await Promise.all(two.map(async (actuator) => await actuator.round()))
    })
    expect(done.state.state).to.equal('completed')
    expect(await checkLedger(done)).to.deep.equal(swift.steps.map(({ index }) => String(index)))
  })

  it('changes nothing when it lost its lease while it looked', async () => {
    const { tenant, rollout } = await started()
    const other = actuatorOf(onlyOf(rollout), { owner: 'daemon-2' })
    await traffic(rollout.id, tenant.id)
    const slow = actuatorOf(
      onlyOf(rollout, {
        observe: async (one) => {
          const observed = await harness().store.observe(one)
          // It stands still for longer than its lease; somebody else goes on.
          await eventually(async () => (await other.round()) === 1)
          return observed
        },
      }),
    )
    expect(await eventually(async () => (await slow.round()) === 1)).to.equal(true)
    expect(slow.counters).to.include({ lost: 1, moved: 0 })
    expect(other.counters.moved).to.equal(1)
    expect(await harness().store.records(rollout.id, null)).to.have.length(2)
    await checkLedger(rollout)
  })

  it('goes on when the database went away before a commit or before its answer', async () => {
    const { tenant, rollout } = await started()
    let calls = 0
    const gone = (): NxError => new NxError('unreachable', 'NX-DB-UNREACHABLE', 'gone', { retryable: true })
    const store = onlyOf(rollout, {
      commit: async (...given) => {
        calls += 1
        if (calls % 3 === 1) throw gone()
        const done = await harness().store.commit(...given)
        if (calls % 3 === 2) throw gone()
        return done
      },
    })
    const actuator = actuatorOf(store)
    const done = await toTheEnd(rollout, tenant.id, async () => {
      await actuator.round().catch((error: unknown) => {
        if ((error as NxError).code !== 'NX-DB-UNREACHABLE') throw error
      })
    })
    expect(done.state.state).to.equal('completed')
    expect(await checkLedger(done)).to.deep.equal(swift.steps.map(({ index }) => String(index)))
  })

  it('holds when the clock went back, and goes on when it is right again', async () => {
    const { tenant, rollout } = await started()
    await traffic(rollout.id, tenant.id)
    let shiftMs = -3_600_000
    const shifted = actuatorOf(
      onlyOf(rollout, {
        observe: async (one) => {
          const observed = await harness().store.observe(one)
          return { ...observed, nowMs: observed.nowMs + shiftMs }
        },
      }),
    )
    const look = async (): Promise<string | undefined> => {
      await eventually(async () => (await shifted.round()) === 1)
      return (await harness().store.get(rollout.id, null))?.state.state
    }
    expect(await look()).to.equal('held')
    expect(await look()).to.equal('held')
    shiftMs = 0
    await traffic(rollout.id, tenant.id)
    await look()
    const entered = await checkLedger(rollout)
    expect(entered.length).to.be.at.least(1)
    expect((await harness().store.records(rollout.id, null))[1]?.to).to.equal('held')
  })

  it('ends the rollout of a tenant that was suspended, says so, and quarantines nothing', async () => {
    const { tenant, rollout } = await started()
    await harness().suspend(tenant.slug)
    const actuator = actuatorOf(onlyOf(rollout))
    await eventually(async () => (await actuator.round()) === 1)
    const after = await harness().store.get(rollout.id, null)
    expect(after?.state).to.deep.include({
      state: 'aborted',
      reason: `tenant ${tenant.slug} is suspended`,
      quarantined: false,
    })
    expect(await harness().quarantine.quarantined([tenant.id])).to.deep.equal([])
  })
}
