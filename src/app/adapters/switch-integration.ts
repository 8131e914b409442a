import { NxError } from '../../kernel/errors.ts'
import { actorName } from '../../platform/access/actor.ts'
import type { Operator } from '../operator.ts'
import { activeAdapter } from './catalog/active-adapter.ts'
import type { AdapterPlace } from './catalog/active-adapter.ts'

/** How an integration's switch stands after it was set. */
export interface SwitchResult {
  readonly integration: string
  readonly enabled: boolean
  /** It stood so before. */
  readonly unchanged: boolean
}

const reasonCharsMax = 500

/**
 * Switches an integration off or on, for all daemons, without a change of the configuration. One that the configuration does not have
 * any more can still be switched on. The actor needs integration.manage. Throws NX-INTEGRATION-NOT-FOUND, NX-REASON (usage), NX-DB-….
 */
export async function switchIntegration(
  operator: Pick<Operator, 'actor' | 'revisions' | 'integrationControl'>,
  place: AdapterPlace,
  name: string,
  to: { readonly enabled: boolean; readonly reason: string | null },
): Promise<SwitchResult> {
  const { integrationControl: control, actor } = operator
  const { tenantId } = place
  const reason = to.reason?.trim() ?? null
  if (reason !== null && (reason === '' || reason.length > reasonCharsMax)) {
    throw new NxError('usage', 'NX-REASON', `A reason has 1 to ${reasonCharsMax} characters`, {
      fix: '--reason "the vendor is being exchanged"',
    })
  }
  if (to.enabled && (await control.switchOn(tenantId, name, actorName(actor), reason)))
    return { integration: name, enabled: true, unchanged: false }
  await activeAdapter(operator, place, name)
  if (to.enabled) return { integration: name, enabled: true, unchanged: true }
  const changed = await control.switchOff(tenantId, name, actorName(actor), reason ?? '')
  return { integration: name, enabled: false, unchanged: !changed }
}
