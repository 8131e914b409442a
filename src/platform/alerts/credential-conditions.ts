import type { AlertCondition } from './alert.ts'
import type { EndingCredential, GateFacts, InstallationFacts } from './installation-facts.ts'
import { age, conditionOf, seconds } from './observations.ts'
import type { Observations } from './observations.ts'

/** Logins that need a person, now or soon. */
export function credentialConditions(
  { credentials }: Pick<InstallationFacts, 'credentials'>,
  seen: Pick<Observations, 'slugOf'>,
): readonly AlertCondition[] {
  return credentials.map((credential) => conditionFor(credential, seen))
}

/** Is the gate shut for a login that has a condition of its own? That one names the workspace, which a gate does not know. */
export function saidByCredential(
  { tenantId, integration, reason }: Pick<GateFacts, 'tenantId' | 'integration' | 'reason'>,
  credentials: readonly EndingCredential[],
): boolean {
  return credentials.some(
    (credential) =>
      credential.tenantId === tenantId &&
      credential.integration === integration &&
      ((credential.state === 'failed' && reason === 'NX-AUTH-REFUSED') ||
        (hasEnded(credential) && reason === 'NX-AUTH-LOGIN')),
  )
}

function hasEnded({ state, ms }: EndingCredential): boolean {
  return state === 'ending' && ms <= 0
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
    ending: hasEnded(credential)
      ? `The login of ${integration} (workspace ${workspace}) has ended`
      : `The login of ${integration} (workspace ${workspace}) ends in ${age(ms)}, and nothing renews it`,
  } as const
  const fixes = {
    failed: `neuronx adapter auth login ${where}`,
    failing: `Why: neuronx adapter auth status ${where}; the vendor's status page. It is tried again by itself.`,
    ending: `${hasEnded(credential) ? '' : 'Before then: '}neuronx adapter auth login ${where}`,
  } as const
  return conditionOf(
    state === 'failed' || hasEnded(credential) ? 'NX-ALERT-CREDENTIALS' : 'NX-ALERT-CREDENTIALS-ENDING',
    {
      tenantId,
      subject: `credential/${workspace}/${integration}`,
      detail: details[state],
      fix: fixes[state],
      facts: { integration, workspace, state, code, seconds: seconds(ms) },
    },
  )
}
