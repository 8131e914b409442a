import { digestOf } from '../../kernel/digest.ts'
import { NxError } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { revisionDigest } from '../revisions/revision-digest.ts'
import type { KeptDocuments, NewRevision, RevisionSource, ScopeDigest } from '../revisions/revision-store.ts'
import type { MadePlan } from './make-plan.ts'
import { planDigest } from './make-plan.ts'
import type { PlanReport } from './plan-report.ts'

/** The file's version: grows when a field changes its meaning. */
const planFileSchema = 'neuronx.plan-file/1'

/** A plan kept in a file: everything that applying it takes. */
export interface PlanFile {
  readonly schema: typeof planFileSchema
  readonly report: PlanReport
  readonly base: readonly ScopeDigest[]
  readonly candidate: readonly NewRevision[]
  readonly keep: readonly KeptDocuments[]
  readonly source: RevisionSource
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
}

/** A plan as the text of a file, sealed by the digest of its content. */
export function printPlanFile(
  { candidate, report }: MadePlan,
  head: Pick<PlanFile, 'createdAt' | 'createdBy' | 'expiresAt'>,
): string {
  const { base, revisions, keep, source } = candidate
  const file: PlanFile = { schema: planFileSchema, report, base, candidate: revisions, keep, source, ...head }
  const content = JSON.parse(JSON.stringify(file)) as JsonObject
  return `${JSON.stringify({ seal: digestOf(content), ...content }, null, 2)}\n`
}

/**
 * Reads a plan file back. The seal, the digests of its revisions and of their documents, and what it is pinned to must all fit. Throws
 * NX-PLAN-FILE (invalid) when they do not, NX-PLAN-EXPIRED.
 */
export function parsePlanFile(text: string, name: string, now: Date): PlanFile {
  let parsed: JsonValue
  try {
    parsed = JSON.parse(text) as JsonValue
  } catch (error) {
    throw notAPlan(name, error instanceof Error ? error.message : 'it is not JSON')
  }
  if (!isJsonObject(parsed) || parsed['schema'] !== planFileSchema)
    throw notAPlan(name, `it does not begin as one (schema ${planFileSchema})`)
  const { seal, ...content } = parsed
  if (seal !== digestOf(content))
    throw notAPlan(name, 'its content does not fit its seal: it was changed or cut')
  const file = content as unknown as PlanFile
  const broken = file.candidate.find(
    ({ digest, documents }) =>
      digest !== revisionDigest(documents) ||
      documents.some((document) => document.digest !== digestOf(document.body)),
  )
  if (broken !== undefined || file.report.digest !== planDigest(file.base, file.candidate))
    throw notAPlan(name, 'its digests do not fit its documents')
  if (Date.parse(file.expiresAt) > now.getTime()) return file
  throw new NxError('conflict', 'NX-PLAN-EXPIRED', 'This plan has expired', {
    detail: `It could be applied until ${file.expiresAt}.`,
    where: { file: name },
    fix: `Plan again: neuronx config plan ${file.source.directory}`,
  })
}

function notAPlan(file: string, why: string): NxError {
  return new NxError('invalid', 'NX-PLAN-FILE', 'This file is not a plan that can be applied', {
    detail: why,
    where: { file },
    fix: 'Write one: neuronx config plan DIR --out FILE',
  })
}
