import type { CompiledRule } from '../compiled-rule.ts'

/** Rules that may hold for an event, in their order; all others yield false, without an error. */
export interface Candidates {
  readonly rules: readonly CompiledRule[]
  /** By place in `rules`: true where the condition yields true, so that it need not be evaluated. Left out: it is not known. */
  readonly certain: readonly boolean[]
}

const nothingCertain: readonly boolean[] = []

/** Rules every one of which must be evaluated. */
export function uncertain(rules: readonly CompiledRule[]): Candidates {
  return { rules, certain: nothingCertain }
}
