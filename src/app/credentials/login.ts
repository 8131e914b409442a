import { TokenEndpoint } from '../../adapters/connectors/auth/oauth/token-endpoint.ts'
import { OutgoingClient } from '../../adapters/http/outgoing-client.ts'
import { NxError } from '../../kernel/errors.ts'
import type { CredentialPlace } from '../../platform/credentials/credential.ts'
import { openSecret } from '../../platform/secrets/open-secret.ts'
import type { Settings } from '../config/settings.ts'
import { requireRealVendor } from '../fakes/require-real-vendor.ts'
import type { Operator } from '../operator.ts'
import { ActiveIntegrations } from './active-integrations.ts'
import { IntegrationAuths } from './integration-auths.ts'
import { integrationNotFound } from './integration-not-found.ts'
import { loginIntegration } from './login-integration.ts'
import type { LoginResult, LoginWay } from './login-integration.ts'
import { vaultOf } from './operator-vault.ts'

/**
 * Logs an integration of the active configuration in, as a command does. Throws NX-INTEGRATION-NOT-FOUND, NX-AUTH-STATIC (usage) for
 * one that shows secrets only, NX-FAKE-INSTEAD, NX-MASTER-KEY-…, and what `loginIntegration` throws.
 */
export async function login(
  operator: Operator,
  settings: Pick<Settings, 'masterKeyFile' | 'egressAllowPrivate' | 'dataDir' | 'databaseUrl'>,
  place: CredentialPlace,
  how: { readonly way: LoginWay; readonly reason: string | null },
): Promise<LoginResult> {
  const { clock, credentials: store, secrets } = operator
  const vault = await vaultOf(operator, settings)
  const integrations = new ActiveIntegrations(operator.revisions)
  const named = await integrations.integration(place.tenantId, place.workspace, place.integration)
  if (named !== null) await requireRealVendor(settings, named, 'A fake gives out tokens without a login.')
  const resolve = async (tenantId: string, name: string): Promise<string | null> =>
    await openSecret(secrets, vault, tenantId, name)
  const found = await new IntegrationAuths({ integrations, secrets: { resolve } }).find(place)
  if (found === null) throw await whyNone(integrations, place)
  await using client = new OutgoingClient({ allowPrivate: settings.egressAllowPrivate })
  const endpoint = new TokenEndpoint({ client, clock })
  return await loginIntegration({ store, vault, endpoint, clock }, operator.actor, place, found, how)
}

async function whyNone(
  integrations: ActiveIntegrations,
  { tenantId, workspace, integration }: CredentialPlace,
): Promise<NxError> {
  const all = await integrations.all(tenantId, workspace)
  const found = all.get(integration)
  if (found === undefined) return integrationNotFound(integration, [...all.keys()])
  const names = Object.values(found.credentials).flatMap((source) =>
    'secret' in source ? [source.secret] : [],
  )
  return new NxError('usage', 'NX-AUTH-STATIC', `'${integration}' does not log in`, {
    detail: names.length === 0 ? 'It shows no credentials at all.' : `It shows secrets: ${names.join(', ')}.`,
    fix:
      names.length === 0 ? 'There is nothing to do.' : `neuronx secret set ${names[0]} --tenant SLUG < FILE`,
  })
}
