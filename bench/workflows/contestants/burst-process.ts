import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { DaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import { timerDueType } from '../../../src/sales-core/processing/decision-store.ts'
import { openParts, put } from '../../outbox/contestants/open-parts.ts'
import type { NeuronxStart } from '../../outbox/contestants/open-parts.ts'
import { serveRequests } from '../../pipeline/harness/child-process.ts'
import { monotonicMs } from '../../pipeline/harness/monotonic-ms.ts'
import { cloneSleepers } from './clone-sleepers.ts'

export interface BurstStart extends NeuronxStart {
  readonly quietTenantId: string
}

/** What the process of the burst answers. */
export type BurstHandlers = {
  readonly start: (start: BurstStart) => Promise<void>
  readonly sleepers: (count: number) => Promise<void>
  /** The quiet tenant's events for so long; with `burst`, until so many have woken or none does any more. Milliseconds from put in to committed. */
  readonly steady: (load: {
    seconds: number
    burst: number
  }) => Promise<{ ms: number[]; drainSeconds: number; failures: string[] }>
}

const perSecond = 50
const leads = 200
const everyMs = 20
/** After so long without a wake, or for an event, it is lost. */
const patienceMs = 60_000
const sent = new Map<string, number>()
let samples: number[] = []
let woken = 0
/** When the last did. */
let wokenMs = 0
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
    parts = await openParts(start, ({ type, externalId, tenantId }) => {
      const at = sent.get(externalId)
      if (type === timerDueType && tenantId === start.tenantId) {
        woken += 1
        wokenMs = monotonicMs()
      }
      if (at !== undefined) {
        sent.delete(externalId)
        samples.push(monotonicMs() - at)
      }
    })
    for (const part of [parts.directory, parts.owner, parts.relay, parts.consumer, parts.timers])
      await part.start()
    const data = { name: 'Ada', email: 'a@example.com', phone: '1', source: 'web', message: 'Hi' }
    await put(parts, start.tenantId, [{ id: 'model', type: 'lead.created', lead: 'model', data }])
  },
  sleepers: async (count) => {
    const { ownerUrl, tenantId } = options
    const wakeAt = `now() + interval '1 day'`
    await cloneSleepers(ownerUrl, { tenantId, count, prefix: 'burst-', wakeAt }, 'model')
  },
  steady: async ({ seconds, burst }) => {
    samples = []
    woken = 0
    if (burst > 0) {
      const client = await owner()
      await client.query(
        `begin;
         update neuronx.workflow_instance
           set state = jsonb_set(state, '{wait,until}', to_jsonb(to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
         where entity_key like 'default/lead/burst-%';
         update neuronx.workflow_timer set wake_at = now() where entity_key like 'default/lead/burst-%';
         commit`,
      )
      await client.end()
    }
    const began = monotonicMs()
    const puts: Promise<void>[] = []
    wokenMs = began
    const isOver = (): boolean =>
      burst > 0
        ? woken >= burst || monotonicMs() - wokenMs > patienceMs
        : monotonicMs() - began >= seconds * 1_000
    while (!isOver()) {
      const due = ((monotonicMs() - began) / 1_000) * perSecond
      while (puts.length < due) puts.push(send())
      await pause(everyMs)
    }
    const drainSeconds = (monotonicMs() - began) / 1_000
    await Promise.all(puts)
    const lostMs = monotonicMs() + patienceMs
    while (sent.size > 0 && monotonicMs() < lostMs) await pause(everyMs)
    const failures = burst > 0 ? await wakeFailures(burst) : []
    if (sent.size > 0) failures.push(`${sent.size} events of ${puts.length} not committed`)
    sent.clear()
    return { ms: samples, drainSeconds, failures }
  },
}

async function wakeFailures(burst: number): Promise<string[]> {
  const client = await owner()
  const { rows } = await client.query<{ wakes: number }>(
    `select count(*)::integer as wakes from neuronx.decision where event_type = '${timerDueType}'`,
  )
  await client.end()
  const wakes = rows[0]?.wakes ?? 0
  return wakes === burst ? [] : [`${wakes} wakes of ${burst}`]
}

serveRequests(handlers)
