import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveRequests } from '../pipeline/harness/child-process.ts'
import { leadIndex } from '../pipeline/harness/lead-events.ts'
import type { LeadEvents } from '../pipeline/harness/lead-events.ts'
import { monotonicMs } from '../pipeline/harness/monotonic-ms.ts'

/** How long `/slow` takes to answer, milliseconds. */
const slowMs = 10_000

/** What every connector under test wants to find in an answer. */
const body = JSON.stringify({
  messageId: 'message-1',
  conversationId: 'conversation-1',
  sid: 'SM00000000000000000000000000000001',
  status: 'queued',
  messages: [{ id: 'wamid.1', message_status: 'accepted' }],
})
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }

let phase = ''
let arrivedMs = new Float64Array(0)
let heard = 0
let repeated = 0
let slow = 0

/** `POST /quick/<lead>` is noted with its time; `/slow` is answered late; everything is answered well. */
const server = createServer({ keepAlive: true }, (request, response) => {
  request.resume()
  request.on('end', () => {
    const url = request.url ?? ''
    const answer = (): void => void response.writeHead(200, headers).end(body)
    if (url.startsWith('/slow')) {
      slow += 1
      setTimeout(answer, slowMs)
      return
    }
    if (url.startsWith('/quick/')) note(url.slice('/quick/'.length))
    answer()
  })
})

function note(lead: string): void {
  const index = leadIndex(phase, lead)
  if (index === null || index >= arrivedMs.length) return
  heard += 1
  if (Number.isNaN(arrivedMs[index])) arrivedMs[index] = monotonicMs()
  else repeated += 1
}

const handlers = {
  listen: async (_: null): Promise<string> => {
    await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  },

  /** Begins a phase: what was heard before is forgotten. */
  expect: (leads: LeadEvents): void => {
    phase = leads.phase
    arrivedMs = new Float64Array(leads.count).fill(Number.NaN)
    heard = repeated = slow = 0
  },

  /** `slow`: calls that are, or were, answered late. */
  count: (_: null): { heard: number; repeated: number; slow: number } => ({ heard, repeated, slow }),

  /** When each lead was heard of first, monotonic ms, by lead index; NaN when it was not. */
  arrivals: (_: null): Float64Array => arrivedMs,
}

export type VendorHandlers = typeof handlers

serveRequests(handlers)
