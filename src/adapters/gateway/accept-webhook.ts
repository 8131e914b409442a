import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { IntakeRequest, IntakeResult } from '../../messaging/intake/event-intake.ts'
import type { TenantLimits } from '../../messaging/intake/tenant-limits.ts'
import type { SignedRequest } from '../connectors/webhooks/verify-signature.ts'
import { acceptWithin, requireActive } from './accept-events.ts'
import type {
  GatewayDirectory,
  GatewayObserver,
  IntakeGateway,
  QuotaGateway,
  WebhookRoutes,
} from './gateway-ports.ts'

export interface AcceptWebhookOptions {
  readonly directory: GatewayDirectory
  readonly routes: WebhookRoutes
  readonly intake: IntakeGateway
  readonly quota: QuotaGateway
  readonly tenantLimits: Pick<TenantLimits, 'intake'>
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: GatewayObserver
}

/** What became of a delivery. `busy`: it could not be stored; the vendor is told by the status it understands. */
export type WebhookOutcome =
  | { readonly state: 'stored'; readonly request: IntakeRequest; readonly result: IntakeResult }
  | { readonly state: 'busy'; readonly status: 429 | 503; readonly error: NxError }

/**
 * Takes one delivery: the integration is found, the signature is checked on the raw bytes, the payload is translated and
 * stored. A stranger learns nothing: an unknown tenant and an unknown integration look the same, and that a tenant is
 * suspended is told only to who can sign for it. Throws NX-HOOK-UNKNOWN (not found), NX-HOOK-SIGNATURE (unauthenticated),
 * NX-HOOK-JSON (invalid), NX-TENANT-SUSPENDED (denied).
 */
export async function acceptWebhook(
  options: AcceptWebhookOptions,
  address: { readonly tenant: string; readonly integration: string },
  request: SignedRequest,
): Promise<WebhookOutcome> {
  const { directory, routes, intake, quota, tenantLimits, clock, logger, observer } = options
  const tenant = directory.bySlug(address.tenant)
  const route = tenant === null ? null : await routes.route(tenant.id, address.integration)
  if (tenant === null || route === null) throw unknownAddress()
  const { receiver, workspace } = route
  const horizonMs = tenantLimits.intake(tenant.id).keyHorizonMs
  const reception = receiver.receive(request, { tenantId: tenant.id, workspace, now: clock.now(), horizonMs })
  if (reception.state === 'refused') {
    observer.refusedWebhook(reception.why)
    // The reason is for the operator; to the sender it would tell what to forge next.
    logger.warn(
      { tenant: tenant.slug, integration: address.integration, why: reception.why, scheme: reception.scheme },
      refusals[reception.why],
    )
    throw new NxError('unauthenticated', 'NX-HOOK-SIGNATURE', 'The webhook is not verified', {
      detail: 'It is unsigned, signed by somebody else, or sent too long ago.',
      fix: "Check the integration's `webhooks:` keys and the clock; the daemon's log names the reason.",
    })
  }
  requireActive(tenant)
  if (reception.state === 'malformed') {
    throw new NxError('invalid', 'NX-HOOK-JSON', 'The webhook cannot be read', { detail: reception.why })
  }
  try {
    // Only what is signed counts: a stranger must not use up the tenant's quota.
    const result = await acceptWithin(quota, intake, reception.request)
    return { state: 'stored', request: reception.request, result }
  } catch (error) {
    if (
      !(error instanceof NxError) ||
      !(error.retryable || error.kind === 'unavailable' || error.kind === 'unreachable')
    )
      throw error
    return { state: 'busy', status: receiver.busyStatus, error }
  }
}

const refusals = {
  unsigned: 'A webhook carries no signature that this integration knows',
  no_key: 'A webhook is signed, but the integration has no key for that scheme: set it under `webhooks:`',
  stale: 'A webhook was sent outside the replay window: it was repeated, or the clocks differ',
  mismatch: 'The signature of a webhook does not match its body',
} as const

function unknownAddress(): NxError {
  return new NxError('not_found', 'NX-HOOK-UNKNOWN', 'There is no webhook address here', {
    fix: 'The address is /v1/hooks/TENANT/INTEGRATION, with an applied Integration that takes webhooks.',
  })
}
