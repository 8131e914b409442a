import type { DocumentPath, StoredDocument } from '../../../control-plane/documents/document.ts'

/** What is counted: rules that fire and do not, clauses seen true and false, steps that run, factors that count. */
export const coverageSorts = ['rule', 'clause', 'step', 'factor'] as const
export type CoverageSort = (typeof coverageSorts)[number]

export type CoverageOutcome =
  'fired' | 'not fired' | 'true' | 'false' | 'ran' | 'came' | 'timed out' | 'counted'

/** One thing that a suite can make the configuration do. */
export interface CoverageItem {
  readonly sort: CoverageSort
  /** The rule, factor or step: `RuleSet/x#y`. */
  readonly cause: string
  readonly document: StoredDocument
  readonly path: DocumentPath
  /** Into the text at `path`; null: the whole of it. */
  readonly offset: number | null
  /** The clause as it is written; the part's id else. */
  readonly label: string
  readonly outcome: CoverageOutcome
}

/** Tells an item from all others of its set of documents. `within` is below the part: `when`. */
export function coverageKey(
  cause: string,
  outcome: CoverageOutcome,
  within: DocumentPath = [],
  offset: number | null = null,
): string {
  return `${cause}\n${within.join('.')}\n${offset ?? ''}\n${outcome}`
}
