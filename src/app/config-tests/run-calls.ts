import type { CompiledIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import { tryCall } from '../../adapters/connectors/calls/try-call.ts'
import type { ShownRequest, TriedCall } from '../../adapters/connectors/calls/try-call.ts'
import type { DocumentPath, StoredDocument } from '../../control-plane/documents/document.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { systemClock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { testShape } from '../../sales-core/kinds/test-shape.ts'
import type { CallCaseSpec } from '../../sales-core/testing/calls/call-case-shape.ts'
import { fits } from '../../sales-core/testing/matchers.ts'
import { failure } from '../../sales-core/testing/test-failure.ts'
import type { TestFailure } from '../../sales-core/testing/test-failure.ts'

/** How a call of a Test document went. `path` leads to it in its document. */
export interface CallResult {
  readonly test: string
  readonly name: string
  readonly document: StoredDocument
  readonly path: DocumentPath
  readonly failures: readonly TestFailure[]
}

export interface CallOptions {
  /** Names of the Test documents that are run here. */
  readonly own: ReadonlySet<string>
  readonly filter: string | null
  readonly bail: boolean
}

/**
 * Runs the `calls` of Test documents: renders each request and judges the given answer with the daemons' own code, without secrets and
 * without a network.
 */
export async function runCalls(
  set: DocumentSet,
  { byName }: CompiledIntegrations,
  { own, filter, bail }: CallOptions,
): Promise<readonly CallResult[]> {
  const results: CallResult[] = []
  for (const { document, spec } of set.ofKind(testShape)) {
    if (!own.has(spec.name)) continue
    for (const [index, one] of spec.calls.entries()) {
      if (filter !== null && !one.name.includes(filter) && !spec.name.includes(filter)) continue
      const failures = await runCall(one, byName)
      results.push({ test: spec.name, name: one.name, document, path: ['calls', index], failures })
      if (bail && failures.length > 0) return results
    }
  }
  return results
}

async function runCall(
  spec: CallCaseSpec,
  byName: CompiledIntegrations['byName'],
): Promise<readonly TestFailure[]> {
  const dot = spec.call.indexOf('.')
  const integration = byName.get(spec.call.slice(0, dot))
  const operation = integration?.connector.operations.get(spec.call.slice(dot + 1))
  if (integration === undefined || operation === undefined)
    return [failure(['call'], `There is no operation ${spec.call}`, { expected: null, actual: null })]
  const slash = spec.about.indexOf('/')
  const entity = { kind: spec.about.slice(0, slash), id: spec.about.slice(slash + 1) }
  const asked = { integration, operation, input: spec.with, entity, answer: spec.answer ?? null }
  try {
    return checked(spec.expect, await tryCall(asked, systemClock))
  } catch (error) {
    return [failure([], `The call cannot be tried: ${errorText(error)}`, { expected: null, actual: null })]
  }
}

function checked(wanted: CallCaseSpec['expect'], tried: TriedCall): readonly TestFailure[] {
  const { outcome } = tried
  const error = outcome === null || outcome.state === 'succeeded' ? null : outcome.error
  const actual: JsonObject = {
    outcome: outcome?.state ?? null,
    code: error?.code ?? null,
    message: error?.message ?? null,
    result: outcome?.state === 'succeeded' ? outcome.result : null,
  }
  const ends = (['outcome', 'code', 'message', 'result'] as const).flatMap((member) =>
    wanted[member] === undefined
      ? []
      : differing(['expect', member], `The ${member} is another`, wanted[member], actual[member] ?? null),
  )
  const why = error === null ? '' : `: ${error.code}, ${error.message}`
  const unsaid = ends.map((found) => (error === null ? found : { ...found, message: found.message + why }))
  if (wanted.request === undefined) return unsaid
  if (tried.request !== null) return [...requestFailures(wanted.request, tried.request), ...unsaid]
  return [
    failure(['expect', 'request'], `Nothing was asked${why}`, {
      expected: wanted.request as unknown as JsonObject,
      actual: null,
    }),
    ...unsaid,
  ]
}

function requestFailures(
  wanted: NonNullable<CallCaseSpec['expect']['request']>,
  request: ShownRequest,
): readonly TestFailure[] {
  const variables = isJsonObject(request.body) ? (request.body['variables'] ?? null) : null
  const actual = { ...request, variables }
  return Object.entries(wanted).flatMap(([member, value]) =>
    value === undefined
      ? []
      : differing(
          ['expect', 'request', member],
          `${member} of the request is another`,
          value as JsonValue,
          actual[member as keyof typeof actual],
        ),
  )
}

function differing(
  path: DocumentPath,
  message: string,
  expected: JsonValue,
  actual: JsonValue,
): readonly TestFailure[] {
  return fits(expected, actual) ? [] : [failure(path, message, { expected, actual })]
}
