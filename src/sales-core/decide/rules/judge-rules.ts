import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { Readings } from '../../conditions/readings.ts'
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
  readings: Readings,
  takes: (rule: CompiledRule) => boolean = () => true,
): Judged {
  if (rules.length === 0) return nothing
  const failed: RuleTrace[] = []
  let closed: Set<string> | null = null
  const matched = rules.filter((rule, at) => {
    if (closed?.has(rule.document) === true || (rule.depthMax !== null && event.depth > rule.depthMax))
      return false
    // A rule about a deal has nothing to say about an event whose subject is a lead.
    if (rule.entityKind !== null && rule.entityKind !== event.subject.kind) return false
    if (rule.when !== null && certain[at] !== true) {
      const result = readings.test(rule.when)
      if (result.state === 'error')
        failed.push({ rule: rule.cause, outcome: 'failed', code: result.code, error: result.message })
      if (result.state !== 'value' || result.value !== true) return false
    }
    if (!takes(rule)) return false
    if (rule.final) closed = (closed ?? new Set()).add(rule.document)
    return true
  })
  return { matched, failed }
}

const nothing: Judged = { matched: [], failed: [] }
