import { NxError } from '../../../kernel/errors.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { findDataProblem, textProblem } from '../../../messaging/events/event-data.ts'
import { defaultHorizonMs, toIncoming } from '../../../messaging/intake/event-draft.ts'
import type { IncomingEvent } from '../../../messaging/intake/event-intake.ts'
import { readKeyPrefix } from '../../../messaging/intake/sighting.ts'
import { momentOfItem } from '../reading/next-page.ts'
import { mapPayload } from '../webhooks/map-payload.ts'
import { payloadMatches } from '../webhooks/payload/payload-match.ts'
import { sightingOf } from '../webhooks/sighting-of.ts'
import type { CompiledEmit, CompiledStream } from './compile-reconcile.ts'

export interface ItemsContext {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
  readonly connection: JsonObject
  /** What happened before is not told. */
  readonly sinceMs: number
  readonly now: Date
}

/** What the items of a read tell, in the order in which it happened. */
export interface ItemEvents {
  readonly events: readonly IncomingEvent[]
  /** Items that told something and could not be made an event of, with why. */
  readonly unmapped: readonly string[]
}

type Told = { readonly atMs: number; readonly event: IncomingEvent }

/** Makes of items the events that webhooks would have made of them. Pure but for the ids. */
export function eventsOfItems(
  stream: CompiledStream,
  items: readonly JsonValue[],
  context: ItemsContext,
): ItemEvents {
  const told: Told[] = []
  const unmapped: string[] = []
  for (const item of items) {
    if (!isJsonObject(item)) {
      unmapped.push('an item is no object')
      continue
    }
    if (stream.definition.take !== undefined && !payloadMatches(item, stream.definition.take)) continue
    for (const emit of stream.emits) {
      const one = toldBy(stream, emit, item, context)
      if (typeof one === 'string') unmapped.push(`${emit.emit.as}: ${one}`)
      else if (one !== null) told.push(one)
    }
  }
  const events = told.toSorted((one, other) => one.atMs - other.atMs).map(({ event }) => event)
  return { events, unmapped }
}

/** null: it did not happen in the time that is read; text: why there is no event of it. */
function toldBy(
  stream: CompiledStream,
  { emit, key, mapping }: CompiledEmit,
  item: JsonObject,
  context: ItemsContext,
): Told | string | null {
  const atMs = momentOfItem(item, emit.at)
  if (atMs === null || atMs < 0 || atMs >= 253_402_300_800_000) return `'${emit.at}' is no moment`
  if (atMs < context.sinceMs) return null
  const problem = findDataProblem(item, 'item')
  if (problem !== null) return `${problem.path} ${problem.message}`
  return rendered(() => {
    const { connection, integration, tenantId, workspace, now } = context
    const body = (stream.payload?.render({ item, connection }) ?? item) as JsonObject
    const scope = { body, parent: null, joined: undefined, connection, headers: {} }
    const externalId = key.render({ item })
    if (typeof externalId !== 'string' || externalId.length > 200 || textProblem(externalId, '') !== null)
      return 'its key is no text of 1 to 200 characters'
    const mapped = mapPayload(mapping, scope, { envelope: stream.webhook.definition.envelope, integration })
    if (mapped.state === 'unmappable') return mapped.reason
    const at = new Date(Math.min(atMs, now.getTime()))
    const sighting = sightingOf(mapping, scope, mapped.data, at, 'read')
    if (sighting === null) return 'what it tells of has no id'
    const draft = {
      type: mapping.mapping.emit,
      subject: mapped.subject,
      data: mapped.data,
      source: `integration/${integration}`,
      externalId: `${readKeyPrefix}${externalId}`,
      time: at.toISOString(),
      correlationId: null,
    }
    const incoming = toIncoming(draft, {
      tenantId,
      workspace,
      now,
      horizonMs: defaultHorizonMs,
      onConflict: 'first_counts',
    })
    return { atMs, event: { ...incoming, sighting } }
  })
}

function rendered(render: () => Told | string): Told | string {
  try {
    return render()
  } catch (error) {
    if (error instanceof NxError) return error.detail ?? error.message
    throw error
  }
}
