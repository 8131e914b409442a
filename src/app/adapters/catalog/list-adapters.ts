import type { IntegrationMode } from '../../../sales-core/policies/send-target.ts'
import type { SwitchedOff } from '../../../messaging/commands/integration-control.ts'
import { credentialReports } from '../../credentials/credential-report.ts'
import type { CredentialStanding } from '../../credentials/credential-report.ts'
import type { Operator } from '../../operator.ts'
import { activeAdapters } from './active-adapter.ts'
import type { AdapterPlace } from './active-adapter.ts'
import { webhookProofOf } from './webhook-facts.ts'
import type { WebhookProof } from './webhook-facts.ts'

/** Where an integration stands. Times RFC 3339. */
export interface AdapterStanding {
  readonly name: string
  readonly connector: string
  readonly mode: IntegrationMode
  /** Since when it only reads by itself, because its credentials are refused (`degrade:`); null: it does not. */
  readonly readOnlySince: string | null
  /** A person switched it off, whatever its mode; null: nobody did. */
  readonly off: Omit<SwitchedOff, 'integration'> | null
  readonly webhooks: WebhookProof
  readonly credentials: CredentialStanding
  /** When a call was last begun; null: never. */
  readonly lastCallAt: string | null
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** Until then no call is made, and why; null: calls are made. */
  readonly shut: { readonly until: string; readonly reason: string | null } | null
  /** Commands that wait for it or are under way. */
  readonly open: number
}

/** Every integration of a workspace, by name. Throws NX-CONFIG-STORED-INVALID, NX-DB-…. */
export async function listAdapters(
  operator: Pick<Operator, 'revisions' | 'secrets' | 'credentials' | 'dispatch' | 'integrationControl'>,
  place: AdapterPlace,
): Promise<readonly AdapterStanding[]> {
  const { tenantId, workspace } = place
  const [adapters, standings, off, calls] = await Promise.all([
    activeAdapters(operator, place),
    operator.dispatch.standings(tenantId, null),
    operator.integrationControl.switchedOff(tenantId),
    operator.integrationControl.lastCalls(tenantId),
  ])
  const integrations = adapters.map(({ integration }) => integration)
  const credentials = await credentialReports(operator, { tenantId, workspace }, integrations, standings)
  return integrations.map((integration) => {
    const { name, connector, mode, webhooks } = integration
    const standing = standings.find((one) => one.integration === name)
    const stopped = off.find((one) => one.integration === name)
    const shutUntil = standing?.shutUntil ?? null
    return {
      name,
      connector: connector.definition.connector,
      mode,
      readOnlySince: standing?.readOnlySince ?? null,
      off: stopped === undefined ? null : { at: stopped.at, by: stopped.by, reason: stopped.reason },
      webhooks: webhookProofOf(webhooks),
      credentials: credentials.find((one) => one.integration === name)?.state ?? 'ok',
      lastCallAt: calls.find((one) => one.integration === name)?.at ?? null,
      breaker: stopped === undefined ? (standing?.breaker ?? 'closed') : 'open',
      shut: shutUntil === null ? null : { until: shutUntil, reason: standing?.reason ?? null },
      open:
        (standing?.inFlight ?? 0) +
        (standing?.ready ?? 0) +
        (standing?.waiting ?? 0) +
        (standing?.inDoubt ?? 0),
    }
  })
}
