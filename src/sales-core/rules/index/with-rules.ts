import type { SalesConfig } from '../../compile/sales-config.ts'
import type { CompiledRule } from '../compiled-rule.ts'
import { uncertain } from './candidates.ts'

/**
 * A configuration with other rules, every one of which is evaluated for every event of its type: for changed rules, and for
 * rules whose evaluation is watched.
 */
export function withRules(
  config: SalesConfig,
  rulesFor: (eventType: string) => readonly CompiledRule[],
): SalesConfig {
  return { ...config, rulesFor, candidatesFor: (type) => uncertain(rulesFor(type)) }
}
