import { expect } from 'chai'
import { NxError } from '../../../src/kernel/errors.ts'
import { CrashGuard } from '../../../src/messaging/consume/crash-guard.ts'
import type { EventStarts, StartedEvent } from '../../../src/messaging/consume/event-starts.ts'
import { UnsettledEvents } from '../../../src/messaging/consume/unsettled-events.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import { someLoggedEvent } from '../../support/events.ts'

/** Starts in memory, as Postgres counts them; they outlive the processes of a test. */
class MemoryStarts implements EventStarts {
  readonly rows = new Map<string, { owner: string; starts: number }>()
  writes = 0

  async deaths(events: readonly StartedEvent[], owner: string) {
    return new Map(
      events.flatMap(({ id }): [string, number][] => {
        const row = this.rows.get(id)
        const deaths = row === undefined ? 0 : row.starts - (row.owner === owner ? 1 : 0)
        return deaths > 0 ? [[id, deaths]] : []
      }),
    )
  }

  async begin(events: readonly StartedEvent[], owner: string) {
    this.writes += 1
    for (const { id } of events) {
      const row = this.rows.get(id)
      this.rows.set(id, { owner, starts: (row?.starts ?? 0) + (row?.owner === owner ? 0 : 1) })
    }
  }

  async end(events: readonly StartedEvent[]) {
    for (const { id } of events) this.rows.delete(id)
  }
}

const died = new Error('the process died')

function event(externalId: string): LoggedEvent {
  return someLoggedEvent({ externalId, shard: 1 })
}

/** The installation over the life of several processes; `killer` is the event that kills each. */
function setup(killer: string | null = null) {
  const starts = new MemoryStarts()
  const log = { applied: [] as string[], batches: [] as string[][], aside: [] as string[] }
  let processes = 0
  const newProcess = (watchedMax = 64) => {
    processes += 1
    const epoch = String(processes)
    const daemonId = `daemon-${processes}`
    const guard = new CrashGuard({
      // A process that dies writes nothing any more.
      starts: {
        deaths: async (events, owner) => await starts.deaths(events, owner),
        begin: async (events, owner) => await starts.begin(events, owner),
        end: async (events) => (dead ? await Promise.reject(died) : await starts.end(events)),
      },
      process: async (events) => {
        log.batches.push(events.map(({ externalId }) => externalId))
        if (events.some(({ externalId }) => externalId === killer)) {
          dead = true
          throw died
        }
        log.applied.push(...events.map(({ externalId }) => externalId))
      },
      putAside: async ({ externalId }) => void log.aside.push(externalId),
      daemonId,
      watchedMax,
    })
    let dead = false
    return {
      guard,
      run: async (...ids: readonly string[]) => {
        const events = ids.filter((id) => !log.applied.includes(id) && !log.aside.includes(id)).map(event)
        await guard.process(events, [{ shard: 1, epoch }])
      },
    }
  }
  return { starts, log, newProcess }
}

describe('the crash guard', () => {
  it('puts the event aside that kills its process, after three marked starts, and applies its neighbours', async () => {
    const { starts, log, newProcess } = setup('bad')
    let crashes = 0
    for (let life = 0; life < 10 && log.aside.length === 0; life += 1) {
      await newProcess()
        .run('a', 'bad', 'b')
        .catch((error: unknown) => {
          expect(error).to.equal(died)
          crashes += 1
        })
    }
    expect(log.aside).to.deep.equal(['bad'])
    expect(crashes).to.equal(3)
    expect(log.applied.toSorted()).to.deep.equal(['a', 'b'])
    expect([...starts.rows]).to.deep.equal([])
  })

  it('goes one by one only after a process died over what was noted down', async () => {
    const { log, newProcess } = setup('bad')
    await newProcess()
      .run('a', 'bad')
      .catch(() => {})
    await newProcess()
      .run('a', 'bad')
      .catch(() => {})
    expect(log.batches).to.deep.equal([['a', 'bad'], ['a'], ['bad']])
  })

  it('notes nothing down once a shard has settled', async () => {
    const { starts, newProcess } = setup()
    const { run, guard } = newProcess(2)
    await run('a', 'b')
    const { writes } = starts
    await run('c', 'd')
    expect(writes).to.equal(1)
    expect(starts.writes).to.equal(1)
    expect(guard.counters.watched).to.equal(2)
  })

  it('counts a failure that the process survived for nothing, however often', async () => {
    const starts = new MemoryStarts()
    let aside = 0
    for (let life = 0; life < 6; life += 1) {
      const guard = new CrashGuard({
        starts,
        process: async () =>
          await Promise.reject(new NxError('unreachable', 'NX-DB-UNREACHABLE', 'gone', { retryable: true })),
        putAside: async () => void (aside += 1),
        daemonId: `daemon-${life}`,
      })
      const failure = await guard
        .process([event('a')], [{ shard: 1, epoch: String(life) }])
        .catch((error: unknown) => error)
      expect(failure).to.have.property('code', 'NX-DB-UNREACHABLE')
    }
    expect([aside, starts.rows.size]).to.deep.equal([0, 0])
  })

  it('does not count its own start that it could not take back', async () => {
    const starts = new MemoryStarts()
    await starts.begin([event('a')], 'daemon-1')
    const guard = new CrashGuard({
      starts,
      process: async () => {},
      putAside: async () => expect.fail('put aside'),
      daemonId: 'daemon-1',
    })
    await guard.process([event('a')], [{ shard: 1, epoch: '1' }])
    expect(guard.counters.deaths).to.equal(0)
    expect(starts.rows.size).to.equal(0)
  })

  it('names the events that have to come again, and applies the others', async () => {
    const starts = new MemoryStarts()
    await starts.begin([event('a')], 'an earlier daemon')
    const applied: string[] = []
    const guard = new CrashGuard({
      starts,
      process: async (events) => {
        if (events.some(({ externalId }) => externalId === 'slow')) throw new UnsettledEvents(events, died)
        applied.push(...events.map(({ externalId }) => externalId))
      },
      putAside: async () => {},
      daemonId: 'daemon-1',
    })
    const failure = await guard
      .process(['a', 'slow', 'b'].map(event), [{ shard: 1, epoch: '1' }])
      .catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(UnsettledEvents)
    expect((failure as UnsettledEvents).events.map(({ externalId }) => externalId)).to.deep.equal(['slow'])
    expect(applied).to.deep.equal(['a', 'b'])
  })

  it('tries an event with all that can be left out before it gives it up', async () => {
    const starts = new MemoryStarts()
    const log: string[] = []
    const next = (n: number) =>
      new CrashGuard({
        // A process that dies writes nothing any more.
        starts: {
          deaths: async (...of) => starts.deaths(...of),
          begin: async (...of) => starts.begin(...of),
          end: async () => {},
        },
        process: async () => {
          log.push('process')
          throw died
        },
        processCarefully: async (_event, _leases, { code, message }) => void log.push(`${code} ${message}`),
        putAside: async () => void log.push('aside'),
        daemonId: `daemon-${n}`,
      })
    for (const n of [1, 2, 3])
      await next(n)
        .process([event('e')], [{ shard: 1, epoch: String(n) }])
        .catch(() => {})
    expect(log).to.deep.equal([
      'process',
      'process',
      'NX-EVENT-KILLS 2 processes died while they applied this event',
    ])
  })
})
