import { expect } from 'chai'
import type { UnitObservation } from '../../../src/control-plane/rollout/rollout.ts'
import { newId } from '../../../src/kernel/ids.ts'
import { policyOf } from '../../control-plane/rollout/judge/observed.ts'
import { eventually } from '../../support/eventually.ts'
import {
  ann,
  newRollout,
  observation,
  offer,
  plainPolicy,
  rolloutTools,
  startOne,
} from './rollout-harness.ts'
import type { RolloutHarness } from './rollout-harness.ts'

/** What every RolloutStore counts of what daemons observe. */
export function describeRolloutObservations(harness: () => RolloutHarness): void {
  const { started, stratumOf } = rolloutTools(harness)

  it('counts a unit once per step and its first failure once in the rollout', async () => {
    const { observe } = harness()
    const { tenant, rollout } = await started()
    const of = (unit: string, more: Partial<UnitObservation> = {}) =>
      observation(rollout, tenant.id, unit, more)
    await observe([of('lead/1'), of('lead/1', { failed: true }), of('lead/2', { arm: 'baseline' })])
    await observe([of('lead/1', { failed: true }), of('lead/3', { slow: true, signals: ['hot'] })])
    const first = await stratumOf(rollout)
    expect(first?.candidate).to.deep.equal({
      units: 2,
      distinct: 2,
      failures: 1,
      integrationFailures: 0,
      slow: 1,
      signals: { hot: 1 },
    })
    expect(first?.baseline).to.include({ units: 1, distinct: 1, failures: 0 })
    await observe([
      of('lead/1', { step: 1, failed: true }),
      of('lead/3', { step: 1, signals: ['hot', 'cold'] }),
      of('lead/2', { step: 1, arm: 'candidate' }),
      of('lead/2', { arm: 'baseline', failed: true }),
    ])
    const second = await stratumOf(rollout, 1)
    expect(second?.candidate).to.include({ units: 3, distinct: 1, failures: 0, slow: 0 })
    expect(second?.candidate.signals).to.deep.equal({ cold: 1 })
    const late = await stratumOf(rollout)
    expect(late?.baseline, 'a failure that comes late counts').to.include({ units: 1, failures: 1 })
    expect(await stratumOf(rollout), 'looking changes nothing').to.deep.equal(late)
  })

  it('counts everything once, however many look at the same time, and none takes a part for the whole', async () => {
    const { observe, store } = harness()
    const { tenant, rollout } = await started()
    for (let round = 1; round <= 4; round += 1) {
      const of = (step: number) =>
        Array.from({ length: 400 }, (_, n) =>
          observation(rollout, tenant.id, `lead/${String(round)}/${String(n)}`, {
            step,
            failed: n % 4 === 0,
          }),
        )
      await observe([...of(0), ...of(1)])
      const looks = await Promise.all(Array.from({ length: 6 }, async () => store.observe(rollout)))
      for (const { counts } of looks) {
        const candidate = counts.steps.map(({ strata }) => strata[0]?.candidate)
        expect(candidate.map((arm) => arm?.units)).to.deep.equal([400 * round, 400 * round])
        expect(candidate.map((arm) => arm?.failures)).to.deep.equal([100 * round, 0])
      }
    }
  })

  it('keeps units of the same name in two workspaces apart, and a tenant as a unit together', async () => {
    const { observe } = harness()
    const { tenant, rollout } = await started()
    await observe([
      observation(rollout, tenant.id, 'lead/1', { entityKey: 'eu/lead/1' }),
      observation(rollout, tenant.id, 'lead/1', { entityKey: 'us/lead/1', arm: 'baseline' }),
      observation(rollout, tenant.id, tenant.id, { entityKey: 'eu/lead/2' }),
      observation(rollout, tenant.id, tenant.id, { entityKey: 'us/lead/3' }),
    ])
    const stratum = await stratumOf(rollout)
    expect([stratum?.candidate.units, stratum?.baseline.units]).to.deep.equal([2, 1])
    expect((await harness().store.observe(rollout)).facts.health.unitsInBothArms).to.equal(0)
  })

  it('sees units in both arms, events without a unit, and configuration errors of the candidate alone', async () => {
    const { observe, store } = harness()
    const { tenant, rollout } = await started()
    const of = (unit: string | null, more: Partial<UnitObservation> = {}) =>
      observation(rollout, tenant.id, unit, more)
    const configError = { document: 'RuleSet/hot', code: 'NX-CEL', message: 'no such key' }
    await observe([of('lead/1'), of(null, { arm: 'baseline' }), of('lead/5', { bothFailed: true })])
    await observe([of('lead/1', { arm: 'baseline' }), of('lead/2', { configError, fellBack: true })])
    const { counts, facts } = await store.observe(rollout)
    expect(facts.health).to.include({ unitsInBothArms: 2, unassignableEvents: 1, events: 5 })
    expect(counts.configErrors).to.deep.include({ candidateOnly: 1, both: 1 })
    expect(counts.configErrors.examples[0]).to.include({ unit: 'lead/2', ...configError })
  })

  it('counts pairs of the shadow at once, each timed the first time', async () => {
    const { observe, store } = harness()
    const policy = { ...plainPolicy, shadow: { first: true, units: 3, minMs: 0 } }
    const { tenant, rollout } = await started(policy)
    expect(rollout.state.state).to.equal('shadow')
    const pair = (unit: string, slow: boolean) =>
      observation(rollout, tenant.id, unit, { step: -1, arm: 'pair', slow, signals: ['hot'] })
    await observe([pair('lead/1', true), pair('lead/1', false), pair('lead/2', false)])
    await observe([pair('lead/2', true)])
    expect((await store.observe(rollout)).counts.shadow).to.deep.equal({
      units: 2,
      slower: 1,
      faster: 1,
      signals: { hot: 2 },
    })
  })

  it('fails the units whose commands ended dead, and says whose doing it was', async () => {
    const { observe, command, settle } = harness()
    const { tenant, rollout } = await started()
    const observed: UnitObservation[] = []
    for (const unit of ['lead/1', 'lead/2', 'lead/3', 'lead/4']) {
      const eventId = newId()
      const id = await command(tenant.id, `eu/${unit}`, eventId)
      const arm = unit === 'lead/4' ? 'baseline' : 'candidate'
      observed.push(observation(rollout, tenant.id, unit, { arm, eventId, actions: 1, commandIds: [id] }))
    }
    await observe(observed)
    expect((await stratumOf(rollout))?.candidate).to.include({ units: 3, failures: 0 })
    const [one, two, three, four] = observed.map(({ commandIds }) => commandIds[0] ?? '')
    await settle(one ?? '', tenant.id, 'dead', true)
    await settle(two ?? '', tenant.id, 'dead')
    await settle(three ?? '', tenant.id, 'succeeded')
    await settle(four ?? '', tenant.id, 'dead', true)
    const stratum = await eventually(async () => {
      const seen = await stratumOf(rollout)
      if (seen?.candidate.failures === 2 && seen.baseline.failures === 1) return seen
      throw new Error('The ends are not seen')
    })
    expect(stratum.candidate).to.include({ units: 3, integrationFailures: 1 })
    expect(stratum.baseline).to.include({ units: 1, integrationFailures: 1 })
  })

  it('sees a cap that the candidate alone goes over', async () => {
    const { observe, store } = harness()
    const policy = { ...plainPolicy, caps: { actionsPerUnit: 3, actionsPerHour: null } }
    const { tenant, rollout } = await started(policy)
    await observe([observation(rollout, tenant.id, 'lead/1', { actions: 2 })])
    await observe([observation(rollout, tenant.id, 'lead/2', { arm: 'baseline', actions: 3 })])
    expect((await store.observe(rollout)).counts.capsExceeded).to.deep.equal([])
    await observe([observation(rollout, tenant.id, 'lead/1', { actions: 2 })])
    expect((await store.observe(rollout)).counts.capsExceeded).to.deep.equal([
      { cap: 'actionsPerUnit', limit: 3, observed: 4, baselineToo: false },
    ])
  })

  it('counts a tenant outside the ring for neither arm, and each ring tenant on its own', async () => {
    const { observe } = harness()
    const tenant = await harness().newTenant()
    const policy = policyOf({
      shadowFirst: false,
      approval: { risk: 'never' },
      rings: [{ tenants: [tenant.slug] }],
      maturity: { integrationError: '0s' },
    })
    const offered = await offer(harness(), { level: 'tenant', tenant: tenant.slug }, tenant.id)
    const rollout = await startOne(harness().store, newRollout([offered], policy), ann)
    const other = await harness().newTenant()
    await observe([
      observation(rollout, tenant.id, 'lead/1'),
      observation(rollout, other.id, 'lead/1', { arm: 'baseline' }),
    ])
    const { counts } = await harness().store.observe(rollout)
    expect(counts.steps[0]?.strata.map(({ stratum, weight }) => [stratum, weight])).to.deep.equal([
      [tenant.slug, 0.5],
    ])
  })
}
