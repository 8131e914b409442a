import type { DocumentPath, StoredDocument } from '../../../control-plane/documents/document.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { Condition } from '../../conditions/condition-compiler.ts'
import type { CompiledRule } from '../../rules/compiled-rule.ts'
import { withRules } from '../../rules/index/with-rules.ts'
import type { CompiledScore } from '../../scoring/compiled-score.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'

/** One small change of a configuration that a good suite should notice. */
export interface Mutant {
  readonly document: StoredDocument
  readonly path: DocumentPath
  /** Into the text at `path`; null: the whole value. */
  readonly offset: number | null
  /** For a person: `>= to >`. */
  readonly change: string
  /** The rule, score or workflow that is changed: `RuleSet/x#y`. */
  readonly cause: string
  /** What a case must have touched for the change to make a difference to it. */
  readonly touches: string
  /** The changed configuration; null: the change does not compile there. */
  readonly apply: (config: SalesConfig) => SalesConfig | null
  /** The condition that is changed, in the changed configuration; absent: something else is. */
  readonly conditionIn?: (config: SalesConfig) => Condition | null
}

/** The configuration with one rule replaced by another version of it. */
export function withRule(config: SalesConfig, rule: CompiledRule): SalesConfig {
  const replaced = (other: CompiledRule): CompiledRule => (other.ref === rule.ref ? rule : other)
  const rules = config.rulesFor(rule.on).map(replaced)
  return {
    ...withRules(config, (type) => (type === rule.on ? rules : config.rulesFor(type))),
    guardsFor: (type) => config.guardsFor(type).map(replaced),
    rule: (ref) => (ref === rule.ref ? rule : config.rule(ref)),
  }
}

/** The configuration with one score replaced. */
export function withScore(config: SalesConfig, score: CompiledScore): SalesConfig {
  const scores = config
    .scoresFor(score.entityKind)
    .map((other) => (other.name === score.name ? score : other))
  return { ...config, scoresFor: (kind) => (kind === score.entityKind ? scores : config.scoresFor(kind)) }
}

/** The configuration with one workflow replaced. */
export function withWorkflow(config: SalesConfig, workflow: CompiledWorkflow): SalesConfig {
  const replaced = (other: CompiledWorkflow): CompiledWorkflow =>
    other.name === workflow.name ? workflow : other
  return {
    ...config,
    startsFor: (type) => config.startsFor(type).map(replaced),
    workflow: (name) => (name === workflow.name ? workflow : config.workflow(name)),
    definition: (digest) => (digest === workflow.digest ? workflow : config.definition(digest)),
  }
}
