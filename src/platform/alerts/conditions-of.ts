import type { AlertCondition } from './alert.ts'
import { allAlertCodes } from './alert-codes.ts'
import type { AlertCode } from './alert-codes.ts'
import type { FactsList, InstallationFacts } from './installation-facts.ts'
import { machineryConditions } from './machinery-conditions.ts'
import type { Observations } from './observations.ts'
import { reconcileConditions } from '../reconcile/reconcile-conditions.ts'
import { trafficConditions } from './traffic-conditions.ts'

const codesOfList: Readonly<Record<FactsList, readonly AlertCode[]>> = {
  inDoubt: ['NX-ALERT-IN-DOUBT'],
  overdue: ['NX-ALERT-LANES-OVERDUE'],
  blockedHeads: ['NX-ALERT-LANES-BLOCKED'],
  letterGroups: ['NX-ALERT-DEAD-LETTERS', 'NX-ALERT-WEBHOOK-SHAPE'],
  credentials: ['NX-ALERT-CREDENTIALS', 'NX-ALERT-CREDENTIALS-ENDING'],
  closedGates: ['NX-ALERT-CREDENTIALS', 'NX-ALERT-BREAKER-OPEN'],
  reconciles: ['NX-ALERT-RECONCILE', 'NX-ALERT-WEBHOOKS-LOST'],
  trippedRules: ['NX-ALERT-RULE-TRIPPED'],
  pausedJobs: ['NX-ALERT-JOB-PAUSED'],
}

/** Everything that somebody must know of now. Pure: the same for the watch and for `doctor`. */
export function conditionsOf(facts: InstallationFacts, seen: Observations): readonly AlertCondition[] {
  return [
    ...trafficConditions(facts, seen),
    ...reconcileConditions(facts, seen),
    ...machineryConditions(facts, seen),
  ]
}

/**
 * The codes about which the facts say everything: an open alert of these whose condition was not found is over. What could not
 * be looked at, or was cut off, leaves its alerts as they are.
 */
export function codesLookedAt(facts: InstallationFacts, seen: Observations): readonly AlertCode[] {
  const unsure = new Set<AlertCode>([
    // Decided where alerts are sent.
    'NX-ALERT-ROUTE-BROKEN',
    // Reported by what moves rollouts on.
    'NX-ALERT-ROLLOUT-BACK',
    'NX-ALERT-ROLLOUT-HELD',
    'NX-ALERT-ROLLOUT-APPROVAL',
    'NX-ALERT-ROLLOUT-FAILED',
    // Reported by what follows sources.
    'NX-ALERT-SOURCE',
    ...facts.truncated.flatMap((list) => codesOfList[list]),
    ...(seen.consumersAhead === null ? (['NX-ALERT-CONSUMER-AHEAD'] as const) : []),
  ])
  return allAlertCodes.filter((code) => !unsure.has(code))
}
