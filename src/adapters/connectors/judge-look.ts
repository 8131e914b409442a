import { isJsonObject, readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Verification } from '../../messaging/commands/command-executor.ts'
import { findDataProblem } from '../../messaging/events/event-data.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import { parseJson } from './answers/parse-json.ts'
import type { VerifyDefinition } from './define-connector.ts'

/** What may pass until the other side shows what it did, unless the look-up says otherwise, milliseconds. */
export const verifyAfterMsDefault = 30_000
const resultCharsMax = 16_000

/**
 * What a look tells. Finding it proves that it happened. Not finding it proves that it did not only when the answer is whole,
 * of the declared form, not one page of many, and asked for late enough.
 */
export function judgeLook(
  answer: OutgoingAnswer,
  definition: VerifyDefinition,
  match: Readonly<Record<string, string>>,
  sentAgoMs: number,
): Verification {
  if (answer.state !== 'answered') return unknown(`the look got no answer: ${answer.message}`)
  const absent = (definition.absentStatus ?? []).includes(answer.status)
  if (absent) return notFound(definition, sentAgoMs, `the look answered ${answer.status}`)
  if (answer.status < 200 || answer.status > 299) return unknown(`the look answered ${answer.status}`)
  const body = answer.cut === null ? parseJson(answer.body) : undefined
  if (body === undefined) return unknown('the answer to the look is not whole JSON')
  const candidates = candidatesOf(body, definition.list)
  if (candidates === null) return unknown(`the answer to the look has no list at '${definition.list}'`)
  const found = candidates.find((candidate) => matches(candidate, match))
  if (found !== undefined) {
    return {
      state: 'happened',
      result: resultOf(found),
      evidence: `found by ${Object.keys(match).join(', ')}`,
    }
  }
  if (definition.pageSize !== undefined && candidates.length >= definition.pageSize)
    return unknown('it is not on the first page, and there are more')
  return notFound(definition, sentAgoMs, `not among ${candidates.length} found`)
}

/** What must stand in a candidate; null when a part is missing, for then it would match what it is not. */
export function wholeMatch(
  match: JsonValue | undefined,
  paths: readonly string[],
): Readonly<Record<string, string>> | null {
  if (!isJsonObject(match)) return null
  const wanted: Record<string, string> = {}
  for (const path of paths) {
    const value = match[path]
    if (value === undefined || value === null || value === '' || typeof value === 'object') return null
    wanted[path] = String(value)
  }
  return wanted
}

function notFound(definition: VerifyDefinition, sentAgoMs: number, evidence: string): Verification {
  const afterMs = definition.verifyAfterMs ?? verifyAfterMsDefault
  return sentAgoMs < afterMs
    ? unknown('it is not to be seen, but the other side may need longer to show it')
    : { state: 'did_not_happen', evidence }
}

function unknown(why: string): Verification {
  return { state: 'unknown', why }
}

function candidatesOf(body: JsonValue, list: string | undefined): readonly JsonValue[] | null {
  if (list === undefined) return [body]
  const found = list === '' ? body : readPath(body, list)
  return Array.isArray(found) ? (found as readonly JsonValue[]) : null
}

function matches(candidate: JsonValue, match: Readonly<Record<string, string>>): boolean {
  return Object.entries(match).every(([path, wanted]) => {
    const value = readPath(candidate, path)
    return value !== undefined && value !== null && typeof value !== 'object' && String(value) === wanted
  })
}

/** The candidate is the result, while it is small and can be kept. */
function resultOf(found: JsonValue): JsonObject {
  if (!isJsonObject(found) || findDataProblem(found) !== null) return { verified: true }
  return JSON.stringify(found).length > resultCharsMax
    ? { verified: true }
    : { verified: true, answer: found }
}
