import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { VariableTypes, VariableValues } from '../../conditions/condition-compiler.ts'
import type { Slots } from '../../conditions/slot-table.ts'
import { SlotTable } from '../../conditions/slot-table.ts'
import type { CompiledRule } from '../../rules/compiled-rule.ts'
import type { Candidates } from '../../rules/index/candidates.ts'
import type { RuleTrace } from '../decision.ts'

/** Rules that hold and took the event, and those whose conditions failed. */
export interface Judged {
  readonly matched: readonly CompiledRule[]
  readonly failed: readonly RuleTrace[]
}

/**
 * Which of these rules hold, all of them judged on one snapshot, in the order given. `takes` says whether a rule that holds fires or
 * waits; one that does neither leaves the event to the rules of its set behind it, even when it is final.
 */
export function judge(
  { rules, certain }: Candidates,
  event: LoggedEvent,
  values: VariableValues,
  takes: (rule: CompiledRule) => boolean = () => true,
): Judged {
  const failed: RuleTrace[] = []
  const closed = new Set<string>()
  const slotsOf = oneFor(values)
  const matched = rules.filter((rule, at) => {
    if (closed.has(rule.document) || (rule.depthMax !== null && event.depth > rule.depthMax)) return false
    // A rule about a deal has nothing to say about an event whose subject is a lead.
    if (rule.entityKind !== null && rule.entityKind !== event.subject.kind) return false
    if (rule.when !== null && certain[at] !== true) {
      const result = rule.when.test(slotsOf(rule.when.variables))
      if (result.state === 'error')
        failed.push({ rule: rule.cause, outcome: 'failed', code: result.code, error: result.message })
      if (result.state !== 'value' || result.value !== true) return false
    }
    if (!takes(rule)) return false
    if (rule.final) closed.add(rule.document)
    return true
  })
  return { matched, failed }
}

/** One frame for all conditions over the same variables: what one has read, the others need not read again. */
function oneFor(values: VariableValues): (variables: VariableTypes) => Slots {
  let [last, slots]: [VariableTypes | null, Slots | null] = [null, null]
  const made = new Map<VariableTypes, Slots>()
  return (variables) => {
    // Nearly always the rules of an event are all checked against the same ones.
    if (slots !== null && variables === last) return slots
    slots = made.get(variables) ?? SlotTable.of(variables).slots(values)
    made.set(variables, slots)
    last = variables
    return slots
  }
}
