import { expect } from 'chai'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { IngestBus, IngestMessage } from '../../../src/messaging/bus/event-bus.ts'
import type { IntakeRequest, IntakeResult } from '../../../src/messaging/intake/event-intake.ts'
import { IngestConsumer } from '../../../src/messaging/intake/ingest-consumer.ts'
import { RetryLater } from '../../../src/messaging/intake/retry-later.ts'
import { defaultIntakeLimits } from '../../../src/messaging/intake/tenant-limits.ts'
import { TenantQuota } from '../../../src/messaging/intake/tenant-quota.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { acmeId } from '../../support/events.ts'
import { eventually } from '../../support/eventually.ts'

const structured = { specversion: '1.0', id: 'e1', source: 'crm', type: 'lead.created', subject: 'lead/42' }

/** A consumer over messages that the test delivers, and what became of them. */
async function setup(limits = defaultIntakeLimits) {
  const clock = new ManualClock()
  const ended: Array<{ how: 'accept' | 'refuse'; reply: unknown } | { how: 'later'; delayMs: number }> = []
  const intake = {
    requests: [] as IntakeRequest[],
    answer: (request: IntakeRequest): IntakeResult => ({
      state: 'accepted',
      events: request.events.map(({ event }) => ({ id: event.id, duplicate: false })),
    }),
    accept: async (request: IntakeRequest) => {
      intake.requests.push(request)
      return intake.answer(request)
    },
  }
  let deliver: (message: IngestMessage) => void = () => {}
  const bus: IngestBus = {
    subscribeIngest: async (_prefetchMax, listener) => {
      deliver = listener
      return { close: async () => {} }
    },
  }
  const consumer = new IngestConsumer({
    bus,
    intake,
    tenant: (slug) => (slug === 'acme' ? { id: acmeId, active: true } : null),
    tenantLimits: { intake: () => limits },
    quota: new TenantQuota({ limits: { intake: () => limits }, liveDaemons: () => 1, clock }),
    clock,
    logger: silentLogger,
  })
  await consumer.start()
  const send = async (body: string | Buffer) => {
    const before = ended.length
    deliver({
      tenantSlug: 'acme',
      body: Buffer.from(body),
      accept: (reply) => ended.push({ how: 'accept', reply: JSON.parse(reply) as unknown }),
      refuse: (reply) => ended.push({ how: 'refuse', reply: JSON.parse(reply) as unknown }),
      retryLater: (delayMs) => ended.push({ how: 'later', delayMs }),
    })
    await eventually(() => ended.length > before)
    return ended.at(-1)
  }
  return { clock, consumer, intake, send }
}

describe('the ingest consumer', () => {
  it('leaves on the bus what is above the quota, until the quota allows it', async () => {
    const { clock, consumer, intake, send } = await setup({
      ...defaultIntakeLimits,
      eventsPerSecond: 2,
      burst: 1,
    })
    const body = JSON.stringify(structured)
    expect(await send(body)).to.have.property('how', 'accept')
    expect(await send(body)).to.deep.equal({ how: 'later', delayMs: 500 })
    clock.advance(500)
    expect(await send(body)).to.have.property('how', 'accept')
    expect(intake.requests).to.have.length(2)
    expect(consumer.counters).to.include({ accepted: 2, delayed: 1, refused: 0 })
  })

  it('lets a message come again after the time that the intake names, and does not count it against the quota', async () => {
    const { intake, send } = await setup({ ...defaultIntakeLimits, eventsPerSecond: 1, burst: 1 })
    const works = intake.answer
    intake.answer = () => {
      throw new RetryLater('NX-INTAKE-BUSY', 'full', 3_000)
    }
    expect(await send(JSON.stringify(structured))).to.deep.equal({ how: 'later', delayMs: 3_000 })
    intake.answer = works
    expect(await send(JSON.stringify(structured))).to.have.property('how', 'accept')
  })

  it('remembers keys for as long as the tenant asks', async () => {
    const { intake, send } = await setup({ ...defaultIntakeLimits, keyHorizonMs: 3_600_000 })
    await send(JSON.stringify(structured))
    expect(intake.requests[0]?.events[0]?.horizonMs).to.equal(3_600_000)
  })

  it('answers a known source and id with another body with 409 and both digests', async () => {
    const { intake, send } = await setup()
    const conflict = { source: 'crm', externalId: 'e1', firstId: 'f', firstDigest: 'd1', digest: 'd2' }
    intake.answer = () => ({ state: 'accepted', events: [{ id: 'f', duplicate: true, conflict }] })
    expect(await send(JSON.stringify(structured))).to.deep.equal({
      how: 'refuse',
      reply: {
        type: 'about:blank',
        status: 409,
        code: 'NX-EVENT-CONFLICT',
        title: 'An event with this source and id was accepted before with another body',
        fix: 'Give the event an id of its own, or send the first one unchanged.',
        conflicts: [{ source: 'crm', id: 'e1', firstId: 'f', firstDigest: 'd1', digest: 'd2' }],
      },
    })
  })

  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const unreadable: readonly [string, string | Buffer, string][] = [
    ['what is not JSON', '{"specversion":', 'NX-EVENT-JSON'],
    ['what is not UTF-8', Buffer.from([0xff, 0xfe]), 'NX-EVENT-JSON'],
    ['8 MiB', Buffer.alloc(8 * 1024 * 1024, 'x'), 'NX-EVENT-TOO-LARGE'],
    [
      'data nested too deep',
      `${JSON.stringify(structured).slice(0, -1)},"data":{"a":${deep(100)}}}`,
      'NX-EVENT-INVALID',
    ],
    ['JSON nested beyond any stack', deep(100_000), 'NX-EVENT-INVALID'],
    ['a type that is no name', JSON.stringify({ ...structured, type: 'No Type' }), 'NX-EVENT-INVALID'],
    [
      'a source that is kept for keys of requests',
      JSON.stringify({ ...structured, source: 'idempotency-key:x' }),
      'NX-EVENT-INVALID',
    ],
    ['another tenant', JSON.stringify({ ...structured, tenant: 'other' }), 'NX-EVENT-TENANT'],
  ]
  for (const [what, body, code] of unreadable) {
    it(`makes a dead letter of ${what}, once however often it comes`, async () => {
      const { intake, send } = await setup()
      const ends = [await send(body), await send(body)]
      expect(ends.map((end) => end?.how)).to.deep.equal(['refuse', 'refuse'])
      const letters = intake.requests.flatMap(({ deadLetters }) => deadLetters)
      expect(letters.map((letter) => letter.code)).to.deep.equal([code, code])
      expect(letters[0]?.id).to.equal(letters[1]?.id)
      expect(JSON.stringify(letters[0]?.payload).length).to.be.below(200_000)
    })
  }
})
