import type { RegistrationByApi } from '../../../adapters/connectors/webhooks/registration/webhook-registration.ts'
import { errorText, NxError } from '../../../kernel/errors.ts'
import { requirePermission } from '../../../platform/access/actor.ts'
import type { Settings } from '../../config/settings.ts'
import { vaultOf } from '../../credentials/operator-vault.ts'
import type { Operator } from '../../operator.ts'
import type { ActiveAdapter, AdapterPlace } from '../catalog/active-adapter.ts'
import type { SecretStanding } from './webhook-standing.ts'

interface SecretAsk {
  readonly operator: Operator
  readonly settings: Pick<Settings, 'masterKeyFile'>
  readonly place: AdapterPlace
  readonly adapter: ActiveAdapter
}

/**
 * The secret of the tenant that what the vendor signs with goes into; null: the vendor makes none up. Throws NX-WEBHOOK-KEY
 * (configuration) when the document names none, NX-DENIED when the actor may not store it.
 */
export function requireSecretName(
  { operator, place, adapter }: SecretAsk,
  api: RegistrationByApi,
): string | null {
  if (api.secret === undefined) return null
  const name = secretNameOf(adapter, api)
  if (name === null) {
    const { key } = api.secret
    throw new NxError(
      'configuration',
      'NX-WEBHOOK-KEY',
      `webhooks.${key} of '${adapter.integration.name}' names no secret`,
      {
        detail:
          'The vendor makes up what it signs with when it is told; without a name there is nowhere to keep it.',
        fix: `Write webhooks: { ${key}: { secret: ${adapter.integration.name}-hook } } into the document, and neuronx config apply.`,
      },
    )
  }
  requirePermission(operator.actor, 'secret.manage', place.tenantId)
  return name
}

/** What is known of that secret. */
export async function secretStanding(
  { operator, place, adapter }: SecretAsk,
  api: RegistrationByApi,
): Promise<SecretStanding> {
  const name = secretNameOf(adapter, api)
  if (name === null) return { storedAt: null, doubtAt: null }
  const { tenantId } = place
  const stored = await operator.secrets.list(tenantId)
  const last = await operator.integrationControl.lastRegistration(tenantId, adapter.integration.name)
  const isDoubtful = last !== null && last.secret !== null && last.end !== 'done'
  return {
    storedAt: stored.find((one) => one.name === name)?.updatedAt ?? null,
    doubtAt: isDoubtful ? last.at : null,
  }
}

function secretNameOf({ integration }: ActiveAdapter, { secret }: RegistrationByApi): string | null {
  const source = secret === undefined ? undefined : integration.webhooks?.keySources[secret.key]
  const [first] = [source ?? []].flat()
  return typeof first === 'object' && 'secret' in first ? first.secret : null
}

/**
 * Makes ready to keep one secret: everything that could fail before the row is written has been done when this resolves. What it
 * gives stores the next version, and says why it could not (null: it could). Throws NX-MASTER-KEY-…, NX-SECRET-…, NX-DB-….
 */
export async function secretKeeper(
  { operator, settings, place }: SecretAsk,
  name: string,
): Promise<(value: string) => Promise<string | null>> {
  const { tenantId } = place
  const vault = await vaultOf(operator, settings)
  const seal = await vault.sealer(tenantId)
  return async (value) => {
    try {
      const sealed = seal(name, Buffer.from(value, 'utf8'))
      await operator.secrets.put(tenantId, name, sealed, operator.actor, 'adapter webhooks --register')
      return null
    } catch (error) {
      return errorText(error)
    }
  }
}
