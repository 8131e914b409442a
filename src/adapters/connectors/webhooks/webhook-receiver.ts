import { isUtf8 } from 'node:buffer'
import { sha256Hex } from '../../../kernel/digest.ts'
import { isJsonObject, readPath } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { textProblem } from '../../../messaging/events/event-data.ts'
import type { IntakeRequest } from '../../../messaging/intake/event-intake.ts'
import { defaultHorizonMs, toIncoming } from '../../../messaging/intake/event-draft.ts'
import { compileTemplate } from '../template.ts'
import type { CompiledTemplate } from '../template.ts'
import type { ValueTables } from '../template-functions.ts'
import { invalidWebhook } from './invalid-webhook.ts'
import { mapPayload } from './map-payload.ts'
import type { CompiledMapping } from './map-payload.ts'
import { readTimestamp, verifySignature, withinTolerance } from './verify-signature.ts'
import type { SignedRequest } from './verify-signature.ts'
import type { WebhookDefinition } from './webhook-definition.ts'

export interface WebhookReceiverOptions {
  readonly integration: string
  readonly definition: WebhookDefinition
  readonly tables: ValueTables
  readonly connection: JsonObject
  /** Keys by the names that the schemes use. */
  readonly keys: Readonly<Record<string, string>>
  readonly toleranceMs: number
}

export interface WebhookContext {
  readonly tenantId: string
  readonly workspace: string
  readonly now: Date
  /** For how long message ids of the vendor are remembered, milliseconds. Default: `defaultHorizonMs`. */
  readonly horizonMs?: number
}

/** What a delivery is: refused, not readable, or something to store (an event, or a dead letter that says why not). */
export type Reception =
  | {
      readonly state: 'refused'
      readonly why: 'unsigned' | 'no_key' | 'stale' | 'mismatch'
      readonly scheme: string | null
    }
  | { readonly state: 'malformed'; readonly why: string }
  | { readonly state: 'readable'; readonly request: IntakeRequest }

/** Receives the webhooks of one integration: verified on the raw bytes, then translated. Pure, compiled once. */
export class WebhookReceiver {
  /** The status by which this vendor understands that it should try again. */
  readonly busyStatus: 429 | 503
  readonly #options: WebhookReceiverOptions
  readonly #mappings: ReadonlyMap<string, CompiledMapping>
  readonly #account: CompiledTemplate
  readonly #accountOf: ReadonlyMap<string, CompiledTemplate>

  constructor(options: WebhookReceiverOptions) {
    const { definition } = options
    const world = { roots: ['body', 'connection'], tables: options.tables }
    this.#options = options
    this.busyStatus = definition.busyStatus
    this.#account = compileTemplate(definition.account.payload, world)
    this.#accountOf = new Map(
      Object.entries(definition.accountOf ?? {}).map(([type, template]) => [
        type,
        compileTemplate(template, world),
      ]),
    )
    this.#mappings = new Map(
      definition.events.map((mapping) => [
        mapping.when,
        {
          mapping,
          data: compileTemplate(mapping.data, world),
          lead: mapping.lead === undefined ? null : compileTemplate(mapping.lead, world),
        },
      ]),
    )
  }

  receive(request: SignedRequest, context: WebhookContext): Reception {
    const { definition, keys, toleranceMs } = this.#options
    const window = { now: context.now, toleranceMs }
    const verification = verifySignature(definition.schemes, keys, request, window)
    if (verification.state === 'refused') return verification
    const payload = parsePayload(request.body)
    if (payload === undefined) return { state: 'malformed', why: 'The body is not JSON in UTF-8.' }
    const sent = definition.sentAt === null ? undefined : readPath(payload, definition.sentAt)
    const sentAt = sent === undefined ? null : sentTime(sent)
    // A timestamp that is there but unreadable cannot prove that this is not a replay.
    if (sent !== undefined && (sentAt === null || !withinTolerance(sentAt, window))) {
      return { state: 'refused', why: 'stale', scheme: verification.scheme }
    }
    return { state: 'readable', request: this.#translate(request, payload, sentAt, context) }
  }

  /**
   * Translates what was received and verified before, with the mapping as it is now. null: the body is not JSON. Its key is the
   * vendor's delivery id, or else the digest of the body as it was kept.
   */
  translateStored(body: Buffer, context: WebhookContext): IntakeRequest | null {
    const payload = parsePayload(body)
    if (payload === undefined) return null
    const { sentAt: path } = this.#options.definition
    const sent = path === null ? undefined : readPath(payload, path)
    const request: SignedRequest = { method: 'POST', url: '', headers: {}, body }
    return this.#translate(request, payload, sent === undefined ? null : sentTime(sent), context)
  }

  #translate(
    request: SignedRequest,
    payload: JsonValue,
    sentAt: Date | null,
    context: WebhookContext,
  ): IntakeRequest {
    const { integration, definition, connection } = this.#options
    const { tenantId, workspace } = context
    const dead = (code: string, reason: string): IntakeRequest => ({
      tenantId,
      events: [],
      deadLetters: [invalidWebhook({ tenantId, workspace, integration, code, reason, payload, request })],
    })
    if (!isJsonObject(payload)) return dead('NX-HOOK-SHAPE', 'The payload is not an object')
    const type = readPath(payload, definition.typePath)
    if (typeof type !== 'string' || type === '')
      return dead('NX-HOOK-NO-TYPE', `The payload has no '${definition.typePath}'`)
    const stranger = this.#strangerReason(type, payload, connection)
    if (stranger !== null) return dead('NX-HOOK-ACCOUNT', stranger)
    const compiled = this.#mappings.get(type)
    if (compiled === undefined)
      return dead('NX-HOOK-UNKNOWN-TYPE', `No mapping knows the type '${type.slice(0, 100)}'`)
    const mapped = mapPayload(compiled, payload, { connection, envelope: definition.envelope, integration })
    if (mapped.state === 'unmappable') return dead('NX-HOOK-UNMAPPABLE', `${type}: ${mapped.reason}`)
    const delivery = readPath(payload, definition.deliveryId)
    const known =
      typeof delivery === 'string' &&
      delivery.length > 0 &&
      delivery.length <= 200 &&
      textProblem(delivery, '') === null
    return {
      tenantId,
      deadLetters: [],
      events: [
        toIncoming(
          {
            source: `integration/${integration}`,
            externalId: known ? delivery : `sha256:${sha256Hex(request.body)}`,
            type: compiled.mapping.emit,
            subject: mapped.subject,
            time: sentAt?.toISOString() ?? null,
            data: mapped.data,
            correlationId: null,
          },
          {
            tenantId,
            workspace,
            now: context.now,
            horizonMs: known ? (context.horizonMs ?? defaultHorizonMs) : definition.hashHorizonMs,
            onConflict: 'dead_letter',
          },
        ),
      ],
    }
  }

  /** Why the payload is not for this integration's account; null when it is. */
  #strangerReason(type: string, payload: JsonObject, connection: JsonObject): string | null {
    const { account } = this.#options.definition
    const named = (this.#accountOf.get(type) ?? this.#account).render({ body: payload, connection })
    if (named === undefined || named === null)
      return `The payload names no ${account.connection}, so it is not known whose it is`
    if (named === connection[account.connection]) return null
    return `The payload is for another ${account.connection} than this integration's`
  }
}

function parsePayload(body: Buffer): JsonValue | undefined {
  if (!isUtf8(body)) return undefined
  try {
    return JSON.parse(body.toString('utf8')) as JsonValue
  } catch {
    return undefined
  }
}

/** Vendors write moments as ISO text or as milliseconds. Year 1970 to 9999: what Postgres and RFC 3339 both hold. */
function sentTime(value: JsonValue): Date | null {
  const at =
    typeof value === 'number'
      ? readTimestamp(String(value), 'ms')
      : typeof value === 'string'
        ? readTimestamp(value, 'iso')
        : null
  return at === null || at.getTime() < 0 || at.getUTCFullYear() > 9999 ? null : at
}
