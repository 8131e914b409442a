import { expect } from 'chai'
import { TopSampler } from '../../src/app/top-sample.ts'
import type { CommandState } from '../../src/messaging/commands/command.ts'
import type { MessagingReader, TenantCounts } from '../../src/messaging/reading/event-reader.ts'
import type { Tenant } from '../../src/platform/tenants/tenant.ts'
import { topLines } from '../../src/cli/views/top-lines.ts'

const noCommands: Record<CommandState, number> = {
  waiting: 0,
  ready: 0,
  leased: 0,
  in_doubt: 0,
  succeeded: 0,
  dead: 0,
  cancelled: 0,
}

function tenant(slug: string, status: Tenant['status'] = 'active'): Tenant {
  return { id: slug, slug, name: slug, status, unknownEvents: 'accept', createdAt: '2026-01-01T00:00:00Z' }
}

function setup(counts: Record<string, Partial<TenantCounts>>) {
  let nowMs = 1_000
  const messages = {
    outboxStats: async () => ({
      pending: 7,
      oldestMs: 3_200,
      fenceAgeMs: 0,
      fence: null,
      paused: [],
      publishedPerSecond: 0,
      retries: 0,
      p50Ms: null,
      p99Ms: null,
      shards: [],
    }),
    counts: async (id: string): Promise<TenantCounts> => ({
      eventsAccepted: 0,
      decisions: 0,
      commands: noCommands,
      deadLettersOpen: 0,
      workflowsStarted: 0,
      workflowsWaiting: 0,
      ...counts[id],
    }),
  } as Pick<MessagingReader, 'outboxStats' | 'counts'> as MessagingReader
  const clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
  const sampler = new TopSampler({ messages, clock })
  return { sampler, counts, pass: (ms: number) => (nowMs += ms) }
}

describe('TopSampler', () => {
  it('knows no rate in the first sample, and events per second from the second on', async () => {
    const { sampler, counts, pass } = setup({ a: { eventsAccepted: 100 }, b: { eventsAccepted: 10 } })
    const tenants = [tenant('a'), tenant('b')]
    expect((await sampler.sample(tenants)).eventsPerSecond).to.equal(null)
    counts['a'] = { eventsAccepted: 150 }
    counts['b'] = { eventsAccepted: 12 }
    pass(2_000)
    const sample = await sampler.sample(tenants)
    expect([sample.eventsPerSecond, ...sample.tenants.map((row) => row.eventsPerSecond)]).to.deep.equal([
      26, 25, 1,
    ])
  })

  it('never shows a negative rate', async () => {
    const { sampler, counts, pass } = setup({ a: { eventsAccepted: 100 } })
    await sampler.sample([tenant('a')])
    counts['a'] = { eventsAccepted: 40 }
    pass(1_000)
    expect((await sampler.sample([tenant('a')])).eventsPerSecond).to.equal(0)
  })

  it('has no rate for a tenant that was not there before', async () => {
    const { sampler, pass } = setup({ b: { eventsAccepted: 5 } })
    await sampler.sample([tenant('a')])
    pass(1_000)
    const sample = await sampler.sample([tenant('a'), tenant('b')])
    expect(sample.tenants[1]?.eventsPerSecond).to.equal(null)
  })

  it('adds commands by state and dead letters up over the tenants', async () => {
    const { sampler } = setup({
      a: { commands: { ...noCommands, ready: 2, in_doubt: 1 }, deadLettersOpen: 3 },
      b: { commands: { ...noCommands, ready: 5 }, deadLettersOpen: 1 },
    })
    const sample = await sampler.sample([tenant('a'), tenant('b')])
    expect([sample.commands.ready, sample.commands.in_doubt, sample.deadLettersOpen]).to.deep.equal([7, 1, 4])
  })
})

describe('topLines', () => {
  it('show rates, outbox, commands and dead letters in 80 columns', async () => {
    const { sampler } = setup({ a: { commands: { ...noCommands, ready: 2 }, deadLettersOpen: 3 } })
    const sample = await sampler.sample([tenant('a'), tenant('a-tenant-with-a-very-long-slug', 'suspended')])
    const lines = topLines({ sample, trouble: null }).map((line) => line.text)
    expect(lines.every((line) => line.length <= 80)).to.be.true
    expect(lines.join('\n'))
      .to.include('outbox 7 (oldest 3.2s)')
      .and.to.include('dead letters 3')
      .and.to.include('ready 2')
  })

  it('keep the last sample, faint, when there is no newer one, and say why', async () => {
    const sample = await setup({ a: {} }).sampler.sample([tenant('a')])
    const lines = topLines({ sample, trouble: 'connection refused' })
    expect(lines.find((line) => line.text.includes('connection refused'))?.bold).to.be.true
    expect(lines.find((line) => line.text.startsWith('a '))?.faint).to.be.true
  })
})
