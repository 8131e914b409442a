import { errorText, NxError } from '../../../kernel/errors.ts'
import { readPath } from '../../../kernel/json.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { findDataProblem } from '../../../messaging/events/event-data.ts'
import type { EntityRef } from '../../../messaging/events/event.ts'
import type { CompiledTemplate } from '../template.ts'
import type { EventMapping } from './webhook-definition.ts'

export interface CompiledMapping {
  readonly mapping: EventMapping
  readonly data: CompiledTemplate
  readonly lead: CompiledTemplate | null
}

export type MappedPayload =
  | { readonly state: 'mapped'; readonly subject: EntityRef; readonly data: JsonObject }
  | { readonly state: 'unmappable'; readonly reason: string }

/**
 * Translates a payload. Canonical fields under their names, everything the mapping does not cover under `extra`. A payload
 * that names no contact is about the integration.
 */
export function mapPayload(
  { mapping, data, lead }: CompiledMapping,
  payload: JsonObject,
  context: {
    readonly connection: JsonObject
    readonly envelope: readonly string[]
    readonly integration: string
  },
): MappedPayload {
  const problem = findDataProblem(payload, 'payload')
  if (problem !== null) return unmappable(`${problem.path} ${problem.message}`)
  const missing = mapping.requires.filter((path) => !isId(readPath(payload, path)))
  if (missing.length > 0)
    return unmappable(`${missing.join(', ')} must be there, as text of 1 to 255 characters`)
  const scope = { body: payload, connection: context.connection }
  try {
    const id = lead?.render(scope)
    if (id !== undefined && id !== null && !isId(id))
      return unmappable("the contact's id is not text of 1 to 255 characters")
    const mapped = (data.render(scope) ?? {}) as JsonObject
    const extra = leftover(payload, new Set([...mapping.covers, ...context.envelope]))
    return {
      state: 'mapped',
      subject: isId(id) ? { kind: 'lead', id } : { kind: 'integration', id: context.integration },
      data: extra === null ? mapped : { ...mapped, extra },
    }
  } catch (error) {
    return unmappable(error instanceof NxError ? (error.detail ?? error.message) : errorText(error))
  }
}

function leftover(payload: JsonObject, known: ReadonlySet<string>): JsonObject | null {
  const rest = Object.entries(payload).filter(([key]) => !known.has(key))
  return rest.length === 0 ? null : Object.fromEntries(rest)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}]{1,255}$/u.test(value)
}

function unmappable(reason: string): MappedPayload {
  return { state: 'unmappable', reason }
}
