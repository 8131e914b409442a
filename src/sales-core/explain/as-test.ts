import type { DocumentSet, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import { digestOf } from '../../kernel/digest.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { readPath } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { foldAndScore } from '../decide/fold-event.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { TestSpec } from '../kinds/test-shape.ts'
import { testShape } from '../kinds/test-shape.ts'
import { runTests } from '../testing/run-tests.ts'

/** What happened with one event, to be written down as a Test. */
export interface DecidedEvent {
  readonly event: LoggedEvent
  readonly before: EntityState
  readonly now: Date
  readonly decision: Decision
  readonly config: SalesConfig
  readonly documents: DocumentSet
  readonly catalog: IntegrationCatalog
}

type Expectation = Record<string, JsonValue>

/**
 * A Test document that says what this event did, and passes under the configuration that it is made from: it has been run. Says as
 * much as it can: with the score and its band, else with the score as given, else the rules alone. null: no test can
 * tell it (a timer of a workflow, the result of a command, points collected before that no `given` can state).
 */
export function asTest(decided: DecidedEvent): JsonObject | null {
  const { event } = decided
  if (event.origin === 'timer' || event.origin === 'result' || event.only !== undefined) return null
  for (const testCase of [
    freshCase(decided, true),
    freshCase(decided, false),
    heldCase(decided, true),
    heldCase(decided, false),
  ]) {
    const document = { apiVersion: 'neuronx/v1', kind: 'Test', name: nameOf(event), cases: [testCase] }
    if (passes(document, decided)) return document
  }
  return null
}

function passes(body: JsonObject, { documents, catalog, config }: DecidedEvent): boolean {
  const parsed = testShape.schema.safeParse(body)
  if (!parsed.success) return false
  const typed: TypedDocument<TestSpec> = {
    document: { kind: 'Test', name: parsed.data.name, digest: digestOf(body), body },
    spec: parsed.data,
  }
  const set: DocumentSet = {
    ofKind: <Spec>(kind: { readonly kind: string }) =>
      (kind.kind === 'Test' ? [typed] : documents.ofKind(kind as never)) as readonly TypedDocument<Spec>[],
  }
  const { passed, failed } = runTests(set, catalog, { tenantSlug: config.tenantSlug })
  return passed === 1 && failed === 0
}

/** Scores are computed in the test: right when nothing was collected before. */
function freshCase(decided: DecidedEvent, isFull: boolean): JsonObject {
  const { before, decision, config } = decided
  const models = config.scoresFor(before.ref.kind)
  const fields = without(
    before.fields,
    models.map(({ field }) => field),
  )
  const [only] = models
  const expect: Expectation = ruleExpectation(decided)
  if (only !== undefined && models.length === 1) {
    expect['score'] = Number(readPath(decision.entity.fields, only.field) ?? 0)
    const band = decision.entity.scores[only.name]?.band ?? null
    if (band !== null) expect['band'] = band
  }
  if (isFull) Object.assign(expect, effectExpectation(decided), stateExpectation(decided))
  return caseOf(decided, fields, expect)
}

/** Scores are given as the rules saw them, and held. */
function heldCase(decided: DecidedEvent, isFull: boolean): JsonObject {
  const { event, before, config, now } = decided
  const { draft } = foldAndScore(event, before, config, now)
  let fields = before.fields
  for (const { field } of config.scoresFor(before.ref.kind)) {
    const score = draft.read(field)
    if (score !== undefined && !field.includes('.')) fields = { ...fields, [field]: score }
  }
  const expect = { ...ruleExpectation(decided), ...(isFull ? effectExpectation(decided) : {}) }
  return caseOf(decided, fields, expect)
}

function caseOf(
  { event, before, now, config }: DecidedEvent,
  fields: JsonObject,
  expect: Expectation,
): JsonObject {
  const { kind, id } = before.ref
  const declared = config.types.entities.get(kind)
  // What no EntityType declares cannot be given; no condition can read it either.
  const given = Object.fromEntries(
    Object.entries(fields).filter(([name]) => declared?.fields.has(name) === true),
  )
  return {
    name: `${event.type} ${event.id}`.slice(0, 200),
    given: { [kind]: { id, ...given } },
    steps: [
      { at: now.toISOString(), event: { type: event.type, subject: `${kind}/${id}`, data: event.data } },
    ],
    expect,
  }
}

function ruleExpectation({ event, decision, config }: DecidedEvent): Expectation {
  const fired = new Set(
    decision.trace.rules.flatMap(({ rule, outcome }) => (outcome === 'fired' ? [rule] : [])),
  )
  const rules = config.rulesFor(event.type)
  const refs = (wanted: boolean) =>
    rules.filter(({ cause }) => fired.has(cause) === wanted).map(({ ref }) => ref)
  return { fired: refs(true), not_fired: refs(false) }
}

function effectExpectation({ decision }: DecidedEvent): Expectation {
  const ofRules = decision.commands.filter(({ cause }) => cause.startsWith('RuleSet/'))
  const isSend = ({ input }: Command) => typeof input['channel'] === 'string'
  const sent = ofRules
    .filter(isSend)
    .map(({ cause, input }): JsonObject => ({ rule: refOf(cause), ...input }))
  const called = ofRules
    .filter((command) => !isSend(command))
    .map(({ cause, integration, operation, input }): JsonObject => ({
      call: `${integration}.${operation}`,
      rule: refOf(cause),
      with: input,
    }))
  return { ...(sent.length > 0 ? { sent } : {}), ...(called.length > 0 ? { called } : {}) }
}

/** Fields that rules set: what the event folded in says nothing about the configuration. */
function stateExpectation({ decision, before }: DecidedEvent): Expectation {
  const set = decision.changes.filter(({ by, to }) => by.startsWith('RuleSet/') && to !== null)
  if (set.length === 0) return {}
  return { state: Object.fromEntries(set.map(({ field, to }) => [`${before.ref.kind}.${field}`, to])) }
}

function refOf(cause: string): string {
  return cause.slice('RuleSet/'.length).replace('#', '/')
}

function without(fields: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

/** `lead-created-0198c7`: a document's name. */
function nameOf({ type, id }: LoggedEvent): string {
  return `${type.replaceAll(/[^a-z0-9]+/g, '-')}-${id.replaceAll('-', '').slice(-12)}`
    .slice(0, 63)
    .replace(/^-+/, '')
}
