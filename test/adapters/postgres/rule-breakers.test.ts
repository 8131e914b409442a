import { expect } from 'chai'
import type { Database } from '../../../src/adapters/postgres/database.ts'
import { watchThresholds } from '../../../src/platform/alerts/watch-thresholds.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { SeenRule } from '../../../src/sales-core/processing/breakers/rule-breakers.ts'
import { RuleBreakers } from '../../../src/sales-core/processing/breakers/rule-breakers.ts'
import { ruleBreakerPolicy } from '../../../src/sales-core/processing/breakers/rule-breaker.ts'
import { decideEvent } from '../../../src/sales-core/processing/decide-event.ts'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { codeOf } from '../../support/code-of.ts'
import { openTestDatabase, querySuperuser } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { ruleConfig } from '../../support/sales/rule-world.ts'
import { createTenant, testActor } from '../../support/stores/tenants.ts'

const { failuresMax } = ruleBreakerPolicy

describe('breakers of rules on Postgres', () => {
  let opened: { database: Database; test: TestDatabase; close(): Promise<void> }
  before(async () => {
    opened = await openTestDatabase()
  })
  after(async () => opened.close())
  const seen = (tenantId: string, failures: number, successes = 0, rule = 'r/a'): SeenRule => ({
    tenantId,
    rule,
    failures,
    successes,
    lastCode: failures > 0 ? 'NX-X' : null,
  })

  it('count what several daemons saw as one, and open once', async () => {
    const { ruleBreakers } = opened.database.stores
    const { id } = await createTenant(opened.database)
    const each = Math.ceil(failuresMax / 4)
    const reports = await Promise.all([1, 2, 3, 4].map(async () => ruleBreakers.count([seen(id, each)])))
    expect(reports.flatMap(({ tripped }) => tripped)).to.deep.equal(['r/a'])
    const open = (await ruleBreakers.open(100)).filter(({ tenantId }) => tenantId === id)
    expect(open.map(({ rule }) => rule)).to.deep.equal(['r/a'])
  })
  it('are told apart by tenant, and leave no row of a rule that is well', async () => {
    const { ruleBreakers } = opened.database.stores
    const [{ id: one }, { id: other }] = await Promise.all([
      createTenant(opened.database),
      createTenant(opened.database),
    ])
    await ruleBreakers.count([seen(one, failuresMax), seen(other, 0, 1)])
    const open = await ruleBreakers.open(100)
    expect(open.filter(({ tenantId }) => tenantId === one)).to.have.length(1)
    expect(open.filter(({ tenantId }) => tenantId === other)).to.have.length(0)
  })
  it('are listed and reset by tenant, with a row in the audit log; a rule that is well cannot be reset', async () => {
    const { ruleBreakers, breakerControl, installation } = opened.database.stores
    const { id } = await createTenant(opened.database)
    const { id: other } = await createTenant(opened.database)
    await ruleBreakers.count([seen(id, failuresMax), seen(id, 1, 0, 'r/b')])
    const listed = await breakerControl.list(id)
    expect(listed).to.have.length(1)
    expect(listed[0]).to.include({ rule: 'r/a', state: 'open', trips: 1, lastCode: 'NX-X' })
    expect(await breakerControl.list(other)).to.deep.equal([])
    const tripped = async () =>
      (await installation.facts(watchThresholds)).trippedRules.filter(({ tenantId }) => tenantId === id)
    const [fact] = await tripped()
    expect(fact).to.include({ rule: 'r/a', trips: 1, lastCode: 'NX-X' })
    expect(fact?.openMs).to.be.within(1, ruleBreakerPolicy.openMs)
    expect(await codeOf(breakerControl.reset(other, 'r/a', testActor, 'mended'))).to.equal(
      'NX-RULE-NOT-TRIPPED',
    )
    await breakerControl.reset(id, 'r/a', testActor, 'mended')
    expect(await codeOf(breakerControl.reset(id, 'r/a', testActor, 'again'))).to.equal('NX-RULE-NOT-TRIPPED')
    expect([await breakerControl.list(id), await tripped()]).to.deep.equal([[], []])
    const rows = await querySuperuser(
      opened.test,
      `select actor, action, target, reason from neuronx.audit_log where tenant_id = '${id}' and action = 'rule.reset'`,
    )
    expect(rows).to.deep.equal([
      { actor: 'local:test', action: 'rule.reset', target: 'rule/r/a', reason: 'mended' },
    ])
  })
  it('park what a failing rule would do, and let the others work', async () => {
    const { ruleBreakers } = opened.database.stores
    const { id: tenantId } = await createTenant(opened.database)
    const breakers = new RuleBreakers({
      store: ruleBreakers,
      clock: systemClock,
      logger: silentLogger,
      idleMs: 10,
    })
    const config = ruleConfig([
      '{ id: a, on: message.received, then: [ { emit: { type: lead.created, data: { budget: "{{ event.text | append: event.channel }}" } } } ] }',
      '{ id: b, on: message.received, then: [ { add_tag: b } ] }',
    ])
    const entity = newEntity('default', { kind: 'lead', id: '42' })
    const data = { text: 'hi', direction: 'inbound', channel: 'sms' }
    const happen = (only: Partial<{ only: string }> = {}) => {
      const event = someLoggedEvent({ tenantId, type: 'message.received', data, ...only })
      const current = {
        entity,
        instances: [],
        definitions: new Map(),
        parked: breakers.parkedFor(tenantId) ?? new Set<string>(),
      }
      const outcome = decideEvent(event, current, { config, unknownEvents: 'accept' }, new Date())
      breakers.count([outcome])
      return outcome.state === 'decided' ? outcome : null
    }
    for (let n = 0; n < failuresMax; n += 1) expect(happen()?.deadLetters[0]?.code).to.equal('NX-EMIT-DATA')
    await breakers.start()
    await eventually(() => breakers.parkedFor(tenantId)?.has('r/a') === true)
    await breakers.stop()
    const parked = happen()
    expect(parked?.deadLetters.map(({ code, source, cause }) => [code, source, cause])).to.deep.equal([
      ['NX-RULE-PARKED', 'rule', 'RuleSet/r#a'],
    ])
    expect(parked?.decision.entity.fields['tags']).to.deep.equal(['b'])
    expect(happen({ only: 'r/a' })?.deadLetters[0]?.code).to.equal('NX-EMIT-DATA')
  })
})
