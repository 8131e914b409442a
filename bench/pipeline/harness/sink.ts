import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveRequests } from './child-process.ts'
import { leadIndex } from './lead-events.ts'
import type { LeadEvents } from './lead-events.ts'
import { monotonicMs } from './monotonic-ms.ts'

/** What the other side saw of one phase. */
export interface SinkCount {
  /** Leads that were heard of. */
  readonly distinct: number
  /** Calls beyond a lead's first. */
  readonly repeated: number
  /** Calls about no lead of the phase, or without a readable body. */
  readonly strange: number
  readonly lastHitMs: number
}

const body = JSON.stringify({ ok: true })

let phase = ''
let hits = new Uint16Array(0)
let arrivedMs = new Float64Array(0)
let distinct = 0
let repeated = 0
let strange = 0
let lastHitMs = 0

/** The vendor at the other end: `POST /hit {lead, score}` is noted with its time and answered at once. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    note(Buffer.concat(chunks))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
    response.end(body)
  })
})

function note(received: Buffer): void {
  lastHitMs = monotonicMs()
  const index = leadIndex(phase, leadOf(received))
  if (index === null || index >= hits.length) {
    strange += 1
    return
  }
  hits[index] = (hits[index] ?? 0) + 1
  if (hits[index] > 1) {
    repeated += 1
    return
  }
  arrivedMs[index] = lastHitMs
  distinct += 1
}

function leadOf(received: Buffer): string {
  try {
    const { lead } = JSON.parse(received.toString('utf8')) as { lead?: unknown }
    return typeof lead === 'string' ? lead : ''
  } catch {
    return ''
  }
}

const handlers = {
  listen: async (_: null): Promise<number> => {
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    return (server.address() as AddressInfo).port
  },

  /** Begins a phase: what was counted before is forgotten. */
  expect: (events: LeadEvents): void => {
    phase = events.phase
    hits = new Uint16Array(events.count)
    arrivedMs = new Float64Array(events.count).fill(Number.NaN)
    distinct = repeated = strange = lastHitMs = 0
  },

  count: (_: null): SinkCount => ({ distinct, repeated, strange, lastHitMs }),

  /** When each lead was heard of first, monotonic ms, by lead index; NaN when it was not. */
  arrivals: (_: null): Float64Array => arrivedMs,
}

export type SinkHandlers = typeof handlers

serveRequests(handlers)
