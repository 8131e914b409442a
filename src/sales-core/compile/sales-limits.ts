import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { limitsKind } from '../../control-plane/limits/limits-kind.ts'
import { effectsPerHourMax } from '../decide/rules/effect-rate.ts'
import { ruleWaitsMax } from '../decide/rule-wait.ts'

/** How much the rules of a tenant may do. */
export interface SalesLimits {
  /** Commands and events that the rules of one entity may lead to in an hour. */
  readonly effectsPerHour: number
  /** Waits of rules that one entity may have at once. */
  readonly waitsPerEntity: number
  /** Commands of the tenant that may go out on a day, UTC; null: any number. */
  readonly commandsPerDay: number | null
}

/** What the Limits document of the view says; the lowest, should there be several. */
export function salesLimitsOf(set: DocumentSet): SalesLimits {
  const specs = set.ofKind(limitsKind).map(({ spec }) => spec)
  const least = (given: readonly (number | undefined)[]): number | null => {
    const numbers = given.filter((one) => one !== undefined)
    return numbers.length === 0 ? null : Math.min(...numbers)
  }
  return {
    effectsPerHour: least(specs.map(({ quotas }) => quotas?.effects_per_hour)) ?? effectsPerHourMax,
    waitsPerEntity: least(specs.map(({ concurrency }) => concurrency?.waits_per_entity)) ?? ruleWaitsMax,
    commandsPerDay: least(specs.map(({ quotas }) => quotas?.commands_per_day)),
  }
}
