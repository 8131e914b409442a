import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { DaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import { timerDueType } from '../../../src/sales-core/processing/decision-store.ts'
import { CommitWatch } from '../../outbox/commit-watch.ts'
import { openParts, put } from '../../outbox/contestants/open-parts.ts'
import type { NeuronxStart } from '../../outbox/contestants/open-parts.ts'
import { serveContestant } from '../../outbox/contestants/serve-contestant.ts'
import type { WorkDone } from '../../outbox/outbox-contestant.ts'
import { leadEvent, leadId } from '../../pipeline/harness/lead-events.ts'

const watch = new CommitWatch()
/** Of the leads that go to sleep. */
const asleep = new CommitWatch()
let options: NeuronxStart
let parts: DaemonParts
let preloaded = 0
let begun = false

/** Leads come in and their workflows go to sleep on the usual way; then the time of all waits is over. */
const insert = async (phase: string, from: number, count: number): Promise<void> => {
  if (!begun)
    for (const part of [parts.directory, parts.owner, parts.relay, parts.consumer]) await part.start()
  begun = true
  const events = Array.from({ length: count }, (_, offset) => {
    const { id, data } = leadEvent(phase, from + offset) as { id: string; data: Record<string, string> }
    return { id, type: 'lead.created', lead: leadId(phase, from + offset), data }
  })
  await put(parts, options.tenantId, events)
  preloaded += count
  await asleep.until(preloaded)
}

/** The daemon lets fewer wake at once while events come in from outside, and for a while after: it wakes them as fast as it can when none do. */
const quietMs = 6_000

const makeDue = async (): Promise<void> => {
  const client = new pg.Client(options.ownerUrl)
  await client.connect()
  await client.query(
    `update neuronx.workflow_instance
       set state = jsonb_set(state, '{wait,until}', to_jsonb(to_char((now() - interval '1 minute') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
     update neuronx.workflow_timer set wake_at = clock_timestamp() - interval '1 minute'`,
  )
  await client.query('vacuum analyze neuronx.workflow_instance')
  await client.query('vacuum analyze neuronx.workflow_timer')
  await client.end()
  await pause(quietMs)
}

serveContestant<NeuronxStart>({
  watch,
  insert,
  untilDue: makeDue,
  work: async () => await parts.timers.start(),
  start: async (start) => {
    options = start
    parts = await openParts(start, ({ type, externalId }) =>
      (type === timerDueType ? watch : asleep).committed(externalId),
    )
  },
  count: async (): Promise<WorkDone> => {
    const client = new pg.Client(options.ownerUrl)
    await client.connect()
    const { rows } = await client.query<WorkDone>(
      `select (select count(*) from neuronx.decision where event_type = 'timer.due')::integer as events,
         (select count(*) from neuronx.workflow_timer where seq = 2 and wake_at > now())::integer as states,
         (select count(*) from neuronx.command)::integer as commands`,
    )
    await client.end()
    return rows[0] ?? { events: 0, states: 0, commands: 0 }
  },
})
