import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { SourcePosition, StoredDocument } from '../../../control-plane/documents/document.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { canonicalJson } from '../../../kernel/json.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { Condition } from '../../conditions/condition-compiler.ts'
import { leadScoreShape } from '../../kinds/lead-score-shape.ts'
import { policyKind } from '../../kinds/outreach/policy-kind.ts'
import { scheduleShape } from '../../kinds/outreach/schedule-shape.ts'
import { ruleSetShape } from '../../kinds/rule-set-shape.ts'
import { workflowShape } from '../../kinds/workflow-shape.ts'
import { percentText } from '../coverage/coverage-tally.ts'
import type { CaseCoverage, KeptEvaluation } from '../coverage/watch-coverage.ts'
import type { Locate } from '../coverage/coverage-tally.ts'
import { runCase } from '../run-case.ts'
import type { PreparedCase } from '../run-case.ts'
import { listMutants } from './list-mutants.ts'
import type { Mutant } from './mutant.ts'
import { sample } from './sample.ts'

/** A scope's cases that pass, with what each touched, and the configuration that they run under. */
export interface PassingSuite {
  readonly documents: DocumentSet
  readonly config: SalesConfig
  readonly cases: readonly PassingCase[]
}

export interface PassingCase {
  readonly prepared: PreparedCase
  readonly touched: CaseCoverage['touched']
  readonly evaluations: CaseCoverage['evaluations']
}

export interface MutationOptions {
  /** Mutants to run; of more, a sample is drawn. */
  readonly max: number
  /** Which sample: the same seed draws the same one. */
  readonly seed: number
  /** Mutants that are not run by then are left out, and counted. Milliseconds. */
  readonly timeMsMax: number
  readonly clock: Clock
  readonly locate: Locate
}

/** A change that no case noticed. */
export interface Survivor extends SourcePosition {
  readonly cause: string
  readonly change: string
  /** `not covered`: no case does what was changed. `survived`: cases do, and pass all the same. */
  readonly state: 'survived' | 'not covered'
}

export interface MutationReport {
  readonly killed: number
  /** Killed and survivors. */
  readonly total: number
  /** `90.12 %`, rounded down. */
  readonly percent: string
  /** All changes that there are, those that do not compile included. */
  readonly possible: number
  /** Drawn and not run, for the time was over. */
  readonly leftOut: number
  /** By file, line and column. */
  readonly survivors: readonly Survivor[]
}

interface Judged {
  readonly mutant: Mutant
  readonly suites: readonly PassingSuite[]
}

const turnMs = 100

/**
 * Changes the configuration in one place at a time and runs the cases that touch it, until the first fails. A change is killed when
 * a case of any scope that sees it fails. Stops early, saying so, when `signal` aborts (throws its reason) or the time is over.
 */
export async function runMutants(
  suites: readonly PassingSuite[],
  { max, seed, timeMsMax, clock, locate }: MutationOptions,
  signal?: AbortSignal,
): Promise<MutationReport> {
  const { drawn, possible } = sample(mutantsOf(suites), max, seed)
  const survivors: Survivor[] = []
  const killers = new Map<string, PreparedCase>()
  const startMs = clock.monotonicMs()
  let [killed, run, turnStartMs] = [0, 0, startMs]
  for (const judged of drawn) {
    const nowMs = clock.monotonicMs()
    if (nowMs - startMs > timeMsMax) break
    if (nowMs - turnStartMs > turnMs) {
      await nextTurn()
      signal?.throwIfAborted()
      turnStartMs = clock.monotonicMs()
    }
    run += 1
    const verdict = judge(judged, killers)
    if (verdict === 'killed') killed += 1
    if (verdict !== 'survived' && verdict !== 'not covered') continue
    const { document, path, offset, cause, change } = judged.mutant
    survivors.push({ ...locate(document, path, offset), cause, change, state: verdict })
  }
  const sorted = survivors.sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  )
  const total = killed + sorted.length
  const percent = percentText({ covered: killed, total })
  return { killed, total, percent, possible, leftOut: drawn.length - run, survivors: sorted }
}

/** The changes of every document once, with the suites of the scopes that see it. */
function* mutantsOf(suites: readonly PassingSuite[]): Generator<Judged> {
  const done = new Set<StoredDocument>()
  const seenBy = new Map<StoredDocument, PassingSuite[]>()
  const fresh = suites.map((suite) => {
    const own = new Set<StoredDocument>()
    for (const document of mutableDocuments(suite.documents)) {
      const others = seenBy.get(document)
      if (others === undefined) {
        seenBy.set(document, [suite])
        own.add(document)
      } else others.push(suite)
    }
    return { suite, own }
  })
  for (const { suite, own } of fresh) {
    for (const mutant of listMutants(suite.documents, (document) => own.has(document) && !done.has(document)))
      yield { mutant, suites: seenBy.get(mutant.document) ?? [suite] }
    for (const document of own) done.add(document)
  }
}

function mutableDocuments(documents: DocumentSet): readonly StoredDocument[] {
  return [
    ...documents.ofKind(ruleSetShape),
    ...documents.ofKind(leadScoreShape),
    ...documents.ofKind(workflowShape),
    ...documents.ofKind(scheduleShape),
    ...documents.ofKind(policyKind),
  ].map(({ document }) => document)
}

function judge(
  { mutant, suites }: Judged,
  killers: Map<string, PreparedCase>,
): 'killed' | 'survived' | 'not covered' | 'invalid' {
  let [compiled, covered] = [false, false]
  for (const { config, cases } of suites) {
    const changed = mutant.apply(config)
    if (changed === null) continue
    compiled = true
    const touching = cases.filter(({ touched }) => touched.has(mutant.touches))
    if (touching.length > 0) covered = true
    const condition = mutant.conditionIn?.(changed) ?? null
    const concerned = touching
      .filter((one) => condition === null || differs(condition, one.evaluations?.get(mutant.touches)))
      .map(({ prepared }) => prepared)
    // What noticed the last change of a part probably notices the next.
    const last = killers.get(mutant.cause)
    const ordered =
      last !== undefined && concerned.includes(last)
        ? [last, ...concerned.filter((one) => one !== last)]
        : concerned
    const killer = ordered.find((prepared) => runCase(prepared, changed).failures.length > 0)
    if (killer === undefined) continue
    killers.set(mutant.cause, killer)
    return 'killed'
  }
  return compiled ? (covered ? 'survived' : 'not covered') : 'invalid'
}

/**
 * Does the changed condition ever yield something else than the original did? If not, each decision of the case is the same as
 * before, so that the case need not be run. Unknown evaluations: it may.
 */
function differs(condition: Condition, evaluations: readonly KeptEvaluation[] | undefined): boolean {
  if (evaluations === undefined) return true
  return evaluations.some(({ values, result }) => {
    const now = condition.evaluate(values)
    if (now.state === 'value' && result.state === 'value') return now.value !== result.value
    return now.state !== result.state || canonicalJson({ ...now }) !== canonicalJson({ ...result })
  })
}
