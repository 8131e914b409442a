import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { SourcePosition } from '../../control-plane/documents/document.ts'
import { ConfigurationInvalid } from '../../control-plane/validate/configuration-invalid.ts'
import { writeFixes } from '../../control-plane/validate/fix/fix-directory.ts'
import { isValid, validateDirectory } from '../../control-plane/validate/validate-directory.ts'
import type { ScopeDocuments } from '../../control-plane/validate/validate-documents.ts'
import { systemClock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { compileSalesConfig } from '../../sales-core/compile/compile-sales-config.ts'
import type { SalesConfig } from '../../sales-core/compile/sales-config.ts'
import { coverageItems } from '../../sales-core/testing/coverage/coverage-items.ts'
import { CoverageTally } from '../../sales-core/testing/coverage/coverage-tally.ts'
import type { CoverageReport } from '../../sales-core/testing/coverage/coverage-tally.ts'
import { runMutants } from '../../sales-core/testing/mutation/run-mutants.ts'
import type { MutationReport } from '../../sales-core/testing/mutation/run-mutants.ts'
import { casesOf } from '../../sales-core/testing/run-case.ts'
import { runCases } from '../../sales-core/testing/run-tests.ts'
import type { TestCaseResult } from '../../sales-core/testing/run-tests.ts'
import { documentKinds } from '../kinds.ts'
import { describeFailure, positionOf } from './describe-failure.ts'
import { runCalls } from './run-calls.ts'
import type { CallResult } from './run-calls.ts'
import { planUpdate } from './update-tests.ts'

/** An expectation that was not met, at its place in the Test document. */
export interface TestedFailure extends SourcePosition {
  readonly message: string
  readonly expected: JsonValue
  readonly actual: JsonValue
  /** The rule, factor or step concerned: `RuleSet/x#y`; null: none. */
  readonly cause: string | null
  /** Expected and actual, the conditions concerned with what each part yielded, where values came from. One line each. */
  readonly details: readonly string[]
}

/** One case of a Test document, where it stands, and what was wrong; `failures` is empty when it passed. */
export interface TestedCase {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly failures: readonly TestedFailure[]
}

export interface TestReport {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly TestedCase[]
  /** null: not asked for. */
  readonly coverage: CoverageReport | null
  readonly mutation: MutationReport | null
  /** With `update`: what was written, or would be. */
  readonly update: {
    readonly files: readonly { readonly file: string; readonly diff: string }[]
    readonly updated: number
    readonly left: number
  } | null
}

export interface TestConfigOptions {
  /** Picks cases whose name, or whose test's name, contains it. */
  readonly filter?: string | null
  /** Stop after the first case that fails? */
  readonly bail?: boolean
  /** Is having no test at all all right? */
  readonly allowEmpty?: boolean
  readonly coverage?: boolean
  readonly mutate?: { readonly max: number; readonly seed: number; readonly timeMsMax: number } | null
  /** Write what really came into expectations that failed? `dry-run`: say what would be written. */
  readonly update?: 'write' | 'dry-run' | null
  readonly signal?: AbortSignal
}

interface TestedScope {
  readonly scope: ScopeDocuments
  readonly config: SalesConfig
  readonly results: readonly TestCaseResult[]
  readonly calls: readonly CallResult[]
}

/**
 * Runs the Test documents of a directory, offline, in virtual time, each against what its scope sees. Throws
 * NX-CONFIG-INVALID, and NX-TEST-NONE when there is nothing to run.
 */
export async function testConfig(directory: string, options: TestConfigOptions = {}): Promise<TestReport> {
  const { filter = null, allowEmpty = false, coverage = false, mutate = null, update = null } = options
  const report = await validateDirectory(directory, documentKinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  const scopes = await testScopes(report.scopes, options, coverage || mutate !== null)
  const results = scopes.flatMap((tested) => tested.results)
  const calls = scopes.flatMap((tested) => tested.calls)
  const all = scopes.flatMap((tested) => [...tested.results.map(testedCase), ...tested.calls.map(testedCall)])
  if (all.length === 0 && !allowEmpty) {
    throw new NxError('not_found', 'NX-TEST-NONE', 'There is no test to run', {
      where: { file: directory },
      fix:
        filter === null
          ? 'Add documents of kind Test, or say --allow-empty.'
          : 'Use another --filter, or none.',
    })
  }
  const failed = all.filter(({ failures }) => failures.length > 0).length
  return {
    passed: all.length - failed,
    failed,
    cases: all,
    coverage: coverage ? coverageOf(scopes) : null,
    mutation: mutate === null ? null : await mutationOf(scopes, mutate, options.signal),
    update: update === null ? null : await updateTests(results, calls, update),
  }
}

async function testScopes(
  all: readonly ScopeDocuments[],
  options: TestConfigOptions,
  watched: boolean,
): Promise<readonly TestedScope[]> {
  const tested: TestedScope[] = []
  for (const scope of all) {
    const ran = await testScope(scope, options, watched)
    tested.push(ran)
    if (options.bail === true && hasFailures([...ran.results, ...ran.calls])) break
  }
  return tested
}

function hasFailures(results: readonly (TestCaseResult | CallResult)[]): boolean {
  return results.some(({ failures }) => failures.length > 0)
}

/** A scope's own tests: those of the scopes above were run there. */
async function testScope(
  scope: ScopeDocuments,
  options: TestConfigOptions,
  coverage: boolean,
): Promise<TestedScope> {
  const { set, resolved } = scope
  const own = new Set(resolved.filter(({ kind }) => kind === 'Test').map(({ name }) => name))
  const tenantSlug = scope.scope.level === 'global' ? 'test' : scope.scope.tenant
  const integrations = compileIntegrations(set)
  const config = compileSalesConfig(set, 'test', integrations.catalog, tenantSlug)
  const { filter = null, bail = false } = options
  const cases = own.size === 0 ? [] : casesOf(set, filter).filter(({ test }) => own.has(test))
  const { cases: results } = runCases(cases, set, config, { coverage, bail })
  const calls = bail && hasFailures(results) ? [] : await runCalls(set, integrations, { own, filter, bail })
  return { scope, config, results, calls }
}

function testedCase({ test, name, document, path, failures, explanations }: TestCaseResult): TestedCase {
  const { file, line } = positionOf(document, path)
  return {
    name: `${test}: ${name}`,
    file,
    line,
    failures: failures.map((failure, index) => ({
      ...positionOf(document, [...path, ...failure.path]),
      message: failure.message,
      expected: failure.expected,
      actual: failure.actual,
      cause: failure.cause,
      details: describeFailure(failure, explanations[index] ?? { conditions: [], notes: [] }),
    })),
  }
}

function testedCall({ test, name, document, path, failures }: CallResult): TestedCase {
  const { file, line } = positionOf(document, path)
  return {
    name: `${test}: ${name}`,
    file,
    line,
    failures: failures.map((found) => ({
      ...positionOf(document, [...path, ...found.path]),
      message: found.message,
      expected: found.expected,
      actual: found.actual,
      cause: null,
      details: describeFailure(found, { conditions: [], notes: [] }),
    })),
  }
}

function coverageOf(scopes: readonly TestedScope[]): CoverageReport {
  const tally = new CoverageTally(positionOf)
  for (const { scope, config, results } of scopes)
    tally.add(
      coverageItems(scope.set, config),
      results.flatMap(({ coverage }) => coverage ?? []),
    )
  return tally.report()
}

async function mutationOf(
  scopes: readonly TestedScope[],
  limits: NonNullable<TestConfigOptions['mutate']>,
  signal: AbortSignal | undefined,
): Promise<MutationReport> {
  const suites = scopes.map(({ scope, config, results }) => ({
    documents: scope.set,
    config,
    // A case that fails anyway notices nothing.
    cases: results.flatMap(({ failures, prepared, coverage }) =>
      failures.length > 0 || coverage === null
        ? []
        : [{ prepared, touched: coverage.touched, evaluations: coverage.evaluations }],
    ),
  }))
  return await runMutants(suites, { ...limits, clock: systemClock, locate: positionOf }, signal)
}

/** What calls expect is what a vendor's documentation says: only a person corrects it. */
async function updateTests(
  results: readonly TestCaseResult[],
  calls: readonly CallResult[],
  how: 'write' | 'dry-run',
): Promise<NonNullable<TestReport['update']>> {
  const { files, updated, left } = await planUpdate(results)
  if (how === 'write') await writeFixes(files)
  const inCalls = calls.reduce((sum, { failures }) => sum + failures.length, 0)
  return { files: files.map(({ file, diff }) => ({ file, diff })), updated, left: left + inCalls }
}
