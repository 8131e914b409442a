import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { insertCommands } from '../../src/adapters/postgres/commands/insert-commands.ts'
import { openPool } from '../../src/adapters/postgres/connection/pool.ts'
import { inTenants, withRetries } from '../../src/adapters/postgres/connection/transaction.ts'
import type { DaemonParts } from '../../src/app/daemon/daemon-parts.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import type { Command } from '../../src/messaging/commands/command.ts'
import { openParts } from '../outbox/contestants/open-parts.ts'
import type { NeuronxStart } from '../outbox/contestants/open-parts.ts'
import { serveRequests } from '../pipeline/harness/child-process.ts'
import { leadId } from '../pipeline/harness/lead-events.ts'
import { monotonicMs } from '../pipeline/harness/monotonic-ms.ts'

/** What the process with the dispatcher answers. */
export type DispatchHandlers = {
  /** Opens the daemon's parts; its dispatcher, gate and executor work from now on. */
  readonly start: (start: NeuronxStart) => Promise<void>
  /** So many commands, all of them due at once; until all are written down as done. CPU seconds are of this process. */
  readonly drain: (phase: { phase: string; count: number }) => Promise<{ ms: number; cpuSeconds: number }>
  /** Commands to the quick vendor at a steady rate, with so many to the slow one before them. When each was put in, monotonic ms. */
  readonly steady: (load: {
    phase: string
    perSecond: number
    seconds: number
    slow: number
  }) => Promise<Float64Array>
  /** Until nothing is under way or waits. */
  readonly quiet: (_: null) => Promise<void>
}

const insertMax = 1_000
/** What writing one command takes at most. */
const insertMsMax = 0.5
const everyMs = 10
/** After so long without an end, something is lost. */
const patienceMs = 60_000

let options: NeuronxStart
let parts: DaemonParts
let pool: pg.Pool
let wanted = 0

const handlers: DispatchHandlers = {
  start: async (start) => {
    options = start
    parts = await openParts(start, () => {})
    pool = openPool({
      ...{
        url: start.databaseUrl,
        role: 'neuronx_app',
        max: 4,
        applicationName: 'bench',
        logger: silentLogger,
      },
      ...{ connectTimeoutMs: 5_000, statementTimeoutMs: 60_000, idleInTransactionTimeoutMs: 60_000 },
    })
    for (const part of [parts.directory, parts.dispatcher]) await part.start()
  },
  drain: async ({ phase, count }) => {
    // Not due before all of them wait: the dispatcher would work on the first while the last are written.
    const dueMs = systemClock.now().getTime() + 2_000 + count * insertMsMax
    for (let from = 0; from < count; from += insertMax)
      await put('quick', phase, from, Math.min(insertMax, count - from), new Date(dueMs))
    await pause(dueMs - systemClock.now().getTime())
    const before = process.cpuUsage()
    const began = monotonicMs()
    await untilDone()
    const { user, system } = process.cpuUsage(before)
    return { ms: monotonicMs() - began, cpuSeconds: (user + system) / 1e6 }
  },
  steady: async ({ phase, perSecond, seconds, slow }) => {
    if (slow > 0) {
      await put('slow', `${phase}-slow`, 0, slow)
      parts.dispatcher.wake()
    }
    const count = perSecond * seconds
    const sentMs = new Float64Array(count)
    const began = monotonicMs()
    const puts: Promise<void>[] = []
    for (let next = 0; next < count; await pause(everyMs)) {
      const due = Math.min(count, Math.floor(((monotonicMs() - began) / 1_000) * perSecond))
      if (due <= next) continue
      const [from, many] = [next, due - next]
      next = due
      sentMs.fill(monotonicMs(), from, from + many)
      puts.push(put('quick', phase, from, many).then(() => parts.dispatcher.wake()))
    }
    await Promise.all(puts)
    return sentMs
  },
  quiet: async () => await untilDone(),
}

async function put(
  integration: string,
  phase: string,
  from: number,
  count: number,
  due = systemClock.now(),
): Promise<void> {
  wanted += count
  const { tenantId } = options
  const commands = Array.from({ length: count }, (_, offset) =>
    commandFor(integration, tenantId, leadId(phase, from + offset), due),
  )
  await withRetries(pool, async () =>
    inTenants(pool, [tenantId], async (client) =>
      insertCommands(
        client,
        commands.map((command) => ({ command })),
      ),
    ),
  )
}

function commandFor(integration: string, tenantId: string, lead: string, due: Date): Command {
  const id = newId()
  return {
    id,
    tenantId,
    workspace: 'default',
    entityKey: `default/lead/${lead}`,
    eventId: id,
    rootId: id,
    correlationId: id,
    depth: 0,
    cause: 'RuleSet/bench#rule',
    instanceId: null,
    integration,
    operation: 'hit',
    input: { lead },
    idempotencyKey: id,
    priority: 'normal',
    repeatable: 'yes',
    dueAt: due.toISOString(),
    routeResult: false,
    parentId: null,
  }
}

/** Throws when for a long time nothing has ended. */
async function untilDone(): Promise<void> {
  const { dispatcher } = parts
  let seen = -1
  let seenMs = monotonicMs()
  while (dispatcher.counters.succeeded < wanted || dispatcher.inFlight > 0) {
    if (dispatcher.counters.succeeded !== seen) {
      seen = dispatcher.counters.succeeded
      seenMs = monotonicMs()
    }
    if (monotonicMs() - seenMs > patienceMs)
      throw new Error(`${seen} of ${wanted} commands ended well: ${JSON.stringify(dispatcher.counters)}`)
    await pause(everyMs)
  }
}

serveRequests(handlers)
