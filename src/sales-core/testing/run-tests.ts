import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { StoredDocument, DocumentPath } from '../../control-plane/documents/document.ts'
import { compileSalesConfig } from '../compile/compile-sales-config.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { CaseCoverage } from './coverage/watch-coverage.ts'
import { CoverageWatch } from './coverage/watch-coverage.ts'
import { explainFailures } from './explain-failure.ts'
import type { FailureExplanation } from './explain-failure.ts'
import { casesOf, runCase } from './run-case.ts'
import type { PreparedCase } from './run-case.ts'
import type { TestFailure } from './test-failure.ts'

/** How a case went. `path` leads to it in its document. */
export interface TestCaseResult {
  readonly test: string
  readonly name: string
  readonly document: StoredDocument
  readonly path: DocumentPath
  /** Empty: it passed. Their paths are below `path`, and lead to where things are written: into the row of a case with rows. */
  readonly failures: readonly TestFailure[]
  /** One for each failure: what the conditions concerned yielded, and where the values came from. */
  readonly explanations: readonly FailureExplanation[]
  /** What it made the configuration do; null when nobody asked. */
  readonly coverage: CaseCoverage | null
  readonly prepared: PreparedCase
}

export interface TestReport {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly TestCaseResult[]
}

export interface TestOptions {
  readonly tenantSlug?: string
  /** Picks cases whose name, or whose test's name, contains it. */
  readonly filter?: string | null
  /** Watch what the cases make the configuration do? */
  readonly coverage?: boolean
  /** Stop after the first case that fails? */
  readonly bail?: boolean
  /** Picks cases; those of the scopes above were run there. */
  readonly only?: (testCase: PreparedCase) => boolean
}

/** Runs the Test documents of a set against its rules, scores and workflows, in virtual time and without anything outside. */
export function runTests(
  documents: DocumentSet,
  catalog: IntegrationCatalog,
  options: TestOptions = {},
): TestReport {
  const { tenantSlug = 'test', filter = null, only = () => true } = options
  const config = compileSalesConfig(documents, 'test', catalog, tenantSlug)
  return runCases(casesOf(documents, filter).filter(only), documents, config, options)
}

/** Runs prepared cases under a configuration compiled from the same set. */
export function runCases(
  prepared: readonly PreparedCase[],
  documents: DocumentSet,
  config: SalesConfig,
  { coverage = false, bail = false }: TestOptions,
): TestReport {
  const watch = coverage ? new CoverageWatch(config) : null
  const cases: TestCaseResult[] = []
  for (const testCase of prepared) {
    const result = runOne(testCase, documents, config, watch)
    cases.push(result)
    if (bail && result.failures.length > 0) break
  }
  const failed = cases.filter(({ failures }) => failures.length > 0).length
  return { passed: cases.length - failed, failed, cases }
}

function runOne(
  prepared: PreparedCase,
  documents: DocumentSet,
  config: SalesConfig,
  watch: CoverageWatch | null,
): TestCaseResult {
  const run = runCase(prepared, watch?.config ?? config)
  const { test, name, document, path, sourceOf, row } = prepared
  // Explained before the paths are led to where things are written: what a condition read stands in the expanded case.
  const explanations =
    run.failures.length === 0 ? [] : explainFailures(prepared, documents, config, run.failures)
  const failures = run.failures.map((found) => writtenAt(found, sourceOf, row !== null))
  return {
    test,
    name,
    document,
    path,
    failures,
    explanations,
    coverage: watch?.takeCase(run.world) ?? null,
    prepared,
  }
}

/** In a case with rows an expectation stands for all of them: only what a cell says can be corrected for one. */
function writtenAt(
  found: TestFailure,
  sourceOf: (path: DocumentPath) => DocumentPath,
  hasRows: boolean,
): TestFailure {
  const updates = found.updates.flatMap((update) => {
    const path = sourceOf(update.path)
    return hasRows && path === update.path ? [] : [{ ...update, path }]
  })
  return { ...found, path: sourceOf(found.path), updates }
}
