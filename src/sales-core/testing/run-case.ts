import type { StoredDocument, DocumentPath } from '../../control-plane/documents/document.ts'
import type { DocumentSet, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { TestCaseSpec, TestSpec, TestStepSpec } from '../kinds/test-shape.ts'
import { testShape } from '../kinds/test-shape.ts'
import { fitsCommand } from './shown-effects.ts'
import { checkExpectation } from './check-expectation.ts'
import { expandCase } from './expand-rows.ts'
import type { TestFailure } from './test-failure.ts'
import { testTimeMs } from './test-time.ts'
import { windowOf } from './test-window.ts'
import type { CommandAnswer } from './test-world.ts'
import { TestWorld } from './test-world.ts'

/** A case ready to run; one of several when it has rows. */
export interface PreparedCase {
  readonly test: string
  /** With the number of its row: `points by country (row 2)`. */
  readonly name: string
  readonly document: StoredDocument
  /** Leads to it in its document: `cases[3]`. */
  readonly path: DocumentPath
  readonly spec: TestCaseSpec
  /** null: it has no rows. */
  readonly row: number | null
  /** Where an expanded place is written, below the case. */
  readonly sourceOf: (path: DocumentPath) => DocumentPath
}

/** The cases of the Test documents of a set, rows put in. `filter` picks those whose name, or whose test's name, contains it. */
export function casesOf(documents: DocumentSet, filter: string | null): readonly PreparedCase[] {
  return documents
    .ofKind(testShape)
    .flatMap((typed) => typed.spec.cases.flatMap((testCase, index) => prepared(typed, testCase, index)))
    .filter(({ test, name }) => filter === null || name.includes(filter) || test.includes(filter))
}

function prepared(
  { document, spec: { name: test } }: TypedDocument<TestSpec>,
  testCase: TestCaseSpec,
  index: number,
): readonly PreparedCase[] {
  return expandCase(testCase as unknown as JsonObject).map(({ spec, row, sourceOf }) => ({
    test,
    name: row === null ? testCase.name : `${String(spec['name'])} (row ${row + 1})`,
    document,
    path: ['cases', index],
    // Rows were checked against the shape when the document was.
    spec: spec as unknown as TestCaseSpec,
    row,
    sourceOf,
  }))
}

/** What came of a case. */
export interface CaseRun {
  readonly failures: readonly TestFailure[]
  readonly world: TestWorld
  readonly subject: EntityRef
}

// A Monday morning: any fixed instant will do, so that a case gives the same result every day.
const defaultStartMs = Date.parse('2026-01-05T09:00:00Z')

/** Runs a case in virtual time: the same decisions as in the daemon, nothing outside. `begun` is given the world before anything happens. */
export function runCase(
  { spec }: PreparedCase,
  config: SalesConfig,
  begun: (world: TestWorld) => void = () => undefined,
): CaseRun {
  const subject = subjectOf(spec, config)
  const held = withGivenFlags(withGivenScores(config, spec), spec)
  const world = new TestWorld(held, startOf(spec), spec.schedules ?? null)
  begun(world)
  for (const [name, fields] of Object.entries(spec.given)) {
    if (name !== 'flags') world.given(...givenEntity(name, fields as JsonObject))
  }
  const failures: TestFailure[] = []
  for (const [index, step] of spec.steps.entries()) {
    const since = {
      happened: world.happened.length,
      commands: world.commands.length,
      stopped: world.stopped.length,
    }
    world.step = index
    runStep(step, world, subject, config)
    if (step.expect === undefined) continue
    const found = checkExpectation(step.expect, windowOf(world, since), subject, held)
    failures.push(...found.map((entry) => below(['steps', index, 'expect'], entry)))
  }
  const atEnd = checkExpectation(spec.expect, windowOf(world, null), subject, held)
  return {
    failures: [...troubles(world), ...failures, ...atEnd.map((entry) => below(['expect'], entry))],
    world,
    subject,
  }
}

function below(prefix: DocumentPath, found: TestFailure): TestFailure {
  const updates = found.updates.map((update) => ({ ...update, path: [...prefix, ...update.path] }))
  return { ...found, path: [...prefix, ...found.path], updates }
}

function givenEntity(name: string, { id, ...fields }: JsonObject): [EntityRef, JsonObject] {
  const ref = parseSubject(name)
  return [{ kind: ref.kind, id: typeof id === 'string' ? id : ref.id }, fields]
}

/** The entity a case is about: the one it gives first, else the one that its first event folds into. */
function subjectOf({ given, steps }: TestCaseSpec, config: SalesConfig): EntityRef {
  const first = Object.entries(given).find(([name]) => name !== 'flags')
  if (first !== undefined) return givenEntity(first[0], first[1] as JsonObject)[0]
  const event = steps.find((step) => step.event !== undefined)?.event
  if (event?.subject !== undefined) return parseSubject(event.subject)
  const [anyKind = 'lead'] = config.types.entities.keys()
  return { kind: (event === undefined ? null : config.eventType(event.type)?.folds) ?? anyKind, id: 'test' }
}

function parseSubject(text: string): EntityRef {
  const slash = text.indexOf('/')
  return slash < 0 ? { kind: text, id: 'test' } : { kind: text.slice(0, slash), id: text.slice(slash + 1) }
}

/** A score that a case gives is held: computing it anew would overwrite what the case says. */
function withGivenScores(config: SalesConfig, { given }: TestCaseSpec): SalesConfig {
  const isGiven = (kind: string, field: string): boolean =>
    Object.entries(given).some(
      ([name, fields]) => parseSubject(name).kind === kind && Object.hasOwn(fields, field),
    )
  return {
    ...config,
    scoresFor: (kind) => config.scoresFor(kind).filter(({ field }) => !isGiven(kind, field)),
  }
}

/** Flags that a case gives are as it says, whatever their documents say. */
function withGivenFlags(config: SalesConfig, { given: { flags } }: TestCaseSpec): SalesConfig {
  if (flags === undefined) return config
  const held = flags as Readonly<Record<string, boolean>>
  return { ...config, flags: (workspace, unit) => ({ ...config.flags(workspace, unit), ...held }) }
}

function startOf({ steps }: TestCaseSpec): number {
  const [first] = steps
  return (first?.at === undefined ? null : testTimeMs(first.at)) ?? defaultStartMs
}

function runStep(step: TestStepSpec, world: TestWorld, subject: EntityRef, config: SalesConfig): void {
  const until = step.at ?? step.advance_to
  if (step.advance !== undefined) world.advanceTo(world.nowMs + parseDuration(step.advance))
  else if (until !== undefined) {
    const ms = testTimeMs(until) ?? world.nowMs
    if (ms < world.nowMs)
      world.troubles.push(`${until} is before ${new Date(world.nowMs).toISOString()}: time does not go back`)
    world.advanceTo(ms)
  }
  if (step.command !== undefined) answerCommand(step.command, world)
  if (step.event === undefined) return
  const {
    type,
    subject: named,
    data,
    ...rest
  } = step.event as JsonObject & { type: string; subject?: string }
  const about = named === undefined ? defaultSubject(type, subject, config) : parseSubject(named)
  const fields = isJsonObject(data) ? { ...data, ...rest } : data === undefined ? rest : { data, ...rest }
  world.happen(type, about, fields)
}

function answerCommand(spec: NonNullable<TestStepSpec['command']>, world: TestWorld): void {
  const { succeeded, failed, cancelled, ...pattern } = spec
  const wanted = pattern as JsonObject
  if (world.answer((command) => fitsCommand(wanted, command), answerOf({ succeeded, failed, cancelled })))
    return
  world.troubles.push(`No command without an answer fits ${JSON.stringify(wanted)}`)
}

function answerOf({
  succeeded,
  failed,
  cancelled,
}: Pick<NonNullable<TestStepSpec['command']>, 'succeeded' | 'failed' | 'cancelled'>): CommandAnswer {
  if (failed !== undefined) {
    const { code, message, status = null } = failed
    return { type: 'command.failed', outcome: { error: { code, message, status } } }
  }
  if (cancelled !== undefined) return { type: 'command.cancelled', outcome: { reason: cancelled } }
  return { type: 'command.succeeded', outcome: { result: (succeeded ?? null) as JsonValue } }
}

function defaultSubject(type: string, subject: EntityRef, config: SalesConfig): EntityRef {
  const folds = config.eventType(type)?.folds ?? null
  return folds === null || folds === subject.kind ? subject : { kind: folds, id: 'test' }
}

/** Parts that failed, and events that could not be handled: no case passes over them. */
function troubles(world: TestWorld): readonly TestFailure[] {
  const failed = world.happened.flatMap(({ decision }) =>
    decision.trace.rules.flatMap((entry) =>
      entry.outcome === 'failed'
        ? [{ message: `${entry.rule} failed: ${entry.error}`, actual: entry.code, cause: entry.rule }]
        : [],
    ),
  )
  const found = [...world.troubles.map((message) => ({ message, actual: null, cause: null })), ...failed]
  return found.map((trouble) => ({ ...trouble, path: [], expected: null, updates: [] }))
}
