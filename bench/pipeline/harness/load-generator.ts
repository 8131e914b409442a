import { Pool } from 'undici'
import { serveRequests } from './child-process.ts'
import { requestBodies } from './lead-events.ts'
import type { LeadEvents } from './lead-events.ts'
import { monotonicMs } from './monotonic-ms.ts'

/** Where the events go. */
export interface Target {
  readonly origin: string
  /** The Authorization header; null when the system asks for none. */
  readonly authorization: string | null
}

interface FloodInput extends LeadEvents {
  readonly target: Target
  readonly batch: number
  readonly connections: number
}

interface PaceInput extends LeadEvents {
  readonly target: Target
  readonly perSecond: number
}

/** Requests that were not answered with 202, and how the first of them was answered. */
export interface Failures {
  count: number
  first: string | null
}

interface FloodResult {
  readonly firstPostMs: number
  readonly lastAnswerMs: number
  readonly failures: Failures
}

interface PaceResult {
  /** When each event's turn was, monotonic ms, by lead index. */
  readonly dueMs: Float64Array
  /** When each event's 202 was read; NaN when there was none. */
  readonly acceptedMs: Float64Array
  readonly failures: Failures
}

const handlers = {
  /** As fast as the connections allow: each sends its next batch when the last one was answered. */
  flood: async (input: FloodInput): Promise<FloodResult> => {
    const bodies = requestBodies(input, input.batch)
    const failures: Failures = { count: 0, first: null }
    await using opened = new AsyncDisposableStack()
    const pool = openPool(input.target, input.connections, opened)
    let next = 0
    const connection = async (): Promise<void> => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        await post(pool, input.target, body, failures)
      }
    }
    const firstPostMs = monotonicMs()
    await Promise.all(Array.from({ length: input.connections }, connection))
    return { firstPostMs, lastAnswerMs: monotonicMs(), failures }
  },

  /** One event a request at a steady rate, whatever the answers take. Times count from when an event's turn was. */
  pace: async (input: PaceInput): Promise<PaceResult> => {
    const bodies = requestBodies(input, 1)
    const failures: Failures = { count: 0, first: null }
    await using opened = new AsyncDisposableStack()
    const pool = openPool(input.target, paceConnections, opened)
    const dueMs = new Float64Array(input.count)
    const acceptedMs = new Float64Array(input.count).fill(Number.NaN)
    const sent: Promise<void>[] = []
    const startMs = monotonicMs()
    for (const [index, body] of bodies.entries()) {
      const due = startMs + (index * 1_000) / input.perSecond
      dueMs[index] = due
      const waitMs = due - monotonicMs()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      sent.push(
        post(pool, input.target, body, failures).then((accepted) => {
          if (accepted) acceptedMs[index] = monotonicMs()
        }),
      )
    }
    await Promise.all(sent)
    return { dueMs, acceptedMs, failures }
  },
}

export type LoadGeneratorHandlers = typeof handlers

/** Enough that a request never waits for a connection at the rates measured. */
const paceConnections = 32
const answerMsMax = 60_000

function openPool(target: Target, connections: number, opened: AsyncDisposableStack): Pool {
  const pool = new Pool(target.origin, {
    connections,
    pipelining: 1,
    headersTimeout: answerMsMax,
    bodyTimeout: answerMsMax,
  })
  opened.defer(async () => await pool.close())
  return pool
}

async function post(pool: Pool, target: Target, body: Buffer, failures: Failures): Promise<boolean> {
  const failed = (how: string): false => {
    failures.count += 1
    failures.first ??= how.slice(0, 500)
    return false
  }
  try {
    const answer = await pool.request({
      method: 'POST',
      path: '/v1/events',
      headers: {
        'content-type': 'application/cloudevents-batch+json',
        ...(target.authorization === null ? {} : { authorization: target.authorization }),
      },
      body,
    })
    const text = await answer.body.text()
    return answer.statusCode === 202 || failed(`${answer.statusCode} ${text}`)
  } catch (error) {
    return failed(String(error))
  }
}

serveRequests(handlers)
