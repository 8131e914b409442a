import type { JsonObject } from '../../../../kernel/json.ts'
import type { FakeFields, FakeOperation } from '../fake-contract.ts'

/** What the vendor would not take about a call; null when it takes it. */
export function fieldProblem(
  operation: FakeOperation,
  request: {
    readonly headers: Readonly<Record<string, string>>
    readonly query: JsonObject
    /** null: it could not be read as what it should be. */
    readonly body: JsonObject | null
    /** Members of the query that prove the caller, and are no input. */
    readonly ignored: readonly string[]
  },
): string | null {
  const { headers, ignored, body } = request
  for (const [name, texts] of Object.entries(operation.headers ?? {})) {
    if (!texts.includes(headers[name] ?? '')) return `header ${name} must be ${texts.join(' or ')}`
  }
  if (body === null) return 'the body is not what the vendor takes (JSON object, or form)'
  const query = Object.fromEntries(Object.entries(request.query).filter(([name]) => !ignored.includes(name)))
  const problem =
    problemOf('query', operation.query ?? {}, query) ?? problemOf('body', operation.body ?? {}, body)
  if (problem !== null) return problem
  for (const [name, form] of Object.entries(operation.forms ?? {})) {
    const texts = [body[name] ?? []].flat()
    if (!texts.every((text) => new RegExp(`^(?:${form})$`).test(String(text))))
      return `body ${name} is not of its form`
  }
  const given = { ...query, ...body }
  const missing = (operation.oneOf ?? []).find((group) => !group.some((name) => hasValue(given[name])))
  return missing === undefined ? null : `one of ${missing.join(', ')} is required`
}

function problemOf(
  where: string,
  { required = [], optional = [] }: FakeFields,
  given: JsonObject,
): string | null {
  const missing = required.find((name) => !hasValue(given[name]))
  if (missing !== undefined) return `${where} ${missing} is required`
  const unknown = Object.keys(given).find((name) => !required.includes(name) && !optional.includes(name))
  return unknown === undefined ? null : `${where} ${unknown} is not known`
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
