import pg from 'pg'
import type { DaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import { timerDueType } from '../../../src/sales-core/processing/decision-store.ts'
import { serveRequests } from '../../pipeline/harness/child-process.ts'
import { monotonicMs } from '../../pipeline/harness/monotonic-ms.ts'
import { cloneSleepers } from './clone-sleepers.ts'
import { openParts, put } from './open-parts.ts'
import type { NeuronxStart } from './open-parts.ts'

export interface BurstStart extends NeuronxStart {
  readonly quietTenantId: string
}

/** What the process of the burst answers. */
export type BurstHandlers = {
  readonly start: (start: BurstStart) => Promise<void>
  readonly sleepers: (count: number) => Promise<void>
  /** The quiet tenant's events for so long; with `burst`, until so many have woken. Milliseconds from put in to committed. */
  readonly steady: (load: {
    seconds: number
    burst: number
  }) => Promise<{ ms: number[]; drainSeconds: number }>
}

const perSecond = 50
const leads = 200
const everyMs = 20
const sent = new Map<string, number>()
let samples: number[] = []
let woken = 0
let options: BurstStart
let parts: DaemonParts
let events = 0

async function send(): Promise<void> {
  events += 1
  const id = `seen-${events}`
  sent.set(id, monotonicMs())
  await put(parts, options.quietTenantId, [
    { id, type: 'lead.seen', lead: `quiet-${events % leads}`, data: {} },
  ])
}

async function owner(): Promise<pg.Client> {
  const client = new pg.Client(options.ownerUrl)
  await client.connect()
  return client
}

const handlers: BurstHandlers = {
  start: async (start) => {
    options = start
    const opened = await openParts(start, ({ type, externalId, tenantId }) => {
      const at = sent.get(externalId)
      if (type === timerDueType && tenantId === start.tenantId) woken += 1
      else if (at !== undefined) {
        sent.delete(externalId)
        samples.push(monotonicMs() - at)
      }
    })
    parts = opened.parts
    for (const part of [parts.directory, parts.owner, parts.relay, parts.consumer, parts.timers])
      await part.start()
    const data = { name: 'Ada', email: 'a@example.com', phone: '1', source: 'web', message: 'Hi' }
    await put(parts, start.tenantId, [{ id: 'model', type: 'lead.created', lead: 'model', data }])
  },
  sleepers: async (count) => {
    const client = await owner()
    const { tenantId } = options
    const wakeAt = `now() + interval '1 day'`
    await cloneSleepers(client, { tenantId, count, prefix: 'burst-', wakeAt }, { tenantId, lead: 'model' })
    await client.end()
  },
  steady: async ({ seconds, burst }) => {
    samples = []
    woken = 0
    if (burst > 0) {
      const client = await owner()
      await client.query(
        `update neuronx.workflow_instance set wake_at = clock_timestamp(),
           state = jsonb_set(state, '{wait,until}', to_jsonb(to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
         where entity_key like 'default/lead/burst-%'`,
      )
      await client.end()
    }
    const began = monotonicMs()
    const puts: Promise<void>[] = []
    const isOver = (): boolean => (burst > 0 ? woken >= burst : monotonicMs() - began >= seconds * 1_000)
    while (!isOver()) {
      const due = ((monotonicMs() - began) / 1_000) * perSecond
      while (puts.length < due) puts.push(send())
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    const drainSeconds = (monotonicMs() - began) / 1_000
    await Promise.all(puts)
    while (sent.size > 0) await new Promise((resolve) => setTimeout(resolve, everyMs))
    return { ms: samples, drainSeconds }
  },
}

serveRequests(handlers)
