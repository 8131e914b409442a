import { errorText, NxError } from '../../../kernel/errors.ts'
import { readPath } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { findDataProblem } from '../../../messaging/events/event-data.ts'
import type { EntityRef } from '../../../messaging/events/event.ts'
import type { CompiledTemplate } from '../template.ts'
import type { EventMapping, ReceiptMapping } from './webhook-definition.ts'

export interface CompiledMapping {
  readonly mapping: EventMapping
  readonly data: CompiledTemplate
  /** Kind and id of what it is about; null: the integration. */
  readonly subject: { readonly kind: string; readonly id: CompiledTemplate } | null
  /** The objects of `alike`. */
  readonly alike: readonly CompiledTemplate[]
}

export interface CompiledReceipt {
  readonly receipt: ReceiptMapping
  readonly messageId: CompiledTemplate
  readonly code: CompiledTemplate | null
  readonly reason: CompiledTemplate | null
  readonly data: CompiledTemplate | null
}

/** What templates of a webhook read. */
export interface PayloadScope extends Readonly<Record<string, JsonValue | undefined>> {
  readonly body: JsonObject
  readonly parent: JsonValue
  readonly joined: JsonValue | undefined
  readonly connection: JsonObject
  readonly headers: JsonObject
}

export type MappedPayload =
  | {
      readonly state: 'mapped'
      readonly subject: EntityRef
      readonly data: JsonObject
      /** Of a receipt: the vendor's id of the message. */
      readonly messageId?: string
    }
  | { readonly state: 'unmappable'; readonly reason: string }

/** The roots of `PayloadScope`. */
export const payloadRoots = ['body', 'parent', 'joined', 'connection', 'headers'] as const

/**
 * Translates a payload that jsonb can hold. Canonical fields under their names, everything the mapping does not cover under `extra`. A payload
 * that names nothing it is about is about the integration.
 */
export function mapPayload(
  { mapping, data, subject }: CompiledMapping,
  scope: PayloadScope,
  context: { readonly envelope: readonly string[]; readonly integration: string },
): MappedPayload {
  const { body } = scope
  const missing = mapping.requires.filter((path) => !isId(readPath(body, path)))
  if (missing.length > 0)
    return unmappable(`${missing.join(', ')} must be there, as text of 1 to 255 characters`)
  return rendered(() => {
    const id = subject?.id.render(scope)
    if (subject !== null && id !== undefined && id !== null && !isId(id))
      return unmappable(`the id of the ${subject.kind} is not text of 1 to 255 characters`)
    const mapped = mapping.takesAll === true ? body : ((data.render(scope) ?? {}) as JsonObject)
    const problem = problemAround(mapped, scope)
    if (problem !== null) return unmappable(problem)
    const extra =
      mapping.takesAll === true ? null : leftover(body, new Set([...mapping.covers, ...context.envelope]))
    return {
      state: 'mapped',
      subject:
        subject !== null && isId(id)
          ? { kind: subject.kind, id }
          : { kind: 'integration', id: context.integration },
      data: extra === null ? mapped : { ...mapped, extra },
    }
  })
}

/** Translates a receipt that jsonb can hold. It is about the integration until the message's command is known. */
export function mapReceipt(
  { receipt, messageId, code, reason, data }: CompiledReceipt,
  scope: PayloadScope,
  integration: string,
): MappedPayload {
  return rendered(() => {
    const id = messageId.render(scope)
    if (!isId(id)) return unmappable("the message's id is not text of 1 to 255 characters")
    const failure =
      receipt.state !== 'failed'
        ? {}
        : {
            code: textOf(code?.render(scope)) ?? 'NX-MESSAGE-UNDELIVERED',
            reason: textOf(reason?.render(scope)) ?? 'The vendor says that it could not be delivered',
          }
    const more = (data?.render(scope) ?? {}) as JsonObject
    const problem = problemAround({ ...more, ...failure }, scope)
    if (problem !== null) return unmappable(problem)
    return {
      state: 'mapped',
      subject: { kind: 'integration', id: integration },
      data: { ...more, ...failure, integration, message_id: id },
      messageId: id,
    }
  })
}

/** The payload was looked at before, what stands around one of several was not: its templates may have put that in. */
function problemAround(data: JsonObject, { body, parent }: PayloadScope): string | null {
  const problem = parent === body ? null : findDataProblem(data)
  return problem === null ? null : `${problem.path} ${problem.message}`
}

/** A template in which something is missing, or more than can be walked, gives nothing: mapping the payload says why. */
export function valueIn(template: CompiledTemplate, scope: PayloadScope): JsonValue | undefined {
  try {
    return template.render(scope)
  } catch (error) {
    if (error instanceof NxError || error instanceof RangeError) return undefined
    throw error
  }
}

function rendered(render: () => MappedPayload): MappedPayload {
  try {
    return render()
  } catch (error) {
    return unmappable(error instanceof NxError ? (error.detail ?? error.message) : errorText(error))
  }
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function leftover(payload: JsonObject, known: ReadonlySet<string>): JsonObject | null {
  const rest = Object.entries(payload).filter(([key]) => !known.has(key))
  return rest.length === 0 ? null : Object.fromEntries(rest)
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}]{1,255}$/u.test(value)
}

function unmappable(reason: string): MappedPayload {
  return { state: 'unmappable', reason }
}
