import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { stringify } from 'yaml'
import { backtestConfiguration } from '../../src/app/backtest/backtest-configuration.ts'
import type { BacktestRequest } from '../../src/app/backtest/backtest-configuration.ts'
import { activeSide, directorySide } from '../../src/app/backtest/configuration-side.ts'
import { testConfig } from '../../src/app/config-tests/test-config.ts'
import { eventAsTest, explainEvent } from '../../src/app/explain/explain-event.ts'
import { listRules, showRule } from '../../src/app/explain/list-rules.ts'
import { tellStory } from '../../src/app/explain/tell-story.ts'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { eventually } from '../support/eventually.ts'
import { basicDocuments, leadCreated, postEvents, startSystem } from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

function rules(threshold: number): string {
  return `---
apiVersion: neuronx/v1
kind: RuleSet
name: greet
rules:
  - id: rich
    on: lead.created
    when: lead.score >= ${threshold} && event.country == "AE"
    then: [{ call: sink.hit, with: { lead: "{{ lead.id }}", score: "{{ lead.score }}" } }, { set: { lead.temperature: warm } }]
  - id: answered
    on: lead.called
    when: event.outcome == "yes" && lead.score > ${threshold}
    then: [{ set: { lead.temperature: hot } }]
`
}

describe('backtests and explanations on a running system', function () {
  this.timeout(90_000)
  let system: RunningSystem
  let daemon: RunningDaemon
  let token: string
  let folder: string
  const ids = new Map<string, string>()

  const post = async (name: string, event: object): Promise<void> => {
    const { status, body } = await postEvents(daemon.url, token, event)
    expect(status).to.equal(202)
    const [accepted] = body['accepted'] as { id: string }[]
    ids.set(name, accepted?.id ?? '')
  }
  const idOf = (name: string): string => ids.get(name) ?? ''
  const scope = () => ({ tenant: system.tenant, workspace: 'default' })

  async function directory(name: string, threshold: number, extra = ''): Promise<string> {
    const path = join(folder, name)
    await mkdir(join(path, 'tenants', 'acme'), { recursive: true })
    await writeFile(join(path, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
    const text = basicDocuments(system.vendor.url) + rules(threshold) + extra
    await writeFile(join(path, 'tenants', 'acme', 'all.yaml'), text)
    return path
  }

  const request = (candidateDirectory: string, change: Partial<BacktestRequest> = {}): BacktestRequest => ({
    scope: scope(),
    candidateDirectory,
    against: { kind: 'active' },
    only: null,
    events: { kind: 'log', from: new Date(0).toISOString(), until: '2999-01-01T00:00:00Z' },
    options: {},
    ...change,
  })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neuronx-backtest-'))
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + rules(50))
    token = await system.token('ingest')
    daemon = await system.daemon()
    await post('rich', leadCreated('rich', { name: 'Ada', country: 'AE', budget: 5000 }))
    await post('poor', leadCreated('poor', { name: 'Bob', country: 'AE' }))
    await post('called', { ...leadCreated('rich', { outcome: 'yes' }, 'called-1'), type: 'lead.called' })
    await eventually(async () => {
      const { items } = await system.operator.entities.history(
        system.tenant.id,
        'default',
        { kind: 'lead', id: 'rich' },
        { limit: 10, cursor: null },
      )
      const { items: poor } = await system.operator.entities.history(
        system.tenant.id,
        'default',
        { kind: 'lead', id: 'poor' },
        { limit: 10, cursor: null },
      )
      return items.length >= 2 && poor.length >= 1
    })
  })

  after(async () => {
    await system[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('gives a directory the digest that applying it gives', async () => {
    const side = await directorySide(await directory('same', 50), system.operator.revisions, scope())
    expect(side.digest).to.equal((await activeSide(system.operator.revisions, scope())).digest)
  })

  it('replays the event log through active and candidate, and changes nothing', async () => {
    const calls = system.vendor.received
    const report = await backtestConfiguration(
      system.operator,
      request(await directory('lower', 30)),
      systemClock,
    )
    expect(report.rules).to.deep.include({
      rule: 'RuleSet/greet#rich',
      baseline: 1,
      candidate: 2,
      added: 1,
      removed: 0,
    })
    expect(report.actions).to.deep.include({
      kind: 'call',
      name: 'sink.hit',
      baseline: 1,
      candidate: 2,
      added: 1,
      removed: 0,
    })
    expect(report.noise.events).to.equal(0)
    expect(report.divergences[0]).to.include({ eventId: idOf('poor'), kind: 'action' })
    expect(report.divergences[0]?.baseline.why).to.contain('lead.score >= 50 is false (lead.score is 30)')
    expect(system.vendor.received).to.equal(calls)
  })

  it('takes only one rule of the candidate when asked to', async () => {
    const path = await directory('one', 30)
    const answered = request(path, { only: 'greet/answered' })
    const report = await backtestConfiguration(system.operator, answered, systemClock)
    expect(report.rules.map(({ rule }) => rule)).to.not.include('RuleSet/greet#rich')
    const rich = await backtestConfiguration(
      system.operator,
      request(path, { only: 'greet/rich' }),
      systemClock,
    )
    expect(rich.rules.map(({ rule }) => rule)).to.deep.equal(['RuleSet/greet#rich'])
    const failure = await backtestConfiguration(
      system.operator,
      request(path, { only: 'greet/nobody' }),
      systemClock,
    ).catch((error: unknown) => error)
    expect(failure).to.include({ code: 'NX-RULE-NOT-FOUND' })
  })

  it('begins in the middle of an entity’s life with the state that it had', async () => {
    const called = await system.operator.messages.event(system.tenant.id, idOf('called'))
    const from = called?.acceptedAt ?? ''
    const events = { kind: 'log' as const, from, until: '2999-01-01T00:00:00Z' }
    const report = await backtestConfiguration(
      system.operator,
      request(await directory('higher', 60), { events }),
      systemClock,
    )
    expect(report.notReplayed.byReason.filter(({ reason }) => reason === 'state_unknown')).to.deep.equal([])
    // 50 points: not above 50, not above 60.
    expect(report.rules).to.deep.equal([])
    const lower = await backtestConfiguration(
      system.operator,
      request(await directory('lowest', 40), { events }),
      systemClock,
    )
    expect(lower.rules.map(({ rule, added }) => [rule, added])).to.deep.equal([['RuleSet/greet#answered', 1]])
  })

  it('reads the same events from a file, without the installation', async () => {
    const { items } = await system.operator.messages.events(
      system.tenant.id,
      {},
      { limit: 100, cursor: null },
    )
    const lines = items.toReversed().map((event) => JSON.stringify(event))
    const report = await backtestConfiguration(
      null,
      request(await directory('file-candidate', 30), {
        scope: { tenant: { id: null, slug: 'acme' }, workspace: 'default' },
        against: { kind: 'directory', name: await directory('file-baseline', 50) },
        events: {
          kind: 'file',
          lines: async function* () {
            yield* await Promise.resolve([...lines, '{"half', ''])
          },
        },
      }),
      systemClock,
    )
    expect(report.rules).to.deep.include({
      rule: 'RuleSet/greet#rich',
      baseline: 1,
      candidate: 2,
      added: 1,
      removed: 0,
    })
    expect(report.notReplayed.byReason.find(({ reason }) => reason === 'unreadable')).to.deep.equal({
      reason: 'unreadable',
      events: 1,
      examples: [`line ${lines.length + 1}`],
    })
  })

  it('explains which rule fired and which clause of the other was false', async () => {
    const explained = await explainEvent(system.operator, system.tenant, idOf('poor'), null)
    expect(explained?.replay).to.deep.equal({ state: 'exact' })
    const [rich] = explained?.rules ?? []
    expect(rich).to.include({ rule: 'greet/rich', outcome: 'not_fired' })
    expect(rich?.because).to.deep.equal([
      { text: 'lead.score >= 50', outcome: 'false', values: { 'lead.score': 30 }, error: null },
    ])
    expect(rich?.layers.map(({ scope: name, outcome }) => [name, outcome])).to.deep.equal([
      ['tenants/acme', 'won'],
    ])
    const fired = await explainEvent(system.operator, system.tenant, idOf('rich'), 'rich')
    expect(fired?.rules.map(({ outcome }) => outcome)).to.deep.equal(['fired'])
  })

  it('explains a later event with the entity as it was before it, under the configuration of then', async () => {
    await system.apply(basicDocuments(system.vendor.url) + rules(10))
    const explained = await explainEvent(system.operator, system.tenant, idOf('called'), 'answered')
    await system.apply(basicDocuments(system.vendor.url) + rules(50))
    expect(explained?.rules[0]?.because).to.deep.equal([
      { text: 'lead.score > 50', outcome: 'false', values: { 'lead.score': 50 }, error: null },
    ])
    expect(explained?.replay).to.deep.equal({ state: 'exact' })
  })

  it('says so when there is no such event, no decision, or no such rule', async () => {
    expect(
      await explainEvent(system.operator, system.tenant, '018f0000-0000-7000-8000-00000000dead', null),
    ).to.equal(null)
    const failure = await explainEvent(system.operator, system.tenant, idOf('rich'), 'nobody').catch(
      (error: unknown) => error,
    )
    expect(failure).to.include({ code: 'NX-RULE-NOT-FOUND' })
  })

  it('writes a test that passes as it is', async () => {
    for (const name of ['rich', 'poor', 'called']) {
      const test = await eventAsTest(system.operator, system.tenant, idOf(name))
      const path = await directory(`as-test-${name}`, 50, `---\n${stringify(test)}`)
      const { passed, failed } = await testConfig(path, { filter: null })
      expect({ name, passed, failed }).to.deep.equal({ name, passed: 1, failed: 0 })
    }
  })

  it('writes a test that fails when the rule is changed', async () => {
    const test = await eventAsTest(system.operator, system.tenant, idOf('poor'))
    const path = await directory('as-test-broken', 20, `---\n${stringify(test)}`)
    expect(await testConfig(path, { filter: null })).to.include({ passed: 0, failed: 1 })
  })

  it('tells the story of a lead, newest first', async () => {
    const story = await eventually(async () => {
      const told = await tellStory(
        system.operator,
        system.tenant,
        'default',
        { kind: 'lead', id: 'rich' },
        50,
      )
      return told?.entries.some(({ title }) => title === 'sink.hit succeeded') === true ? told : false
    })
    if (typeof story === 'boolean') throw new Error('no story')
    expect(story.scores[0]).to.include({ model: 'fit', points: 50, band: 'warm' })
    const times = story.entries.map(({ at }) => at)
    expect(times).to.deep.equal(times.toSorted().toReversed())
    const creation = story.entries.find(({ id }) => id === idOf('rich'))
    expect(creation?.lines.join('\n')).to.contain('RuleSet/greet#rich fired: call sink.hit, set temperature')
    expect(
      await tellStory(system.operator, system.tenant, 'default', { kind: 'lead', id: 'nobody' }, 5),
    ).to.equal(null)
  })

  it('lists and shows the rules in force', async () => {
    const list = await listRules(system.operator.revisions, scope())
    expect(list.rules.map(({ rule, on }) => [on, rule])).to.deep.equal([
      ['lead.called', 'greet/answered'],
      ['lead.created', 'greet/rich'],
    ])
    const shown = await showRule(system.operator.revisions, scope(), 'greet/rich')
    expect(shown?.condition).to.equal('lead.score >= 50 && event.country == "AE"')
    expect(await showRule(system.operator.revisions, scope(), 'greet/none')).to.equal(null)
  })
})
