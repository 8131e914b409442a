import type { AlertCondition } from '../alerts/alert.ts'
import type { GateFacts, InstallationFacts, ReconcileFacts } from '../alerts/installation-facts.ts'
import { age, conditionOf, seconds } from '../alerts/observations.ts'
import type { Observations } from '../alerts/observations.ts'
import { watchThresholds } from '../alerts/watch-thresholds.ts'

/** Polls for lost webhooks: those that fail, and those that find so much that the webhooks themselves must be broken. */
export function reconcileConditions(
  { reconciles, closedGates }: Pick<InstallationFacts, 'reconciles' | 'closedGates'>,
  { slugOf }: Pick<Observations, 'slugOf'>,
): readonly AlertCondition[] {
  return reconciles.flatMap((facts) => {
    const where = `${facts.integration} --tenant ${slugOf(facts.tenantId) ?? facts.tenantId}`
    // Its gate has an alert of its own, or a person switched it off: nobody need be told of the polls too.
    const isSaid = facts.code === 'NX-READ-SHUT' && closedGates.some((gate) => isShutGateOf(gate, facts))
    return [...(isSaid ? [] : failing(facts, where)), ...lost(facts, where)]
  })
}

/** A pause that a vendor asks for is none: it has no alert. */
function isShutGateOf(gate: GateFacts, { tenantId, integration }: ReconcileFacts): boolean {
  return gate.tenantId === tenantId && gate.integration === integration && gate.breaker !== 'closed'
}

function failing(
  { tenantId, integration, stream, failingMs, code }: ReconcileFacts,
  where: string,
): readonly AlertCondition[] {
  if (failingMs === null || failingMs < watchThresholds.reconcileFailingMs) return []
  return [
    conditionOf('NX-ALERT-RECONCILE', {
      tenantId,
      subject: `reconcile/${integration}/${stream}`,
      detail: `Every poll of ${integration}.${stream} has failed for ${age(failingMs)}: ${code ?? 'no code'}`,
      fix: `neuronx adapter show ${where}; neuronx adapter test ${where}`,
      facts: { integration, stream, code, seconds: seconds(failingMs) },
    }),
  ]
}

function lost(
  { tenantId, integration, stream, missed }: ReconcileFacts,
  where: string,
): readonly AlertCondition[] {
  if (missed < watchThresholds.webhooksLostPerHour) return []
  return [
    conditionOf('NX-ALERT-WEBHOOKS-LOST', {
      tenantId,
      subject: `webhooks/${integration}/${stream}`,
      detail: `Polls of ${integration}.${stream} found ${missed} events within an hour that no webhook had told of`,
      fix: `Is the webhook still registered at the vendor, with the address of: neuronx adapter show ${where}`,
      facts: { integration, stream, missed },
    }),
  ]
}
