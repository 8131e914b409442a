import { expect } from 'chai'
import type { RunningDaemon } from '../../src/app/daemon/start-daemon.ts'
import type { TraceNode } from '../../src/messaging/reading/event-reader.ts'
import { suspendTenant } from '../../src/platform/tenants/suspend-tenant.ts'
import { resumeTenant } from '../../src/platform/tenants/resume-tenant.ts'
import { createTenant } from '../../src/platform/tenants/create-tenant.ts'
import { eventually } from '../support/eventually.ts'
import {
  basicDocuments,
  hitOnCreation,
  leadCreated,
  postEvents,
  startSystem,
} from '../support/system/running-system.ts'
import type { RunningSystem } from '../support/system/running-system.ts'

const page = { limit: 100, cursor: null }

function kindsIn(node: TraceNode): string[] {
  return [node.kind, ...node.children.flatMap(kindsIn)]
}

describe('an event, from the gateway to the vendor', function () {
  this.timeout(60_000)
  let system: RunningSystem
  let daemon: RunningDaemon
  let token: string

  before(async () => {
    system = await startSystem()
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
    token = await system.token('ingest')
    daemon = await system.daemon()
  })

  after(async () => {
    await system[Symbol.asyncDispose]()
  })

  it('becomes one call with the score that it made', async () => {
    const { status } = await postEvents(
      daemon.url,
      token,
      leadCreated('42', { name: 'Ada', country: 'AE', budget: 5000 }),
    )
    expect(status).to.equal(202)
    await eventually(() => system.vendor.effects.some(({ path }) => path === '/hit'))
    expect(system.vendor.effects.map(({ body }) => body)).to.deep.equal([{ lead: '42', score: 50 }])
    const lead = await system.operator.entities.byId(system.tenant.id, 'default', { kind: 'lead', id: '42' })
    expect(lead?.fields).to.deep.include({ name: 'Ada', score: 50 })
    expect(lead?.scores['fit']).to.include({ points: 50, band: 'warm' })
  })

  it('is told as a tree from the event to the result', async () => {
    const { body } = await postEvents(daemon.url, token, leadCreated('tree'))
    const [accepted] = body['accepted'] as { id: string }[]
    const tree = await eventually(async () => {
      const found = await system.operator.messages.trace(system.tenant.id, accepted?.id ?? '')
      const kinds = found === null ? [] : kindsIn(found)
      expect(kinds).to.include.members(['event', 'decision', 'command'])
      expect(kinds.filter((kind) => kind === 'event')).to.have.length(2)
      return found
    })
    expect(tree?.title).to.contain('lead.created')
  })

  it('has no second effect when it comes again', async () => {
    const before = system.vendor.received
    const first = await postEvents(daemon.url, token, leadCreated('twice'))
    const again = await postEvents(daemon.url, token, leadCreated('twice'))
    expect([first.status, again.status]).to.deep.equal([202, 202])
    const [one] = first.body['accepted'] as { id: string }[]
    expect(again.body['accepted']).to.deep.equal([{ id: one?.id, duplicate: true }])
    await postEvents(daemon.url, token, leadCreated('after-twice'))
    await eventually(() =>
      system.vendor.effects.some(({ body }) => (body as { lead: string }).lead === 'after-twice'),
    )
    await eventually(() => system.vendor.received >= before + 2)
    expect(
      system.vendor.calls.filter(({ body }) => (body as { lead: string }).lead === 'twice'),
    ).to.have.length(1)
  })

  it('is refused with both digests when its key came with another body', async () => {
    await postEvents(daemon.url, token, leadCreated('conflict', { name: 'One' }))
    const { status, body } = await postEvents(daemon.url, token, [
      leadCreated('innocent'),
      leadCreated('conflict', { name: 'Two' }),
    ])
    expect(status).to.equal(409)
    expect(JSON.stringify(body)).to.match(/[0-9a-f]{64}.*[0-9a-f]{64}/)
    expect(
      await system.operator.entities.byId(system.tenant.id, 'default', { kind: 'lead', id: 'innocent' }),
    ).to.equal(null)
  })

  it('is refused while its tenant is suspended, and taken again after', async () => {
    await suspendTenant(system.operator, system.operator.actor, { slug: 'acme' })
    await eventually(
      async () => (await postEvents(daemon.url, token, leadCreated('suspended'))).status === 403,
    )
    await resumeTenant(system.operator, system.operator.actor, { slug: 'acme' })
    await eventually(async () => (await postEvents(daemon.url, token, leadCreated('resumed'))).status === 202)
  })

  it('is seen by its own tenant only', async () => {
    await createTenant(system.operator, system.operator.actor, { slug: 'globex' })
    const viewer = await system.token('viewer')
    const stranger = await system.token('viewer', 'globex')
    const read = async (bearer: string) =>
      (await fetch(`${daemon.url}/v1/entities/lead/42`, { headers: { authorization: `Bearer ${bearer}` } }))
        .status
    await eventually(async () => (await read(viewer)) === 200)
    await eventually(async () => (await read(stranger)) === 404)
    expect(await read(token)).to.equal(403)
  })

  it('follows a new configuration without a restart', async () => {
    const rule = hitOnCreation.replace('score: "{{ lead.score }}"', 'score: "{{ lead.score | plus: 1000 }}"')
    await system.apply(basicDocuments(system.vendor.url) + rule)
    let attempt = 0
    await eventually(async () => {
      attempt += 1
      const lead = `follow-${attempt}`
      await postEvents(daemon.url, token, leadCreated(lead, { name: 'Ada' }))
      const call = await eventually(
        () => system.vendor.calls.find(({ body }) => (body as { lead: string }).lead === lead) ?? false,
      )
      return typeof call === 'object' && (call.body as { score: number }).score === 1000
    })
    await system.apply(basicDocuments(system.vendor.url) + hitOnCreation)
  })

  it('goes through a workflow that waits and chooses', async () => {
    await system.apply(
      `${basicDocuments(system.vendor.url)}
---
apiVersion: neuronx/v1
kind: Workflow
name: chase
for: lead
start: { on: lead.created }
steps:
  - { id: pause, wait: 1s }
  - { id: answer, wait_for: { event: lead.called, where: event.outcome == "yes" }, up_to: 1h, then: good, else: end }
  - id: good
    call: sink.hit
    with: { lead: "{{ lead.id }}", score: 777 }
`,
    )
    await eventually(async () => {
      const { items } = await system.operator.messages.events(system.tenant.id, { type: 'timer.due' }, page)
      if (items.length > 0) return true
      await postEvents(daemon.url, token, leadCreated('chased', { name: 'Ada' }, `chased-${Math.random()}`))
      return false
    }, 30_000)
    await eventually(async () => {
      const lead = await system.operator.entities.byId(system.tenant.id, 'default', {
        kind: 'lead',
        id: 'chased',
      })
      return (
        lead?.instances.some(({ state }) => state.status === 'waiting' && state.stepId === 'answer') ?? false
      )
    })
    await postEvents(daemon.url, token, {
      ...leadCreated('chased', { outcome: 'yes' }, 'called-1'),
      type: 'lead.called',
    })
    await eventually(() =>
      system.vendor.effects.some(({ body }) => (body as { score: number }).score === 777),
    )
  })
})
