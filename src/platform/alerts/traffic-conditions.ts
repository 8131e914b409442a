import { isCredentialReason } from '../../messaging/dispatch/failover.ts'
import { switchedOffReason } from '../../messaging/commands/integration-control.ts'
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
import { credentialConditions, saidByCredential } from './credential-conditions.ts'
import { age, conditionOf, counted, seconds } from './observations.ts'
import type { Observations } from './observations.ts'
import { watchThresholds } from './watch-thresholds.ts'

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
    ...strangePayloads(facts.letterGroups, tenant),
    ...facts.closedGates
      .filter((gate) => !saidByCredential(gate, facts.credentials))
      .flatMap((gate) => gateConditions(gate, tenant(gate.tenantId))),
    ...credentialConditions(facts, seen),
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

/** Codes of webhooks that were verified and look otherwise than they should: the vendor changed its payloads. */
const shapeCodes: ReadonlySet<string> = new Set([
  'NX-HOOK-SHAPE',
  'NX-HOOK-NO-TYPE',
  'NX-HOOK-UNKNOWN-TYPE',
  'NX-HOOK-AMBIGUOUS',
  'NX-HOOK-UNMAPPABLE',
])

/** One odd payload is a letter; several within an hour are a vendor that changed. Together for an integration, whatever they lack. */
function strangePayloads(
  groups: readonly LetterGroupFacts[],
  tenant: (id: string) => string,
): readonly AlertCondition[] {
  const found = new Map<string, { tenantId: string; integration: string; lastHour: number }>()
  for (const { tenantId, integration, code, lastHour } of groups) {
    if (integration === null || !shapeCodes.has(code)) continue
    const key = `${tenantId} ${integration}`
    const before = found.get(key)?.lastHour ?? 0
    found.set(key, { tenantId, integration, lastHour: before + lastHour })
  }
  return [...found.values()]
    .filter(({ lastHour }) => lastHour >= watchThresholds.strangePayloadsPerHour)
    .map(({ tenantId, integration, lastHour }) =>
      conditionOf('NX-ALERT-WEBHOOK-SHAPE', {
        tenantId,
        subject: `integration/${integration}`,
        detail: `${counted(lastHour, 'payload', countMax)} of ${integration} within an hour could not be read`,
        fix: `What differs stands in each letter as diff: neuronx dlq list --integration ${integration} ${tenant(tenantId)}; correct the mapping, then: neuronx dlq replay --integration ${integration} ${tenant(tenantId)}`,
        facts: { integration, lastHour },
      }),
    )
}

/** A pause that was asked for (429) and a breaker that has only just opened are the vendor's everyday; nothing to know. */
function gateConditions(gate: GateFacts, tenant: string): readonly AlertCondition[] {
  const { tenantId, integration, reason, breaker, shutMs, readOnly = false } = gate
  const common = {
    tenantId,
    subject: `integration/${integration}`,
    detail: `${integration} has taken no calls for ${age(shutMs)}: ${reason}${readOnly ? '. It is read-only by itself: its commands wait, and a harmless read finds out when it works again' : ''}`,
    facts: { integration, reason, shutSeconds: seconds(shutMs), ...(readOnly ? { readOnly } : {}) },
  }
  if (breaker !== 'closed' && isCredentialReason(reason)) {
    const login = `neuronx adapter auth login ${integration} ${tenant} --workspace WORKSPACE`
    const fix = reason.startsWith('NX-AUTH-')
      ? `Why, in each workspace: neuronx adapter auth status ${integration} ${tenant} --workspace WORKSPACE; then log in again: ${login}. Its commands go on by themselves.`
      : `Which secrets it takes: neuronx config show Integration/${integration} ${tenant}; renew each at the vendor: neuronx secret set NAME ${tenant}. Its commands go on by themselves.`
    return [conditionOf('NX-ALERT-CREDENTIALS', { ...common, fix })]
  }
  if (breaker === 'closed' || shutMs < watchThresholds.breakerOpenMs) return []
  const fix =
    reason === switchedOffReason
      ? `A person switched it off: neuronx adapter list ${tenant} says who and why; neuronx adapter enable ${integration} ${tenant} lets its commands go on.`
      : `Ask the vendor's status page. Commands wait in order and go on by themselves: neuronx command list --integration ${integration} ${tenant}`
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
