import { asksPerson } from '../../adapters/connectors/auth/oauth/rendered-auth.ts'
import { credentialsOf, tokenAuthOf } from '../../adapters/connectors/definition/auth-definition.ts'
import type { AuthDefinition } from '../../adapters/connectors/definition/auth-definition.ts'
import type { Integration } from '../../adapters/connectors/integration.ts'
import type { IntegrationStanding } from '../../messaging/commands/dispatch-reader.ts'
import { watchThresholds } from '../../platform/alerts/watch-thresholds.ts'
import type { CredentialFacts, CredentialPlace } from '../../platform/credentials/credential.ts'
import type { Operator } from '../operator.ts'
import { ActiveIntegrations } from './active-integrations.ts'
import { integrationNotFound } from './integration-not-found.ts'

export type CredentialStanding =
  /** Nothing to do. */
  | 'ok'
  /** A secret that it names is not stored. */
  | 'secret_missing'
  /** Nobody has logged in, or what they got is over. */
  | 'login_needed'
  /** The first token is got with the first call. */
  | 'unused'
  /** The vendor refused to refresh. */
  | 'failed'
  /** The last refresh did not go well; it is tried again. */
  | 'retrying'
  /** Somebody is at it. */
  | 'refreshing'
  /** It ends within a week and nothing renews it. */
  | 'ending'

/** How an integration stands with its credentials. Never holds one. */
export interface CredentialReport {
  readonly integration: string
  readonly workspace: string
  /** `bearer`, `oauth2 authorization_code`, … */
  readonly auth: string
  readonly state: CredentialStanding
  /** Secrets that it names and that are not stored. */
  readonly missing: readonly string[]
  readonly scopes: readonly string[]
  /** Of the access token; null: it does not end, or nobody knows. */
  readonly expiresAt: string | null
  readonly loginEndsAt: string | null
  /** Of the last login or refresh that went well. */
  readonly refreshedAt: string | null
  readonly why: { readonly code: string; readonly message: string; readonly since: string } | null
  /** Why its gate is shut; null: calls are made. */
  readonly shut: string | null
}

/** Of all integrations of a workspace, or of one. Throws NX-INTEGRATION-NOT-FOUND, NX-CONFIG-STORED-INVALID, NX-DB-…. */
export async function reportCredentials(
  operator: Pick<Operator, 'revisions' | 'secrets' | 'credentials' | 'dispatch'>,
  {
    tenantId,
    workspace,
    integration: only,
  }: Omit<CredentialPlace, 'integration'> & { readonly integration: string | null },
): Promise<readonly CredentialReport[]> {
  const integrations = await new ActiveIntegrations(operator.revisions).all(tenantId, workspace)
  if (only !== null && !integrations.has(only)) throw integrationNotFound(only, [...integrations.keys()])
  const wanted = [...integrations.values()].filter(({ name }) => only === null || name === only)
  const gates = await operator.dispatch.standings(tenantId, only)
  return await credentialReports(operator, { tenantId, workspace }, wanted, gates)
}

/** Of these integrations, whose gates stand so, in their order. Throws NX-DB-…. */
export async function credentialReports(
  { secrets, credentials }: Pick<Operator, 'secrets' | 'credentials'>,
  { tenantId, workspace }: Omit<CredentialPlace, 'integration'>,
  integrations: readonly Integration[],
  gates: readonly IntegrationStanding[],
): Promise<readonly CredentialReport[]> {
  const stored = new Set((await secrets.list(tenantId)).map(({ name }) => name))
  const rows = await credentials.list(tenantId)
  return integrations.map((integration) => {
    const row =
      rows.find((one) => one.workspace === workspace && one.integration === integration.name) ?? null
    const gate = gates.find((one) => one.integration === integration.name)
    const shut = gate === undefined || gate.shutSince === null ? null : gate.reason
    return reportOf(integration, workspace, stored, row, shut)
  })
}

/** Pure. */
export function reportOf(
  { name, auth, credentials }: Pick<Integration, 'name' | 'auth' | 'credentials'>,
  workspace: string,
  stored: ReadonlySet<string>,
  row: CredentialFacts | null,
  shut: string | null,
): CredentialReport {
  const { required, optional } = credentialsOf(auth)
  const missing = [...required, ...optional].flatMap((credential) => {
    const source = credentials[credential]
    return source !== undefined && 'secret' in source && !stored.has(source.secret) ? [source.secret] : []
  })
  const logsIn = tokenAuthOf(auth) !== null
  return {
    integration: name,
    workspace,
    auth: titleOf(auth),
    state: missing.length > 0 ? 'secret_missing' : logsIn ? standingOf(auth, row) : 'ok',
    missing,
    scopes: logsIn ? (row?.scopes ?? []) : [],
    expiresAt: row?.expiresAt ?? null,
    loginEndsAt: row?.refreshExpiresAt ?? null,
    refreshedAt: row?.obtainedAt ?? null,
    why: row?.failure ?? null,
    shut,
  }
}

function standingOf(auth: AuthDefinition, row: CredentialFacts | null): CredentialStanding {
  const inner = tokenAuthOf(auth)
  const person = inner !== null && asksPerson(inner)
  if (row === null || row.obtainedAt === null) {
    if (person) return 'login_needed'
    return row?.failure == null ? 'unused' : 'retrying'
  }
  if (row.state === 'failed') return 'failed'
  if (row.leasedForMs > 0) return 'refreshing'
  if (row.failure !== null) return 'retrying'
  const endsInMs = row.renewable ? row.refreshExpiresInMs : row.expiresInMs
  if (!row.renewable && (row.stale || (row.expiresInMs ?? 1) <= 0)) return 'login_needed'
  return endsInMs !== null && endsInMs <= watchThresholds.credentialEndingMs ? 'ending' : 'ok'
}

function titleOf(auth: AuthDefinition): string {
  switch (auth.kind) {
    case 'oauth2':
      return `oauth2 ${auth.grant}`
    case 'mtls':
      return auth.with === undefined ? 'mtls' : `mtls, ${titleOf(auth.with)}`
    default:
      return auth.kind
  }
}
