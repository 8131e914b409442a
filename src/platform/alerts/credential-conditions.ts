import type { AlertCondition } from './alert.ts'
import type { EndingCredential, InstallationFacts } from './installation-facts.ts'
import { age, conditionOf, seconds } from './observations.ts'
import type { Observations } from './observations.ts'

/** Logins that need a person, now or soon. Where the gate of the integration is shut for it, that alert says it. */
export function credentialConditions(
  { credentials, closedGates }: Pick<InstallationFacts, 'credentials' | 'closedGates'>,
  seen: Pick<Observations, 'slugOf'>,
): readonly AlertCondition[] {
  const said = new Set(
    closedGates
      .filter(({ breaker, reason }) => breaker !== 'closed' && reason.startsWith('NX-AUTH-'))
      .map(({ tenantId, integration }) => `${tenantId}/${integration}`),
  )
  return credentials
    .filter(({ tenantId, integration }) => !said.has(`${tenantId}/${integration}`))
    .map((credential) => conditionFor(credential, seen))
}

function conditionFor(
  credential: EndingCredential,
  { slugOf }: Pick<Observations, 'slugOf'>,
): AlertCondition {
  const { tenantId, workspace, integration, state, code, ms } = credential
  const where = `${integration} --tenant ${slugOf(tenantId) ?? tenantId} --workspace ${workspace}`
  const details = {
    failed: `The vendor refuses to refresh the token of ${integration} (workspace ${workspace}): ${code ?? 'no code'}`,
    failing: `The token of ${integration} (workspace ${workspace}) could not be refreshed for ${age(ms)}: ${code ?? 'no code'}`,
    ending:
      ms > 0
        ? `The login of ${integration} (workspace ${workspace}) ends in ${age(ms)}, and nothing renews it`
        : `The login of ${integration} (workspace ${workspace}) has ended`,
  } as const
  const fixes = {
    failed: `neuronx adapter auth login ${where}`,
    failing: `Why: neuronx adapter auth status ${where}; the vendor's status page. It is tried again by itself.`,
    ending: `Before then: neuronx adapter auth login ${where}`,
  } as const
  return conditionOf(state === 'failed' ? 'NX-ALERT-CREDENTIALS' : 'NX-ALERT-CREDENTIALS-ENDING', {
    tenantId,
    subject: `credential/${workspace}/${integration}`,
    detail: details[state],
    fix: fixes[state],
    facts: { integration, workspace, state, code, seconds: seconds(ms) },
  })
}
