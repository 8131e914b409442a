import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { ActionSpec, RuleSetSpec, RuleSpec } from '../../kinds/rule-set-spec.ts'
import { compileRuleSet } from '../../rules/compile-rule-set.ts'
import { touchedCondition } from '../coverage/watch-coverage.ts'
import { mutateCondition } from '../../conditions/mutate-condition.ts'
import { mutateMemory } from './mutate-memory.ts'
import { mutateAssign, mutateTask } from './mutate-people.ts'
import { mutateValue } from './mutate-value.ts'
import type { Mutant } from './mutant.ts'
import { withRule } from './mutant.ts'

/** The changes of a RuleSet: its conditions, the constants of its actions, actions left out. */
export function* mutateRules(typed: TypedDocument<RuleSetSpec>, texts: readonly string[]): Generator<Mutant> {
  for (const [index, rule] of typed.spec.rules.entries()) {
    const path = ['rules', index]
    const cause = `RuleSet/${typed.spec.name}#${rule.id}`
    const mutant = (
      changed: RuleSpec,
      at: DocumentPath,
      change: string,
      { touches = cause, offset = null }: { touches?: string; offset?: number | null } = {},
    ): Mutant => ({
      document: typed.document,
      path: [...path, ...at],
      offset,
      change,
      cause,
      touches,
      apply: applying(typed, changed),
    })
    if (rule.when !== undefined) {
      for (const { offset, text, change } of mutateCondition(rule.when, texts)) {
        const touches = touchedCondition(cause, ['when'])
        yield {
          ...mutant({ ...rule, when: text }, ['when'], change, { touches, offset }),
          conditionIn: (config) => config.rule(`${typed.spec.name}/${rule.id}`)?.when ?? null,
        }
      }
    }
    for (const { rule: changed, path: at, change, offset } of mutateMemory(rule, texts)) {
      if (offset === undefined) yield mutant(changed, at, change)
      else
        yield {
          ...mutant(changed, at, change, { touches: touchedCondition(cause, at), offset }),
          conditionIn: (config) =>
            config.rule(`${typed.spec.name}/${rule.id}`)?.memory?.absence?.where ?? null,
        }
    }
    for (const [at, action] of rule.then.entries()) {
      const removed = `without ${Object.keys(action)[0] ?? 'this'}`
      yield mutant({ ...rule, then: rule.then.toSpliced(at, 1) }, ['then', at], removed)
      for (const { value, path: inner, change } of mutateAction(action, texts))
        yield mutant({ ...rule, then: rule.then.with(at, value) }, ['then', at, ...inner], change)
    }
  }
}

function applying(typed: TypedDocument<RuleSetSpec>, rule: RuleSpec): Mutant['apply'] {
  return (config) => {
    // The rule alone: a set may have thousands.
    const one = { document: typed.document, spec: { ...typed.spec, rules: [rule] } }
    const { rules, problems } = compileRuleSet(one, config.types, config.catalog)
    const [compiled] = rules
    return compiled === undefined || problems.length > 0 ? null : withRule(config, compiled)
  }
}

function* mutateAction(
  action: ActionSpec,
  texts: readonly string[],
): Generator<{ readonly value: ActionSpec; readonly path: DocumentPath; readonly change: string }> {
  const { set, add_tag: tags, with: input, emit, assign, task } = action
  for (const found of assign === undefined ? [] : mutateAssign(assign))
    yield { ...found, path: ['assign', ...found.path], value: { ...action, assign: found.value } }
  for (const found of task === undefined ? [] : mutateTask(task))
    yield { ...found, path: ['task', ...found.path], value: { ...action, task: found.value } }
  if (set !== undefined) {
    for (const found of mutateValue(set as JsonObject, texts))
      yield { ...found, path: ['set', ...found.path], value: { ...action, set: found.value as JsonRecord } }
  }
  if (tags !== undefined) {
    for (const found of mutateValue(tags, texts))
      yield {
        ...found,
        path: ['add_tag', ...found.path],
        value: { ...action, add_tag: found.value as string | string[] },
      }
  }
  if (input !== undefined) {
    for (const found of mutateValue(input as JsonObject, texts))
      yield { ...found, path: ['with', ...found.path], value: { ...action, with: found.value as JsonRecord } }
  }
  if (emit?.data === undefined) return
  for (const found of mutateValue(emit.data as JsonObject, texts)) {
    const value = { ...action, emit: { ...emit, data: found.value as JsonRecord } }
    yield { ...found, path: ['emit', 'data', ...found.path], value }
  }
}

type JsonRecord = Readonly<Record<string, JsonValue>>
