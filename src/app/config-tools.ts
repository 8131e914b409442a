import { compileIntegrations } from '../adapters/connectors/compile-integrations.ts'
import type { Finding } from '../control-plane/documents/finding.ts'
import { applyDirectory, newRevision } from '../control-plane/revisions/apply-directory.ts'
import type { AppliedScope } from '../control-plane/revisions/revision-store.ts'
import { ConfigurationInvalid } from '../control-plane/validate/configuration-invalid.ts'
import { isValid, validateDirectory } from '../control-plane/validate/validate-directory.ts'
import type { ScopeDocuments } from '../control-plane/validate/validate-documents.ts'
import { scopeName } from '../control-plane/documents/document.ts'
import { NxError } from '../kernel/errors.ts'
import { requirePermission } from '../platform/access/actor.ts'
import { runTests } from '../sales-core/testing/run-tests.ts'
import type { TestCaseResult } from '../sales-core/testing/run-tests.ts'
import type { Settings } from './config/settings.ts'
import { documentKinds } from './kinds.ts'
import type { Operator } from './operator.ts'

export interface ConfigReport {
  /** Sorted by file, line and column. */
  readonly findings: readonly Finding[]
  readonly documents: number
  readonly files: number
}

/** Checks a configuration directory, offline; all findings at once. Throws only when it cannot be read. */
export async function validateConfig(directory: string): Promise<ConfigReport> {
  const { findings, documents, files } = await validateDirectory(directory, documentKinds)
  return { findings, documents: documents.length, files: files.length }
}

export interface ApplyOptions {
  readonly reason: string | null
  readonly dryRun: boolean
}

/**
 * Makes a directory the active configuration of its scopes. `dryRun` says which scopes would change and changes nothing.
 * Throws NX-CONFIG-INVALID with all findings, NX-DENIED, NX-TENANT-NOT-FOUND.
 */
export async function applyConfig(
  operator: Operator,
  _settings: Settings,
  directory: string,
  { reason, dryRun }: ApplyOptions,
): Promise<{ readonly scopes: readonly AppliedScope[] }> {
  const ports = { revisions: operator.revisions, tenants: operator.tenants, kinds: documentKinds }
  if (!dryRun) return await applyDirectory(ports, operator.actor, { directory, reason })
  requirePermission(operator.actor, 'config.read', null)
  const report = await validateDirectory(directory, documentKinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  return {
    scopes: await Promise.all(report.scopes.map(async (scope) => await compareScope(operator, scope))),
  }
}

async function compareScope(
  { revisions, tenants }: Operator,
  { scope, documents }: ScopeDocuments,
): Promise<AppliedScope> {
  const { digest } = newRevision(scope, documents)
  const active = await revisions.active(
    scope.level === 'global' ? null : await tenantId(tenants, scope.tenant),
  )
  const before = active.find((revision) => scopeName(revision.scope) === scopeName(scope))?.digest ?? null
  return { scope, digest, previousDigest: before, changed: before !== digest }
}

async function tenantId(tenants: Operator['tenants'], slug: string): Promise<string> {
  const tenant = await tenants.bySlug(slug)
  if (tenant !== null) return tenant.id
  throw new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${slug}'`, {
    fix: `neuronx tenant create ${slug}`,
  })
}

/** One case of a Test document, where it stands, and what was wrong; `failures` is empty when it passed. */
export interface TestedCase {
  readonly name: string
  readonly file: string
  readonly line: number
  readonly failures: readonly string[]
}

export interface TestReport {
  readonly passed: number
  readonly failed: number
  readonly cases: readonly TestedCase[]
}

/**
 * Runs the Test documents of a directory, offline, in virtual time, each against what its scope sees. Throws
 * NX-CONFIG-INVALID, and NX-TEST-NONE when there is nothing to run.
 */
export async function testConfig(
  directory: string,
  { filter }: { readonly filter: string | null },
): Promise<TestReport> {
  const report = await validateDirectory(directory, documentKinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  const cases = report.scopes.flatMap((scope) => testScope(scope, filter))
  if (cases.length === 0) {
    throw new NxError('not_found', 'NX-TEST-NONE', 'There is no test to run', {
      where: { file: directory },
      fix: filter === null ? 'Add documents of kind Test.' : 'Use another --filter, or none.',
    })
  }
  const failed = cases.filter(({ failures }) => failures.length > 0).length
  return { passed: cases.length - failed, failed, cases }
}

/** A scope's own tests: those of the scopes above were run there. */
function testScope({ scope, documents, set }: ScopeDocuments, filter: string | null): readonly TestedCase[] {
  const own = new Map(
    documents.filter(({ kind }) => kind === 'Test').map((document) => [document.name, document]),
  )
  if (own.size === 0) return []
  const tenantSlug = scope.level === 'global' ? 'test' : scope.tenant
  const { cases } = runTests(set, compileIntegrations(set).catalog, { tenantSlug, filter })
  return cases.flatMap((result) => {
    const document = own.get(result.document.name)
    if (document === undefined) return []
    const { file, line } = document.locate(result.path)
    return [
      { name: `${result.test}: ${result.name}`, file, line, failures: result.failures.map(failureText) },
    ]
  })
}

function failureText({ message, expected, actual }: TestCaseResult['failures'][number]): string {
  if (expected === null && actual === null) return message
  return `${message}\nexpected ${JSON.stringify(expected)}\nactual   ${JSON.stringify(actual)}`
}
