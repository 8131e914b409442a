import type { RuleSpec, Sample } from './workload.ts'

/** Rules compiled, ready for events. */
export interface RulesReady {
  /** The ids of the rules that hold, ascending. */
  match(sample: Sample): readonly number[] | Promise<readonly number[]>
  /** Does the first rule hold? As quickly as one condition can be asked. */
  first(sample: Sample): boolean | Promise<boolean>
}

/** A way to decide which rules hold. Loaded in a process of its own. */
export interface RulesContestant {
  /** Imports what it needs; returns the compiler, whose work is timed. */
  load(): Promise<(rules: readonly RuleSpec[]) => RulesReady>
}

/** Compiled conditions one after another. */
export function linear(conditions: ReadonlyArray<(sample: Sample) => unknown>): RulesReady {
  const [first] = conditions
  return {
    match: (sample) => {
      const found: number[] = []
      for (let at = 0; at < conditions.length; at += 1) if (conditions[at]?.(sample) === true) found.push(at)
      return found
    },
    first: (sample) => first?.(sample) === true,
  }
}
