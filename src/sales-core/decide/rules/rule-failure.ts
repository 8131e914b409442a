import type { JsonValue } from '../../../kernel/json.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledRule } from '../../rules/compiled-rule.ts'
import type { ValueTemplate } from '../../templates/compile-value.ts'
import type { Template } from '../../templates/template.ts'
import type { RuleTrace } from '../decision.ts'
import { EffectRefused } from '../effects.ts'

/** A rule whose effects cannot be: they are all dropped, those of the others stand. */
export interface RuleFailure {
  readonly rule: CompiledRule
  readonly code: string
  readonly message: string
}

/** The failure of a rule whose effect was refused. Anything else is a bug and thrown on. */
export function failureOf(rule: CompiledRule, error: unknown): RuleFailure {
  if (!(error instanceof EffectRefused)) throw error
  return { rule, code: error.code, message: error.message }
}

/** A failed rule, for the trace. */
export function failedTrace({ rule, code, message }: RuleFailure): RuleTrace {
  return { rule: rule.cause, outcome: 'failed', code, error: message }
}

/** A template's value. Throws EffectRefused when it has none. */
export function rendered(template: ValueTemplate, values: VariableValues): JsonValue | undefined {
  const result = template.render(values)
  if (result.state === 'error') throw new EffectRefused(result.code, result.message)
  return result.value
}

/** A template as text; nothing is the empty text. Throws EffectRefused when it has no value. */
export function textOf(template: Template, values: VariableValues): string {
  const value = rendered({ ...template, constant: false }, values)
  return typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value)
}
