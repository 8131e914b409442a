import { pause } from '../system/writers.ts'
import type { FaultSystem } from '../system/fault-system.ts'
import type { Fault } from './fault.ts'
import { replayStream } from './replay-stream.ts'

/** F11, F14, F16: what comes in that should not, again, or all at once. */
export const sourceFaults: readonly Fault[] = [
  {
    id: 'F14',
    name: 'producers_repeat',
    family: 'source',
    weight: 2,
    run: async (system, random) => {
      const sent = await Promise.all(
        system.writers.map(async (writer) => await writer.storm(random.whole(10, 60))),
      )
      return { note: `${sent.reduce((sum, one) => sum + one, 0)} requests` }
    },
  },
  {
    id: 'F14',
    name: 'stream_replayed_three_times',
    family: 'source',
    weight: 1,
    run: async (system, random) => {
      const { sent, unreadable } = await replayStream(system, 3, random)
      return { note: `${sent} messages${unreadable === 0 ? '' : `, ${unreadable} were unreadable`}` }
    },
  },
  {
    id: 'F11',
    name: 'poison',
    family: 'source',
    weight: 1,
    run: async (system, random) => {
      const subject = `lead/${random.whole(1, 50)}`
      const statuses = []
      for (const body of poisonBodies(subject, random.whole(1, 1_000_000_000)))
        statuses.push(await post(system, body))
      return { note: statuses.join(' ') }
    },
  },
]

/** Data of the wrong type, a type that nobody knows, no JSON, 8 MB. None of it carries a counter that asks for anything. */
function poisonBodies(subject: string, nth: number): readonly string[] {
  const head = { specversion: '1.0', source: 'poison', subject }
  return [
    JSON.stringify({ ...head, id: `p-${nth}`, type: 'lead.touched', data: { keyed: 'maybe', bare: 7 } }),
    JSON.stringify({ ...head, id: `u-${nth}`, type: 'lead.exploded', data: { note: 'unknown' } }),
    '{"specversion": "1.0", "id": ',
    JSON.stringify({ ...head, id: `b-${nth}`, type: 'lead.exploded', data: { note: 'x'.repeat(8_000_000) } }),
  ]
}

async function post(system: FaultSystem, body: string): Promise<number | string> {
  const [url] = system.world.urls()
  if (url === undefined) return 'nobody'
  await pause(10)
  return await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents+json',
      authorization: `Bearer ${system.world.token}`,
    },
    body,
    signal: AbortSignal.timeout(10_000),
  }).then(
    ({ status }) => status,
    () => 'reset',
  )
}
