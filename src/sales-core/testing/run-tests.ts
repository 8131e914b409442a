import type { DocumentSet, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { parseDuration } from '../../kernel/duration.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import { compileSalesConfig } from '../compile/compile-sales-config.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { TestCaseSpec, TestSpec, TestStepSpec } from '../kinds/test-shape.ts'
import { testShape } from '../kinds/test-shape.ts'
import { checkExpectation } from './check-expectation.ts'
import type { TestFailure } from './check-expectation.ts'
import { testTimeMs } from './test-time.ts'
import { TestWorld } from './test-world.ts'

/** How a case went. `path` leads to it in its document. */
export interface TestCaseResult {
  readonly test: string
  readonly name: string
  readonly document: TypedDocument['document']
  readonly path: DocumentPath
  /** Empty: it passed. Their paths are below `path`. */
  readonly failures: readonly TestFailure[]
}

export interface TestReport {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly TestCaseResult[]
}

// A Monday morning: any fixed instant will do, so that a case gives the same result every day.
const defaultStartMs = Date.parse('2026-01-05T09:00:00Z')

/**
 * Runs the Test documents of a set against its rules, scores and workflows, in virtual time and without anything outside.
 * `filter` picks cases whose name, or whose test's name, contains it.
 */
export function runTests(
  documents: DocumentSet,
  catalog: IntegrationCatalog,
  { tenantSlug = 'test', filter = null }: { tenantSlug?: string; filter?: string | null } = {},
): TestReport {
  const config = compileSalesConfig(documents, 'test', catalog, tenantSlug)
  const cases = documents
    .ofKind(testShape)
    .flatMap((typed) =>
      typed.spec.cases.flatMap((testCase, index) =>
        filter === null || testCase.name.includes(filter) || typed.spec.name.includes(filter)
          ? [runCase(typed, testCase, index, config)]
          : [],
      ),
    )
  const failed = cases.filter(({ failures }) => failures.length > 0).length
  return { passed: cases.length - failed, failed, cases }
}

function runCase(
  { document, spec }: TypedDocument<TestSpec>,
  testCase: TestCaseSpec,
  index: number,
  config: SalesConfig,
): TestCaseResult {
  const subject = subjectOf(testCase, config)
  const held = withGivenScores(config, testCase)
  const world = new TestWorld(held, startOf(testCase))
  for (const [kind, { id, ...fields }] of Object.entries(testCase.given)) {
    world.given({ kind, id: typeof id === 'string' ? id : 'test' }, fields as JsonObject)
  }
  for (const step of testCase.steps) runStep(step, world, subject, config)
  const failures = [...troubles(world), ...checkExpectation(testCase.expect, world, subject, held)]
  return { test: spec.name, name: testCase.name, document, path: ['cases', index], failures }
}

/** The entity a case is about: the one it gives, else the one that its first event folds into. */
function subjectOf(testCase: TestCaseSpec, config: SalesConfig): EntityRef {
  const [given] = Object.entries(testCase.given)
  if (given !== undefined)
    return { kind: given[0], id: typeof given[1]['id'] === 'string' ? given[1]['id'] : 'test' }
  const event = testCase.steps.find((step) => step.event !== undefined)?.event
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
    Object.hasOwn(given, kind) && Object.hasOwn(given[kind] ?? {}, field)
  return {
    ...config,
    scoresFor: (kind) => config.scoresFor(kind).filter(({ field }) => !isGiven(kind, field)),
  }
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

function defaultSubject(type: string, subject: EntityRef, config: SalesConfig): EntityRef {
  const folds = config.eventType(type)?.folds ?? null
  return folds === null || folds === subject.kind ? subject : { kind: folds, id: 'test' }
}

/** Parts that failed, and events that could not be handled: no case passes over them. */
function troubles(world: TestWorld): readonly TestFailure[] {
  const failed = world.decisions.flatMap(({ trace }) =>
    trace.rules.flatMap((entry) =>
      entry.outcome === 'failed'
        ? [
            {
              path: [],
              message: `${entry.rule} failed: ${entry.error}`,
              expected: null,
              actual: entry.code,
              cause: entry.rule,
            },
          ]
        : [],
    ),
  )
  return [
    ...world.troubles.map((message) => ({ path: [], message, expected: null, actual: null, cause: null })),
    ...failed,
  ]
}
