import { NxError } from '../../../kernel/errors.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { Actor } from '../../../platform/access/actor.ts'

/** A breaker that is open, as people see it. A rule that is well has none. */
export interface BreakerView {
  /** `<set>/<rule>` */
  readonly rule: string
  /** `probation`: its time is over, and the next time that the rule fires decides. */
  readonly state: 'open' | 'probation'
  /** Until when what the rule would do is parked. RFC 3339. */
  readonly openUntil: string
  /** How often in a row it opened. */
  readonly trips: number
  /** Of its last failure. */
  readonly lastCode: string | null
}

/** What people do with breakers of rules. Every change is audited. */
export interface BreakerControl {
  /** Of a tenant, by rule; at most a thousand. */
  list(tenantId: string): Promise<readonly BreakerView[]>
  /**
   * Closes it: the rule works again within a second or two, on every daemon. What is parked stays parked. Returns the breaker as it
   * was. Throws NX-RULE-NOT-TRIPPED.
   */
  reset(tenantId: string, rule: string, actor: Actor, reason: string): Promise<BreakerView>
}

/** NX-RULE-NOT-TRIPPED, with the rule that may have been meant. */
export function notTripped(rule: string, open: readonly string[]): NxError {
  const near = nearestName(rule, open)
  return new NxError('not_found', 'NX-RULE-NOT-TRIPPED', `The breaker of the rule '${rule}' is not open`, {
    detail: 'A rule is named as RULESET/RULE.',
    fix:
      near === null
        ? 'See which are open: neuronx rule list --tripped --tenant SLUG'
        : `Did you mean '${near}'?`,
  })
}
