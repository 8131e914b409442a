import { sha256Hex, digestOf } from '../../../kernel/digest.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { NewDeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import { findDataProblem, textProblem } from '../../../messaging/events/event-data.ts'
import type { EntityRef } from '../../../messaging/events/event.ts'
import type { IncomingEvent, IntakeRequest } from '../../../messaging/intake/event-intake.ts'
import { defaultHorizonMs, toIncoming } from '../../../messaging/intake/event-draft.ts'
import type { CompiledTemplate } from '../template.ts'
import type { CompiledForm, CompiledWebhook } from './compile-webhook.ts'
import { invalidWebhook } from './invalid-webhook.ts'
import { mapPayload, mapReceipt, valueIn } from './map-payload.ts'
import type { PayloadScope } from './map-payload.ts'
import { payloadMatches } from './payload/payload-match.ts'
import { recognise } from './payload/recognise.ts'
import { sightingOf } from './sighting-of.ts'
import { shapeDiff } from './payload/shape-diff.ts'
import { splitPayload } from './payload/split-payload.ts'
import type { PayloadUnit } from './payload/split-payload.ts'
import { strangerReason } from './stranger-reason.ts'
import { readTimestamp, withinTolerance } from './signatures/replay-window.ts'
import type { SignedRequest } from './signatures/signed-request.ts'

/** An event of a request that tells of a message: `at` its place among the events. */
export interface Receipt {
  readonly at: number
  readonly messageId: string
}

export interface DeliveryContext {
  readonly tenantId: string
  readonly workspace: string
  readonly integration: string
  readonly connection: JsonObject
  readonly now: Date
  readonly horizonMs?: number
  /** null: it was let in before, however long ago it was sent. */
  readonly toleranceMs: number | null
  /** Do polls read what deliveries tell? */
  readonly isPolled: boolean
}

type Delivered = Pick<SignedRequest, 'headers' | 'body'>
type Unit =
  | { readonly event: IncomingEvent; readonly messageId?: string }
  | { readonly letter: NewDeadLetter }
  | { readonly nothing: true }
type Stale = { readonly stale: { readonly offByMs?: number } }

/**
 * Makes one request of a delivery: it is stored whole or not at all, each payload in it as an event or as a dead letter. `stale`: one
 * of its payloads was sent outside the window, so none is taken.
 */
export function translateDelivery(
  compiled: CompiledWebhook,
  request: Delivered,
  payload: JsonValue,
  context: DeliveryContext,
): { readonly request: IntakeRequest; readonly receipts: readonly Receipt[] } | Stale {
  const split = splitPayload(payload, compiled.definition.split)
  const writer = new UnitTranslator(compiled, request, payload, context)
  if ('refused' in split) return stored(context, [writer.dead('NX-HOOK-SHAPE', split.refused, payload)])
  const units: Unit[] = split.misshapen.map((whole) =>
    writer.dead('NX-HOOK-SHAPE', `There is nothing at '${compiled.definition.split?.path ?? ''}'`, whole),
  )
  for (const unit of split.units) {
    const translated = writer.translate(unit)
    if ('stale' in translated) return translated
    units.push(translated)
  }
  return stored(context, units)
}

function stored({ tenantId }: DeliveryContext, units: readonly Unit[]) {
  const events: IncomingEvent[] = []
  const receipts: Receipt[] = []
  for (const unit of units) {
    if (!('event' in unit)) continue
    if (unit.messageId !== undefined) receipts.push({ at: events.length, messageId: unit.messageId })
    events.push(unit.event)
  }
  const deadLetters = units.flatMap((unit) => ('letter' in unit ? [unit.letter] : []))
  return { request: { tenantId, events, deadLetters }, receipts }
}

/** Translates the payloads of one delivery. */
class UnitTranslator {
  readonly #compiled: CompiledWebhook
  readonly #request: Delivered
  readonly #payload: JsonValue
  readonly #context: DeliveryContext
  readonly #headers: JsonObject

  constructor(compiled: CompiledWebhook, request: Delivered, payload: JsonValue, context: DeliveryContext) {
    this.#compiled = compiled
    this.#request = request
    this.#payload = payload
    this.#context = context
    this.#headers = Object.fromEntries(
      [...compiled.readsHeaders].flatMap((name) => {
        const value = request.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
  }

  dead(code: string, reason: string, whole: JsonValue, diff?: JsonObject): Unit {
    const { tenantId, workspace, integration } = this.#context
    return {
      letter: invalidWebhook({
        tenantId,
        workspace,
        integration,
        code,
        reason,
        payload: whole,
        isWhole: whole === this.#payload,
        secrets: this.#compiled.secretMembers,
        keeps: this.#compiled.readsHeaders,
        ...(diff === undefined ? {} : { diff }),
        request: this.#request,
      }),
    }
  }

  translate(unit: PayloadUnit): Unit | Stale {
    const { body, part } = unit
    if (!isJsonObject(body)) return this.dead('NX-HOOK-SHAPE', 'The payload is not an object', unit.whole())
    const form =
      this.#compiled.versions.find(({ detect }) => payloadMatches(body, detect))?.form ?? this.#compiled.base
    const scope: PayloadScope = {
      body,
      parent: unit.parent,
      joined: unit.joined ?? undefined,
      connection: this.#context.connection,
      headers: this.#headers,
    }
    const sent = sentAt(form, scope)
    const stale = this.#staleness(form, sent)
    if (stale !== null) return { stale }
    const problem = findDataProblem(body, 'payload')
    if (problem !== null)
      return this.dead('NX-HOOK-UNMAPPABLE', `${problem.path} ${problem.message}`, unit.whole())
    const own = part === null ? undefined : this.#compiled.parts.get(part)
    const given = textOf(own?.type ?? form.type, scope)
    const isKnown =
      given !== null &&
      (form.mappings.has(given) || form.receipts.has(given) || this.#compiled.ignores.has(given))
    const known = recognise(body, given, isKnown, this.#compiled.definition.shapes ?? [])
    const type = known.state === 'by_shape' ? known.as : given
    const stranger = strangerReason(this.#compiled, type, scope)
    if (stranger !== null) return this.dead('NX-HOOK-ACCOUNT', stranger, unit.whole())
    if (known.state === 'ambiguous' || known.state === 'unknown' || type === null)
      return this.#unknown(given, known.state === 'ambiguous' ? known.as : [], form, unit)
    if (this.#compiled.ignores.has(type)) return { nothing: true }
    const id = own?.deliveryId ?? form.deliveryId
    const note =
      known.state === 'by_shape' && !known.isRegular ? { by: 'shape', as: type, type: given } : null
    return this.#mapped(type, { form, unit, scope, id, sent, note })
  }

  #mapped(
    type: string,
    payload: {
      readonly form: CompiledForm
      readonly unit: PayloadUnit
      readonly scope: PayloadScope
      readonly id: CompiledTemplate | null
      readonly sent: Date | null | undefined
      readonly note: JsonObject | null
    },
  ): Unit {
    const { form, unit, scope, id, sent, note } = payload
    const { integration } = this.#context
    const receipt = form.receipts.get(type)
    const mapping = form.mappings.get(type)
    const mapped =
      receipt !== undefined
        ? mapReceipt(receipt, scope, integration)
        : mapping !== undefined
          ? mapPayload(mapping, scope, { envelope: this.#compiled.definition.envelope, integration })
          : null
    if (mapped === null) return this.#unknown(type, [], form, unit)
    if (mapped.state === 'unmappable') {
      const diff = shapeDiff(
        unit.body,
        form.shapes.filter(({ when }) => when === type),
      )
      return this.dead('NX-HOOK-UNMAPPABLE', `${type.slice(0, 100)}: ${mapped.reason}`, unit.whole(), diff)
    }
    const emit = receipt === undefined ? (mapping?.mapping.emit ?? '') : `message.${receipt.receipt.state}`
    const data = note === null ? mapped.data : { ...mapped.data, recognised: note }
    const event = this.#incoming({ type: emit, subject: mapped.subject, data }, textOf(id, scope), unit, sent)
    if (event === null)
      return this.dead('NX-HOOK-UNMAPPABLE', 'What stands around the payload cannot be kept', unit.whole())
    const at = sent ?? this.#context.now
    const sighting =
      mapping === undefined || !this.#context.isPolled
        ? null
        : sightingOf(mapping, scope, mapped.data, at, 'delivery')
    const incoming = sighting === null ? event : { ...event, sighting }
    return mapped.messageId === undefined
      ? { event: incoming }
      : { event: incoming, messageId: mapped.messageId }
  }

  #incoming(
    draft: { readonly type: string; readonly subject: EntityRef; readonly data: JsonObject },
    id: string | null,
    unit: PayloadUnit,
    sent: Date | null | undefined,
  ): IncomingEvent | null {
    const { tenantId, workspace, integration, now, horizonMs } = this.#context
    const isKnown = id !== null && id.length <= 200 && textProblem(id, '') === null
    const hash = isKnown ? null : this.#hashOf(unit)
    if (!isKnown && hash === null) return null
    return toIncoming(
      {
        ...draft,
        source: `integration/${integration}`,
        externalId: isKnown ? id : `sha256:${hash ?? ''}`,
        time: sent?.toISOString() ?? null,
        correlationId: null,
      },
      {
        tenantId,
        workspace,
        now,
        horizonMs: isKnown ? (horizonMs ?? defaultHorizonMs) : this.#compiled.definition.hashHorizonMs,
        onConflict: 'dead_letter',
      },
    )
  }

  /** What it is known by when the vendor names no id. null: what stands around it cannot be kept. */
  #hashOf(unit: PayloadUnit): string | null {
    const whole = unit.whole()
    if (whole === this.#payload) return sha256Hex(this.#request.body)
    return findDataProblem(whole) === null ? digestOf(whole) : null
  }

  #unknown(given: string | null, shapes: readonly string[], form: CompiledForm, unit: PayloadUnit): Unit {
    const diff = shapeDiff(unit.body, form.shapes)
    if (shapes.length > 0) {
      const reason = `It could be ${shapes.join(' or ')}, and its type does not say which`
      return this.dead('NX-HOOK-AMBIGUOUS', reason, unit.whole(), diff)
    }
    if (given === null) {
      const place = /body\.([\w.-]+)/.exec(this.#compiled.definition.type)?.[1] ?? 'type'
      return this.dead('NX-HOOK-NO-TYPE', `The payload has no '${place}'`, unit.whole(), diff)
    }
    const reason = `No mapping knows the type '${given.slice(0, 100)}'`
    return this.dead('NX-HOOK-UNKNOWN-TYPE', reason, unit.whole(), diff)
  }

  /** A time that is there but unreadable cannot prove that this is not a replay. */
  #staleness(form: CompiledForm, sent: Date | null | undefined): Stale['stale'] | null {
    const { now, toleranceMs } = this.#context
    if (toleranceMs === null || form.sentAt?.settings.window !== true || sent === undefined) return null
    if (sent === null) return {}
    if (withinTolerance(sent, { now, toleranceMs })) return null
    return { offByMs: now.getTime() - sent.getTime() }
  }
}

/** undefined: it is not told; null: it cannot be read. Year 1970 to 9999: what Postgres and RFC 3339 both hold. */
function sentAt({ sentAt: compiled }: CompiledForm, scope: PayloadScope): Date | null | undefined {
  if (compiled === null) return undefined
  const value = valueIn(compiled.at, scope)
  if (value === undefined) return undefined
  const unit = compiled.settings.unit ?? (typeof value === 'number' ? 'ms' : 'iso')
  const isText = typeof value === 'string' || (typeof value === 'number' && unit !== 'iso')
  const at = isText ? readTimestamp(String(value), unit) : null
  return at === null || at.getTime() < 0 || at.getUTCFullYear() > 9999 ? null : at
}

function textOf(template: CompiledTemplate | null, scope: PayloadScope): string | null {
  const value: JsonValue | undefined = template === null ? undefined : valueIn(template, scope)
  return typeof value === 'string' && value !== '' ? value : null
}
