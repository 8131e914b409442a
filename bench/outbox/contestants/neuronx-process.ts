import pg from 'pg'
import type { DaemonParts } from '../../../src/app/daemon/daemon-parts.ts'
import { leadEvent, leadId } from '../../pipeline/harness/lead-events.ts'
import { CommitWatch } from '../commit-watch.ts'
import type { WorkDone } from '../outbox-contestant.ts'
import { openParts, put } from './open-parts.ts'
import type { NeuronxStart } from './open-parts.ts'
import { serveContestant } from './serve-contestant.ts'

const watch = new CommitWatch()
let options: NeuronxStart
let parts: DaemonParts

const insert = async (phase: string, from: number, count: number): Promise<void> => {
  const events = Array.from({ length: count }, (_, offset) => {
    const { id, data } = leadEvent(phase, from + offset) as { id: string; data: Record<string, string> }
    return { id, type: 'lead.created', lead: leadId(phase, from + offset), data }
  })
  await put(parts, options.tenantId, events)
}

let working: Promise<void> | null = null

/** Relay, bus, consumer and decision as the daemon wires them; commands stay in their queue. */
const work = async (): Promise<void> => {
  working ??= (async () => {
    for (const part of [parts.directory, parts.owner, parts.relay, parts.consumer]) await part.start()
  })()
  await working
}

serveContestant<NeuronxStart>({
  watch,
  insert,
  work,
  start: async (start: NeuronxStart): Promise<void> => {
    options = start
    parts = await openParts(start, ({ externalId }) => watch.committed(externalId))
  },
  count: async (): Promise<WorkDone> => {
    const client = new pg.Client(options.ownerUrl)
    await client.connect()
    const { rows } = await client.query<WorkDone>(
      `select (select count(*) from neuronx.decision)::integer as events, (select count(*) from neuronx.entity)::integer as states,
         (select count(*) from neuronx.command)::integer as commands`,
    )
    await client.end()
    return rows[0] ?? { events: 0, states: 0, commands: 0 }
  },
})
