import { derivedId } from '../../src/kernel/ids.ts'
import { activityTypes } from './bench-config.ts'
import type { RecordedEvent, RecordedItem, Recording } from '../../src/sales-core/backtest/recorded-events.ts'

const startMs = Date.parse('2026-03-02T08:00:00Z')
const words = ['price', 'hello', 'when can we meet', 'please stop', 'what does it cost', 'thanks']
const countries = ['AE', 'DE', 'GB', 'US', 'FR']
const batchSize = 1_000

/** Events about `entities` leads, each first created and then active; the same every time it is read. */
export function syntheticRecording(events: number, entities: number): Recording {
  return {
    read: async function* () {
      for (let from = 0; from < events; from += batchSize) {
        const size = Math.min(batchSize, events - from)
        yield await Promise.resolve(
          Array.from({ length: size }, (_, index) => itemAt(from + index, entities)),
        )
      }
    },
  }
}

function itemAt(index: number, entities: number): RecordedItem {
  const lead = index % entities
  const turn = Math.floor(index / entities)
  const id = derivedId('bench', String(index))
  const at = new Date(startMs + index * 500).toISOString()
  const event: RecordedEvent = {
    id,
    tenantId: '00000000-0000-8000-8000-000000000000',
    workspace: 'default',
    type: turn === 0 ? 'lead.created' : `activity.a${(turn * 7 + lead) % activityTypes}`,
    subject: { kind: 'lead', id: String(lead) },
    source: 'bench',
    externalId: id,
    time: at,
    data: dataAt(index, turn),
    origin: 'external',
    correlationId: id,
    causationId: null,
    rootId: id,
    depth: 0,
    entitySeq: turn + 1,
    acceptedAt: at,
  }
  return { state: 'event', event }
}

function dataAt(index: number, turn: number): RecordedEvent['data'] {
  if (turn === 0)
    return {
      name: `Lead ${index}`,
      country: countries[index % countries.length] ?? 'AE',
      budget: (index * 37) % 9_000,
    }
  return {
    text: words[index % words.length] ?? '',
    direction: index % 5 === 0 ? 'outbound' : 'inbound',
    amount: (index * 13) % 600,
  }
}
