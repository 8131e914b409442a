import type { CountNeed } from '../conditions/condition-compiler.ts'
import { countKey } from '../conditions/condition-compiler.ts'
import type { CompiledTeam } from '../people/compiled-people.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'

/** Everything that the conditions of a configuration count, each once. */
export function conditionCounts(
  rules: readonly CompiledRule[],
  scores: readonly CompiledScore[],
  workflows: readonly CompiledWorkflow[],
  teams: readonly CompiledTeam[],
): readonly CountNeed[] {
  const needs = new Map<string, CountNeed>()
  const add = (found: readonly CountNeed[] | undefined): void => {
    for (const need of found ?? []) needs.set(countKey(need), need)
  }
  for (const { when, memory } of rules) {
    add(when?.counts)
    add(memory?.absence?.where?.counts)
  }
  for (const { factors } of scores) {
    for (const factor of factors) {
      if (factor.kind === 'value') add(factor.value.counts)
      else add(factor.when?.counts)
    }
  }
  for (const { closedWhen } of teams) for (const { counts } of closedWhen.values()) add(counts)
  for (const workflow of workflows) addConditions(workflow, add, 0)
  return [...needs.values()]
}

const depthMax = 24

/** The conditions of a workflow lie in many kinds of steps: whatever says what it counts is one. */
function addConditions(value: unknown, add: (found: readonly CountNeed[]) => void, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > depthMax) return
  if ('evaluate' in value && 'counts' in value) {
    add(value.counts as readonly CountNeed[])
    return
  }
  // Declared types and templates hold no conditions, and types may be large.
  if (value instanceof Set || 'render' in value) return
  const inner = value instanceof Map ? [...value.values()] : Object.values(value)
  for (const part of inner) addConditions(part, add, depth + 1)
}
