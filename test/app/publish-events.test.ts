import { expect } from 'chai'
import { readCloudEvents } from '../../src/app/events/read-cloud-events.ts'
import { publishEvents } from '../../src/app/publish-events.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type {
  EventIntakeStore,
  IntakeRequest,
  IntakeResult,
} from '../../src/messaging/intake/event-intake.ts'
import type { Actor } from '../../src/platform/access/actor.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'

const tenant: Tenant = {
  id: 'tenant-1',
  slug: 'acme',
  name: 'Acme',
  status: 'active',
  unknownEvents: 'accept',
  createdAt: '2026-01-01T00:00:00Z',
}
const owner: Actor = { kind: 'local', user: 'test', role: 'owner' }

function cloudEvent(id: string, extra: object = {}): object {
  return { specversion: '1.0', id, source: 's', type: 'lead.created', subject: 'lead/1', data: {}, ...extra }
}

/** An intake that accepts everything up to the batch that is told to conflict. */
function setup(options: { conflictAtBatch?: number; actor?: Actor } = {}) {
  const requests: IntakeRequest[] = []
  const intake: EventIntakeStore = {
    acceptAll: async (given): Promise<readonly IntakeResult[]> => {
      requests.push(...given)
      const conflict = { source: 's', externalId: 'x', firstId: 'first', firstDigest: 'a', digest: 'b' }
      return given.map((request) =>
        requests.length - 1 === options.conflictAtBatch
          ? { state: 'conflict', conflicts: [conflict] }
          : {
              state: 'accepted',
              events: request.events.map(({ event }) => ({ id: event.id, duplicate: false })),
            },
      )
    },
  }
  return { requests, operator: { actor: options.actor ?? owner, intake, clock: systemClock } }
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof NxError) return error.code
    throw error
  }
  return 'none'
}

describe('readCloudEvents', () => {
  it('reads one event, an array, and one a line with empty lines between', () => {
    const one = JSON.stringify(cloudEvent('1'))
    const ids = (content: string): readonly string[] =>
      readCloudEvents(content).map(({ draft }) => draft.externalId)
    expect(ids(one)).to.deep.equal(['1'])
    expect(ids(JSON.stringify([cloudEvent('1'), cloudEvent('2')]))).to.deep.equal(['1', '2'])
    expect(ids(`${one}\n\n${JSON.stringify(cloudEvent('2'))}\r\n`)).to.deep.equal(['1', '2'])
  })

  it('names the line that is not JSON and the item that is no event', () => {
    const broken = `${JSON.stringify(cloudEvent('1'))}\n{oops\n`
    expect(() => readCloudEvents(broken))
      .to.throw(NxError)
      .with.deep.include({ code: 'NX-EVENT-JSON', where: { line: 2 } })
    const items = JSON.stringify([cloudEvent('1'), { id: '2' }])
    expect(() => readCloudEvents(items))
      .to.throw(NxError)
      .with.property('code', 'NX-EVENT-INVALID')
  })

  it('says line and column of what is wrong in one text over several lines', () => {
    const text = JSON.stringify(cloudEvent('1'), null, 2).replace('"source"', 'source')
    expect(() => readCloudEvents(`\n${text}`, 'lead.json'))
      .to.throw(NxError)
      .with.deep.include({ code: 'NX-EVENT-JSON', where: { file: 'lead.json', line: 5, column: 3 } })
  })

  it('counts lines as the file does, empty ones at its beginning too, and says the line of what is no event', () => {
    const lines = `\n\n${JSON.stringify(cloudEvent('1'))}\n${JSON.stringify({ id: '2' })}\n`
    expect(() => readCloudEvents(lines, 'leads.jsonl'))
      .to.throw(NxError)
      .with.deep.include({ code: 'NX-EVENT-INVALID' })
      .and.nested.include({ 'where.file': 'leads.jsonl', 'where.line': 4 })
    expect(() => readCloudEvents(`${JSON.stringify(cloudEvent('1'))}\n"text"\n`))
      .to.throw(NxError)
      .with.deep.include({ code: 'NX-EVENT-JSON', where: { line: 2 } })
  })

  it('reads YAML: one event, a list, several documents; and says the line of what is wrong', () => {
    const yaml = (id: string): string =>
      `specversion: '1.0'\nid: ${id}\nsource: s\ntype: lead.created\ntime: 2026-03-05T16:30:00Z\ndata: { name: Ada }\n`
    const events = readCloudEvents(`# leads\n${yaml('one')}---\n${yaml('two')}---\n`)
    expect(events.map(({ draft }) => [draft.externalId, draft.time, draft.data])).to.deep.equal([
      ['one', '2026-03-05T16:30:00.000Z', { name: 'Ada' }],
      ['two', '2026-03-05T16:30:00.000Z', { name: 'Ada' }],
    ])
    const list = `- ${yaml('one').trim().replaceAll('\n', '\n  ')}\n`
    expect(readCloudEvents(list).map(({ draft }) => draft.externalId)).to.deep.equal(['one'])
    expect(() => readCloudEvents(`${yaml('one')}---\nid: [\n`, 'l.yaml'))
      .to.throw(NxError)
      .with.property('code', 'NX-EVENT-YAML')
    expect(() => readCloudEvents(`${yaml('one')}---\nid: two\n`, 'l.yaml'))
      .to.throw(NxError)
      .with.deep.include({ code: 'NX-EVENT-INVALID' })
      .and.nested.include({ 'where.line': 8 })
    expect(() => readCloudEvents('hello'))
      .to.throw(NxError)
      .with.property('code', 'NX-EVENT-INVALID')
  })

  it('refuses YAML that would come out as something else, or without end', () => {
    const of = (phone: string): string =>
      `specversion: '1.0'\nid: a\nsource: s\ntype: lead.created\ndata: { phone: ${phone} }\n`
    expect(readCloudEvents(of("'+14155550100'"))[0]?.draft.data).to.deep.equal({ phone: '+14155550100' })
    for (const phone of [
      '+14155550100',
      '0415550100',
      '99999999999999999999',
      '!!binary aGk=',
      '.inf',
      '{ __proto__: 1 }',
    ])
      expect(() => readCloudEvents(of(phone), 'l.yaml'), phone)
        .to.throw(NxError)
        .with.deep.include({ code: 'NX-EVENT-YAML' })
        .and.nested.include({ 'where.line': 5 })
    for (const text of [`- ${'['.repeat(200_000)}`, 'a: &a [*a]', `a: &a [1]\nb: [${'*a,'.repeat(200)}]`])
      expect(() => readCloudEvents(text))
        .to.throw(NxError)
        .with.property('code', 'NX-EVENT-YAML')
  })

  it('takes a byte order mark, and refuses what is not UTF-8', () => {
    const one = JSON.stringify(cloudEvent('1'))
    expect(readCloudEvents(`\uFEFF${one}`)).to.have.length(1)
    const latin = Buffer.from(JSON.stringify(cloudEvent('1', { data: { name: 'Zoë' } })), 'latin1')
    expect(() => readCloudEvents(latin))
      .to.throw(NxError)
      .with.property('code', 'NX-EVENT-JSON')
  })

  it('refuses an empty input', () => {
    expect(() => readCloudEvents(' \n'))
      .to.throw(NxError)
      .with.property('code', 'NX-EVENT-JSON')
  })
})

describe('publishEvents', () => {
  it('accepts events in order, in batches of at most 1,000', async () => {
    const { operator, requests } = setup()
    const events = readCloudEvents(
      JSON.stringify(Array.from({ length: 2_300 }, (_, index) => cloudEvent(`e${index}`))),
    )
    expect(await publishEvents(operator, tenant, 'default', events)).to.have.length(2_300)
    expect(requests.map((request) => request.events.length)).to.deep.equal([1_000, 1_000, 300])
    expect(requests[2]?.events.at(-1)?.event.externalId).to.equal('e2299')
  })

  it('says how many were accepted before a conflict', async () => {
    const { operator } = setup({ conflictAtBatch: 1 })
    const events = readCloudEvents(
      JSON.stringify(Array.from({ length: 1_500 }, (_, index) => cloudEvent(`e${index}`))),
    )
    const error = await publishEvents(operator, tenant, 'default', events).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(NxError)
    expect((error as NxError).detail).to.include('1000 events before it were accepted')
  })

  it('refuses an event of another tenant or workspace, a suspended tenant, and who may not', async () => {
    const publish =
      (extra: object, target = tenant, actor = owner) =>
      async () =>
        publishEvents(
          setup({ actor }).operator,
          target,
          'default',
          readCloudEvents(JSON.stringify(cloudEvent('1', extra))),
        )
    expect(await codeOf(publish({ tenant: 'other' }))).to.equal('NX-EVENT-OWNER')
    expect(await codeOf(publish({ workspace: 'eu' }))).to.equal('NX-EVENT-OWNER')
    expect(await codeOf(publish({ tenant: 'acme', workspace: 'default' }))).to.equal('none')
    expect(await codeOf(publish({}, { ...tenant, status: 'suspended' }))).to.equal('NX-TENANT-SUSPENDED')
    expect(await codeOf(publish({}, tenant, { ...owner, role: 'viewer' }))).to.equal('NX-DENIED')
  })
})
