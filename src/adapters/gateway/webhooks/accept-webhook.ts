import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import type { SentMessages } from '../../../messaging/commands/sent-messages.ts'
import type { IntakeRequest, IntakeResult } from '../../../messaging/intake/event-intake.ts'
import type { TenantLimits } from '../../../messaging/intake/tenant-limits.ts'
import type { Tenant } from '../../../platform/tenants/tenant.ts'
import { correlateReceipts } from '../../connectors/webhooks/receipts/correlate-receipts.ts'
import type { SignedRequest } from '../../connectors/webhooks/signatures/signed-request.ts'
import { openKeys } from '../../connectors/webhooks/webhook-keys.ts'
import type { SecretResolver } from '../../connectors/auth/secret-resolver.ts'
import type { WebhookAnswer } from '../../connectors/webhooks/webhook-definition.ts'
import type { Refusal, Translated } from '../../connectors/webhooks/webhook-receiver.ts'
import { acceptWithin, requireActive } from '../accept-events.ts'
import type {
  GatewayDirectory,
  GatewayObserver,
  IntakeGateway,
  QuotaGateway,
  WebhookRoute,
  WebhookRoutes,
} from '../gateway-ports.ts'

export interface AcceptWebhookOptions {
  readonly directory: GatewayDirectory
  readonly routes: WebhookRoutes
  /** Opens keys that are secrets. Default: there are none, and what is signed with them is refused. */
  readonly secrets?: SecretResolver
  /** Whose messages receipts tell of. Default: nobody's. */
  readonly messages?: SentMessages
  /** Default: really. */
  readonly sleep?: (ms: number) => Promise<void>
  readonly intake: IntakeGateway
  readonly quota: QuotaGateway
  readonly tenantLimits: Pick<TenantLimits, 'intake'>
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: GatewayObserver
}

/** Where a delivery was sent to. */
export interface WebhookAddress {
  readonly tenant: string
  readonly integration: string
}

/**
 * What became of a delivery. `greeting`: the vendor asked whose address this is. `busy`: it could not be stored; the vendor is told by
 * the status it understands.
 */
export type WebhookOutcome =
  | { readonly state: 'greeting'; readonly text: string }
  | {
      readonly state: 'stored'
      readonly request: IntakeRequest
      readonly result: IntakeResult
      readonly answer: WebhookAnswer | null
    }
  | { readonly state: 'busy'; readonly status: 429 | 503; readonly error: NxError }

/**
 * Takes one delivery: the integration is found, the signature is checked on the raw bytes, the payload is translated and
 * stored. A stranger learns nothing: an unknown tenant and an unknown integration look the same, and that a tenant is
 * suspended is told only to who can sign for it. Throws NX-HOOK-UNKNOWN (not found), NX-HOOK-SIGNATURE (unauthenticated),
 * NX-HOOK-JSON (invalid), NX-TENANT-SUSPENDED (denied).
 */
export async function acceptWebhook(
  options: AcceptWebhookOptions,
  address: WebhookAddress,
  request: SignedRequest,
): Promise<WebhookOutcome> {
  const { tenantLimits, clock } = options
  const { tenant, route, keys } = await find(options, address, request)
  const { receiver, workspace } = route
  const horizonMs = tenantLimits.intake(tenant.id).keyHorizonMs
  const context = { tenantId: tenant.id, workspace, now: clock.now(), horizonMs, keys }
  const reception = receiver.receive(request, context)
  if (reception.state === 'refused') throw refused(options, address, reception)
  requireActive(tenant)
  if (reception.state === 'greeting') return reception
  if (reception.state === 'malformed') {
    throw new NxError('invalid', 'NX-HOOK-JSON', 'The webhook cannot be read', { detail: reception.why })
  }
  try {
    const { request: stored, result } = await store(options, address.integration, reception)
    return { state: 'stored', request: stored, result, answer: receiver.answer }
  } catch (error) {
    if (
      !(error instanceof NxError) ||
      !(error.retryable || error.kind === 'unavailable' || error.kind === 'unreachable')
    )
      throw error
    return { state: 'busy', status: receiver.busyStatus, error }
  }
}

/** Answers what a vendor asks by GET when an address is registered. Throws as `acceptWebhook`. */
export async function greetWebhook(
  options: AcceptWebhookOptions,
  address: WebhookAddress,
  request: SignedRequest,
): Promise<{ readonly text: string }> {
  const { tenant, route, keys } = await find(options, address, request)
  const greeting = route.receiver.greet(request, keys)
  if (greeting === null) throw unknownAddress()
  if (greeting.state === 'refused') throw refused(options, address, greeting)
  requireActive(tenant)
  return { text: greeting.state === 'greeting' ? greeting.text : '' }
}

/** The receiver that an address means, with its keys opened. */
async function find(
  { directory, routes, secrets }: AcceptWebhookOptions,
  address: WebhookAddress,
  { secretPath }: SignedRequest,
): Promise<{
  readonly tenant: Tenant
  readonly route: WebhookRoute
  readonly keys: Awaited<ReturnType<typeof openKeys>>
}> {
  const tenant = directory.bySlug(address.tenant)
  const route = tenant === null ? null : await routes.route(tenant.id, address.integration)
  if (tenant === null || route === null) throw unknownAddress()
  const { receiver } = route
  // Without its secret part an address does not exist, and with one that it does not have neither.
  if ((secretPath !== undefined) !== receiver.hasSecretPath) throw unknownAddress()
  const keys = await openKeys(receiver.keySources, secrets ?? noSecrets, tenant.id)
  return { tenant, route, keys }
}

const sleepReally = async (ms: number): Promise<void> => await wait(ms)
const noSecrets: SecretResolver = { resolve: async () => null }

/** Only what is signed counts: a stranger must not use up the tenant's quota. */
async function store(
  { quota, intake, messages, sleep = sleepReally }: AcceptWebhookOptions,
  integration: string,
  translated: Translated,
): Promise<{ readonly request: IntakeRequest; readonly result: IntakeResult }> {
  const request =
    messages === undefined
      ? translated.request
      : await correlateReceipts(translated, { messages, integration, sleep })
  const isEmpty = request.events.length === 0 && request.deadLetters.length === 0
  const result: IntakeResult = isEmpty
    ? { state: 'accepted', events: [] }
    : await acceptWithin(quota, intake, request)
  return { request, result }
}

function refused(
  { observer, logger }: Pick<AcceptWebhookOptions, 'observer' | 'logger'>,
  { tenant, integration }: WebhookAddress,
  { why, scheme, offByMs }: Refusal,
): NxError {
  observer.refusedWebhook(why)
  // The reason is for the operator; to the sender it would tell what to forge next.
  logger.warn(
    { tenant, integration, why, scheme, ...(offByMs === undefined ? {} : { offByMs }) },
    refusals[why],
  )
  return new NxError('unauthenticated', 'NX-HOOK-SIGNATURE', 'The webhook is not verified', {
    detail: 'It is unsigned, signed by somebody else, or sent too long ago.',
    fix: "Check the integration's `webhooks:` keys and the clock; the daemon's log names the reason.",
  })
}

const refusals = {
  unsigned: 'A webhook carries no signature that this integration knows',
  no_key: 'A webhook is signed, but the integration has no key for that scheme: set it under `webhooks:`',
  stale: 'A webhook was sent outside the replay window: it was repeated, or the clocks differ',
  mismatch: 'The signature of a webhook does not match its body and address',
  twice: 'A header that proves a webhook came twice: something on the way adds it, or somebody tries both',
} as const

function unknownAddress(): NxError {
  return new NxError('not_found', 'NX-HOOK-UNKNOWN', 'There is no webhook address here', {
    fix: 'The address is /v1/hooks/TENANT/INTEGRATION, with an applied Integration that takes webhooks.',
  })
}
