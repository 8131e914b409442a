import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { derivedId } from '../../kernel/ids.ts'
import { parseCloudEvent } from '../../messaging/events/cloud-event.ts'
import type { EntityRef, EventOrigin } from '../../messaging/events/event.ts'
import { decodeWireEvent } from '../../messaging/events/wire-event.ts'
import { externalEvent } from '../../messaging/intake/event-draft.ts'
import type { RecordedEvent, RecordedItem, Recording } from '../../sales-core/backtest/recorded-events.ts'
import { recordingBatchMax } from '../../sales-core/backtest/recorded-events.ts'

/** The longest line of a recording, bytes. */
export const recordingLineBytesMax = 1024 * 1024

/**
 * A recording in a file, one event a line: what `event tail --json` prints, events as they go on the bus, or plain CloudEvents. A plain
 * CloudEvent has no place in its entity's order; the order of the lines counts. `lines` opens the file anew each time.
 */
export function fileRecording(
  lines: () => AsyncIterable<string>,
  given: { readonly tenantId: string; readonly workspace: string },
): Recording {
  return {
    read: async function* () {
      let batch: RecordedItem[] = []
      let line = 0
      for await (const text of lines()) {
        line += 1
        if (text.trim() === '') continue
        const event = eventOfLine(text, given)
        batch.push(
          event === null ? { state: 'unreadable', place: `line ${line}` } : { state: 'event', event },
        )
        if (batch.length === recordingBatchMax) {
          yield batch
          batch = []
        }
      }
      if (batch.length > 0) yield batch
    },
  }
}

function eventOfLine(
  text: string,
  given: { readonly tenantId: string; readonly workspace: string },
): RecordedEvent | null {
  try {
    const value: unknown = JSON.parse(text)
    if (!isJsonObject(value)) return null
    if (isJsonObject(value['subject'])) return printedEvent(value)
    if (typeof value['entityseq'] === 'number') return decodeWireEvent(text)
    return plainEvent(value, given)
  } catch {
    // Which line it was is what the caller can use; the content may be personal.
    return null
  }
}

/** A line of `event tail --json`. */
function printedEvent(value: JsonObject): RecordedEvent | null {
  const texts = [
    'id',
    'tenantId',
    'workspace',
    'type',
    'source',
    'externalId',
    'time',
    'origin',
    'correlationId',
    'rootId',
    'acceptedAt',
  ]
  const { subject, data, depth, entitySeq, causationId, only } = value
  if (texts.some((name) => typeof value[name] !== 'string') || !isJsonObject(subject) || !isJsonObject(data))
    return null
  if (typeof subject['kind'] !== 'string' || typeof subject['id'] !== 'string' || typeof depth !== 'number')
    return null
  if (Number.isNaN(Date.parse(String(value['acceptedAt'])))) return null
  const of = (name: string): string => String(value[name])
  return {
    id: of('id'),
    tenantId: of('tenantId'),
    workspace: of('workspace'),
    type: of('type'),
    subject: subject as unknown as EntityRef,
    source: of('source'),
    externalId: of('externalId'),
    time: of('time'),
    data,
    origin: of('origin') as EventOrigin,
    correlationId: of('correlationId'),
    causationId: typeof causationId === 'string' ? causationId : null,
    rootId: of('rootId'),
    depth,
    ...(typeof only === 'string' ? { only } : {}),
    entitySeq: typeof entitySeq === 'number' ? entitySeq : null,
    acceptedAt: of('acceptedAt'),
  }
}

/** Without a time there is no telling when it happened: such an event is not readable as a recorded one. */
function plainEvent(
  value: JsonObject,
  given: { readonly tenantId: string; readonly workspace: string },
): RecordedEvent | null {
  const { draft, workspace } = parseCloudEvent(value)
  if (draft.time === null) return null
  const owner = { tenantId: given.tenantId, workspace: workspace ?? given.workspace }
  const id = derivedId('recorded', draft.source, draft.externalId)
  return {
    ...externalEvent(draft, { ...owner, id, time: draft.time }),
    entitySeq: null,
    acceptedAt: draft.time,
  }
}
