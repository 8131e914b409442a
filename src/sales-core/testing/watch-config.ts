import { watchedCondition } from '../conditions/cel-condition-compiler.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { Condition, ConditionResult, VariableValues } from '../conditions/condition-compiler.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import { withRules } from '../rules/index/with-rules.ts'
import type { CompiledFactor, CompiledScore } from '../scoring/compiled-score.ts'
import type { CompiledStep, CompiledWorkflow } from '../workflows/compiled-workflow.ts'

/** A condition of the configuration. */
export interface ConditionPart {
  /** The rule, factor or step it belongs to: `RuleSet/x#y`. */
  readonly cause: string
  /** Where it stands, below that part: `when`, `choose[0].when`. */
  readonly path: DocumentPath
  readonly condition: Condition
}

/** Told of every evaluation. */
export type ConditionWatcher = (part: ConditionPart, values: VariableValues, result: ConditionResult) => void

/** The same configuration, with every evaluation of a condition told to `watcher`. It decides exactly as the original does. */
export function watchConfig(config: SalesConfig, watcher: ConditionWatcher): SalesConfig {
  const put = (part: ConditionPart): Condition =>
    watchedCondition(part.condition, (values, result) => watcher(part, values, result))
  const rule = remembered((given: CompiledRule) => watchedRule(given, put))
  const score = remembered((given: CompiledScore) => ({
    ...given,
    factors: given.factors.map((factor) => watchedFactor(given, factor, put)),
  }))
  const workflow = remembered((given: CompiledWorkflow) => watchedWorkflow(given, put))
  return {
    ...withRules(
      config,
      remembered((type: string) => config.rulesFor(type).map(rule)),
    ),
    guardsFor: remembered((type: string) => config.guardsFor(type).map(rule)),
    rule: (ref) => mapped(config.rule(ref), rule),
    scoresFor: remembered((kind: string) => config.scoresFor(kind).map(score)),
    startsFor: remembered((type: string) => config.startsFor(type).map(workflow)),
    workflow: (name) => mapped(config.workflow(name), workflow),
    definition: (digest) => mapped(config.definition(digest), workflow),
  }
}

/** The conditions of a rule, a score or a workflow. */
export function partsOf(
  given: { rule: CompiledRule } | { score: CompiledScore } | { workflow: CompiledWorkflow },
): readonly ConditionPart[] {
  const parts: ConditionPart[] = []
  const put = (part: ConditionPart): Condition => {
    parts.push(part)
    return part.condition
  }
  if ('rule' in given) watchedRule(given.rule, put)
  else if ('score' in given) for (const factor of given.score.factors) watchedFactor(given.score, factor, put)
  else watchedWorkflow(given.workflow, put)
  return parts
}

type Put = (part: ConditionPart) => Condition

function watchedRule(rule: CompiledRule, put: Put): CompiledRule {
  const { cause, when, memory } = rule
  const where = memory?.absence?.where ?? null
  if (when === null && where === null) return rule
  const path = ['unless_followed_by', 'where']
  return {
    ...rule,
    when: when === null ? null : put({ cause, path: ['when'], condition: when }),
    memory:
      where === null || memory?.absence == null
        ? memory
        : { ...memory, absence: { ...memory.absence, where: put({ cause, path, condition: where }) } },
  }
}

function watchedFactor(score: CompiledScore, factor: CompiledFactor, put: Put): CompiledFactor {
  const cause = `LeadScore/${score.name}#${factor.id}`
  if (factor.kind === 'value')
    return { ...factor, value: put({ cause, path: ['value'], condition: factor.value }) }
  if (factor.kind === 'state')
    return { ...factor, when: put({ cause, path: ['when'], condition: factor.when }) }
  return factor.when === null
    ? factor
    : { ...factor, when: put({ cause, path: ['when'], condition: factor.when }) }
}

function watchedWorkflow(workflow: CompiledWorkflow, put: Put): CompiledWorkflow {
  const { name, start } = workflow
  const watchedStart =
    start === null || start.when === null
      ? start
      : { ...start, when: put({ cause: `Workflow/${name}#start`, path: ['when'], condition: start.when }) }
  return {
    ...workflow,
    start: watchedStart,
    stopWhen: workflow.stopWhen.map((stop, index) =>
      stop.when === null
        ? stop
        : {
            ...stop,
            when: put({
              cause: `Workflow/${name}#stop_when`,
              path: ['stop_when', index, 'when'],
              condition: stop.when,
            }),
          },
    ),
    goal:
      workflow.goal === null
        ? null
        : put({ cause: `Workflow/${name}#goal`, path: ['goal'], condition: workflow.goal }),
    steps: workflow.steps.map((step) => watchedStep(name, step, put)),
  }
}

function watchedStep(workflow: string, step: CompiledStep, put: Put): CompiledStep {
  const cause = `Workflow/${workflow}#${step.id}`
  if (step.verb === 'wait_for' && step.where !== null)
    return { ...step, where: put({ cause, path: ['wait_for', 'where'], condition: step.where }) }
  if (step.verb !== 'choose') return step
  return {
    ...step,
    branches: step.branches.map((branch, index) => ({
      ...branch,
      when: put({ cause, path: ['choose', index, 'when'], condition: branch.when }),
    })),
  }
}

function mapped<T>(value: T | null, map: (value: T) => T): T | null {
  return value === null ? null : map(value)
}

/** One result for one argument: what is wrapped stays the same object from one event to the next. */
function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const before = made.get(key)
    if (before !== undefined) return before
    const value = make(key)
    made.set(key, value)
    return value
  }
}
