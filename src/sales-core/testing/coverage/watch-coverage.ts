import type { SalesConfig } from '../../compile/sales-config.ts'
import type { ConditionResult, VariableValues } from '../../conditions/condition-compiler.ts'
import { explainCondition } from '../../conditions/explain-condition.ts'
import type { CompiledFactor } from '../../scoring/compiled-score.ts'
import type { WorkflowTrace } from '../../decide/decision.ts'
import type { Happening, TestWorld } from '../test-world.ts'
import { watchConfig } from '../watch-config.ts'
import type { ConditionPart } from '../watch-config.ts'
import { coverageKey } from './coverage-item.ts'
import { clauseList } from './coverage-items.ts'

/** What one case made the configuration do: how often, by the keys of coverage items. */
export interface CaseCoverage {
  readonly counts: ReadonlyMap<string, number>
  /** Conditions that were evaluated, as `cause path`, and parts that did something, as `cause`. */
  readonly touched: ReadonlySet<string>
  /** What each condition was evaluated with, by its touched name; null: more than may be kept. */
  readonly evaluations: ReadonlyMap<string, readonly KeptEvaluation[]> | null
}

/** One evaluation of a condition. */
export interface KeptEvaluation {
  readonly values: VariableValues
  readonly result: ConditionResult
}

/** Evaluations that are kept of all cases of a suite together. */
export const keptEvaluationsMax = 500_000

/** The name under which a condition is touched. */
export function touchedCondition(cause: string, path: readonly (string | number)[]): string {
  return `${cause} ${path.join('.')}`
}

/** Watches what cases make a configuration do. Cases run under `config`; after each, `takeCase` says what that one did. */
export class CoverageWatch {
  readonly config: SalesConfig
  readonly #scores: SalesConfig['scoresFor']
  readonly #factors = new Map<string, CompiledFactor>()
  #counts = new Map<string, number>()
  #touched = new Set<string>()
  #evaluations = new Map<string, KeptEvaluation[]>()
  #kept = 0

  constructor(config: SalesConfig) {
    this.#scores = (kind) => config.scoresFor(kind)
    for (const kind of config.types.entities.keys()) {
      for (const { name, factors } of config.scoresFor(kind))
        for (const factor of factors) this.#factors.set(`${name}#${factor.id}`, factor)
    }
    this.config = watchConfig(config, (part, values, result) => this.#evaluated(part, values, result))
  }

  /** What happened since the last case. */
  takeCase(world: TestWorld): CaseCoverage {
    for (const happening of world.happened) this.#happened(happening)
    for (const name of [...world.ranSchedules, ...world.askedPolicies]) this.#touched.add(name)
    const evaluations = this.#kept > keptEvaluationsMax ? null : this.#evaluations
    const taken = { counts: this.#counts, touched: this.#touched, evaluations }
    this.#counts = new Map()
    this.#touched = new Set()
    this.#evaluations = new Map()
    return taken
  }

  #keep(touched: string, evaluation: KeptEvaluation): void {
    this.#kept += 1
    if (this.#kept > keptEvaluationsMax) return
    const list = this.#evaluations.get(touched)
    if (list === undefined) this.#evaluations.set(touched, [evaluation])
    else list.push(evaluation)
  }

  #count(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  #evaluated(
    { cause, path, condition }: ConditionPart,
    values: VariableValues,
    result: ConditionResult,
  ): void {
    const touched = touchedCondition(cause, path)
    this.#touched.add(touched)
    this.#keep(touched, { values, result })
    for (const { text, offset, outcome } of clauseList(explainCondition(condition, values))) {
      if (outcome.state !== 'value') continue
      this.#count(coverageKey(cause, outcome.value === true ? 'true' : 'false', [...path, text], offset))
    }
    if (result.state !== 'value') return
    if (cause.startsWith('RuleSet/') && path[0] === 'when' && result.value !== true)
      this.#count(coverageKey(cause, 'not fired'))
    if (cause.startsWith('LeadScore/')) this.#stateFactor(cause, path, result.value)
  }

  /** A factor of the state counts whenever it is computed; those of events when they collect. */
  #stateFactor(cause: string, path: readonly (string | number)[], value: unknown): void {
    const factor = this.#factors.get(cause.slice('LeadScore/'.length))
    if (factor?.kind === 'state' && value === true) this.#did(cause)
    if (factor?.kind !== 'value' || path[0] !== 'value' || typeof value !== 'number') return
    const step = factor.steps.find(({ from }) => value >= from)
    if (step === undefined) return
    this.#touched.add(cause)
    this.#count(coverageKey(cause, 'counted', ['bands', String(step.from)]))
  }

  #did(cause: string): void {
    this.#touched.add(cause)
    this.#count(coverageKey(cause, 'counted'))
  }

  #happened({ before, decision }: Happening): void {
    for (const entry of decision.trace.rules) {
      if (entry.outcome !== 'fired') continue
      this.#touched.add(entry.rule)
      this.#count(coverageKey(entry.rule, 'fired'))
    }
    for (const trace of decision.trace.workflows) this.#moved(trace)
    for (const { name } of this.#scores(before.ref.kind)) {
      this.#touched.add(`LeadScore/${name}`)
      const collected = decision.entity.scores[name]?.collected ?? {}
      const held = before.scores[name]?.collected ?? {}
      for (const id of Object.keys(collected))
        if (collected[id] !== held[id]) this.#did(`LeadScore/${name}#${id}`)
    }
  }

  #moved({ workflow, ran, moved = [], arms = [] }: WorkflowTrace): void {
    for (const step of ran) {
      const cause = `Workflow/${workflow}#${step}`
      this.#touched.add(cause)
      this.#count(coverageKey(cause, 'ran'))
    }
    for (const [step, arm] of arms) this.#count(coverageKey(`Workflow/${workflow}#${step}`, 'ran', [arm]))
    for (const { step, by } of moved)
      this.#count(coverageKey(`Workflow/${workflow}#${step}`, by === 'timer' ? 'timed out' : 'came'))
  }
}
