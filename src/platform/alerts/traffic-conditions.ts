import type { AlertCondition } from './alert.ts'
import type { AlertCode } from './alert-codes.ts'
import { countMax } from './installation-facts.ts'
import type {
  GateFacts,
  InstallationFacts,
  LaneFacts,
  LetterGroupFacts,
  TrippedRuleFacts,
} from './installation-facts.ts'
import { age, conditionOf, counted, seconds } from './observations.ts'
import type { Observations } from './observations.ts'
import { watchThresholds } from './watch-thresholds.ts'

/** Codes that mean refused or missing credentials: waiting does not help. */
export const credentialReasons: ReadonlySet<string> = new Set(['NX-CALL-CREDENTIALS', 'NX-SECRET-MISSING'])

/** What is wrong with the traffic of tenants: their commands, letters and integrations. */
export function trafficConditions(facts: InstallationFacts, seen: Observations): readonly AlertCondition[] {
  const tenant = (id: string): string => `--tenant ${seen.slugOf(id) ?? id}`
  return [
    ...facts.inDoubt.map((lane) =>
      laneCondition('NX-ALERT-IN-DOUBT', lane, 'in doubt', {
        fix: `Look them up at the vendor, then settle each: neuronx command list --state in_doubt ${tenant(lane.tenantId)}`,
      }),
    ),
    ...facts.overdue.map((lane) =>
      laneCondition('NX-ALERT-LANES-OVERDUE', lane, 'due and not sent', {
        fix: `Are daemons running, and is the integration's budget large enough? neuronx daemon status; neuronx command list --state ready ${tenant(lane.tenantId)}`,
      }),
    ),
    ...facts.blockedHeads.map((lane) =>
      laneCondition('NX-ALERT-LANES-BLOCKED', lane, 'tried again and again', {
        fix: `See what the vendor answers: neuronx command list --state ready ${tenant(lane.tenantId)}`,
      }),
    ),
    ...facts.letterGroups.map((group) => letterCondition(group, tenant(group.tenantId))),
    ...facts.closedGates.flatMap((gate) => gateConditions(gate, tenant(gate.tenantId))),
    ...facts.trippedRules.map((tripped) => ruleCondition(tripped, tenant(tripped.tenantId))),
    ...facts.pausedJobs.map((job) =>
      conditionOf('NX-ALERT-JOB-PAUSED', {
        tenantId: job.tenantId,
        subject: `job/${job.id}`,
        detail: `${job.kind}: ${job.because}`,
        fix: `neuronx job show ${job.id}${job.tenantId === null ? '' : ` ${tenant(job.tenantId)}`}; then resume or cancel it`,
        facts: { job: job.id, kind: job.kind },
      }),
    ),
  ]
}

function laneCondition(
  code: AlertCode,
  { tenantId, integration, count, ageMs }: LaneFacts,
  state: string,
  { fix }: { fix: string },
): AlertCondition {
  return conditionOf(code, {
    tenantId,
    subject: `integration/${integration}`,
    detail: `${counted(count, 'command', countMax)} of ${integration} ${count === 1 ? 'is' : 'are'} ${state}, the oldest for ${age(ageMs)}`,
    fix,
    facts: { integration, count, oldestSeconds: seconds(ageMs) },
  })
}

function letterCondition(group: LetterGroupFacts, tenant: string): AlertCondition {
  const { tenantId, fingerprint, code, integration, cause, count } = group
  const source = [integration, cause].filter((part) => part !== null).join(', ')
  return conditionOf('NX-ALERT-DEAD-LETTERS', {
    tenantId,
    subject: `dead_letter/${fingerprint}`,
    detail: `${counted(count, 'letter', countMax)} with ${code} (${group.class})${source === '' ? '' : ` of ${source}`}`,
    fix: `neuronx dlq list --group ${fingerprint} ${tenant}; mend the cause, then: neuronx dlq replay --group ${fingerprint} ${tenant}`,
    facts: { fingerprint, class: group.class, code, integration, cause, count },
  })
}

/** A pause that was asked for (429) and a breaker that has only just opened are the vendor's everyday; nothing to know. */
function gateConditions(gate: GateFacts, tenant: string): readonly AlertCondition[] {
  const { tenantId, integration, reason, breaker, shutMs } = gate
  const common = {
    tenantId,
    subject: `integration/${integration}`,
    detail: `${integration} has taken no calls for ${age(shutMs)}: ${reason}`,
    facts: { integration, reason, shutSeconds: seconds(shutMs) },
  }
  if (breaker !== 'closed' && credentialReasons.has(reason)) {
    const fix = `Which secrets it takes: neuronx config show Integration/${integration} ${tenant}; renew each at the vendor: neuronx secret set NAME ${tenant}. Its commands go on by themselves.`
    return [conditionOf('NX-ALERT-CREDENTIALS', { ...common, fix })]
  }
  if (breaker === 'closed' || shutMs < watchThresholds.breakerOpenMs) return []
  const fix = `Ask the vendor's status page. Commands wait in order and go on by themselves: neuronx command list --integration ${integration} ${tenant}`
  return [conditionOf('NX-ALERT-BREAKER-OPEN', { ...common, fix })]
}

/** On probation it is not over: one more failure opens the breaker for longer. */
function ruleCondition(tripped: TrippedRuleFacts, tenant: string): AlertCondition {
  const { tenantId, rule, openMs, trips, lastCode } = tripped
  const because = lastCode === null ? '' : `: ${lastCode}`
  const state = openMs > 0 ? `is stopped for ${age(openMs)} more` : 'is on probation'
  return conditionOf('NX-ALERT-RULE-TRIPPED', {
    tenantId,
    subject: `rule/${rule}`,
    detail: `${rule} ${state} after failing too often, the ${trips}. time in a row${because}`,
    fix: `Mend the rule, then: neuronx rule reset ${rule} ${tenant} --reason TEXT; what it missed: neuronx dlq groups ${tenant}`,
    facts: { rule, trips, lastCode, openSeconds: seconds(openMs) },
  })
}
