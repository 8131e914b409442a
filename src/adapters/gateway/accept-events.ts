import { z } from 'zod'
import { NxError } from '../../kernel/errors.ts'
import type { Clock } from '../../kernel/clock.ts'
import { parseCloudEvents } from '../../messaging/events/cloud-event.ts'
import type { MessageHeaders, ParsedCloudEvent } from '../../messaging/events/cloud-event.ts'
import { toIncoming } from '../../messaging/intake/event-draft.ts'
import type { IntakeRequest, IntakeResult } from '../../messaging/intake/event-intake.ts'
import type { TenantLimits } from '../../messaging/intake/tenant-limits.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'
import type { Caller } from './authenticate.ts'
import type { IntakeGateway, QuotaGateway } from './gateway-ports.ts'
import { readIdempotencyKey, requestKey } from './requests/idempotency-key.ts'

/** The answer to accepted events, in the order of the request. */
export const acceptedSchema = z.object({
  accepted: z.array(
    z.object({
      id: z.string().describe('The id under which the event is known: with `duplicate`, that of the first.'),
      duplicate: z.boolean(),
    }),
  ),
  ignored: z.array(z.string()).optional().describe('Attributes of the events that are not kept.'),
  deadLetters: z
    .array(z.string())
    .optional()
    .describe('Ids of the dead letters of what could not be mapped.'),
})

export type AcceptedBody = z.output<typeof acceptedSchema>

export interface AcceptEventsOptions {
  readonly intake: IntakeGateway
  readonly clock: Clock
  readonly tenantLimits: Pick<TenantLimits, 'intake'>
  readonly quota: QuotaGateway
}

/**
 * Takes the CloudEvents of one request, all or none. Returns the body of the 202, or the conflicts. Throws what the parser
 * and the intake throw, NX-TENANT-SUSPENDED and NX-EVENT-TENANT (denied), NX-HTTP-IDEMPOTENCY-KEY (invalid), NX-INTAKE-RATE.
 */
export async function acceptEvents(
  options: AcceptEventsOptions,
  caller: Caller,
  headers: MessageHeaders,
  body: Buffer,
): Promise<{ readonly result: IntakeResult; readonly ignored: readonly string[] }> {
  requireActive(caller.tenant)
  const { tenantLimits, quota, intake } = options
  // Before the work of reading them.
  quota.requireAny(caller.tenant.id)
  const keyText = readIdempotencyKey(headers['idempotency-key'])
  const events = parseCloudEvents(headers, body)
  const horizonMs = tenantLimits.intake(caller.tenant.id).keyHorizonMs
  const context = {
    tenantId: caller.tenant.id,
    workspace: caller.workspace,
    now: options.clock.now(),
    horizonMs,
    onConflict: 'conflict',
  } as const
  const incoming = events.map((event, index) => {
    requireOwner(event, caller, events.length > 1 ? `[${index}].` : '')
    return toIncoming(event.draft, context)
  })
  const key = keyText === null ? {} : { key: requestKey(keyText, caller.workspace, incoming, horizonMs) }
  const request = { tenantId: caller.tenant.id, ...key, events: incoming, deadLetters: [] }
  return { result: await acceptWithin(quota, intake, request), ignored: ignoredOf(events) }
}

/** Takes a request within the tenant's quota; what was not stored does not count. Throws NX-INTAKE-RATE and what the intake throws. */
export async function acceptWithin(
  quota: QuotaGateway,
  intake: IntakeGateway,
  request: IntakeRequest,
): Promise<IntakeResult> {
  const { tenantId, events, deadLetters } = request
  const count = events.length + deadLetters.length
  quota.take(tenantId, count)
  try {
    return await intake.accept(request)
  } catch (error) {
    quota.putBack(tenantId, count)
    throw error
  }
}

/** Refuses what is meant for a suspended tenant. Throws NX-TENANT-SUSPENDED (denied). */
export function requireActive(tenant: Tenant): void {
  if (tenant.status === 'active') return
  throw new NxError('denied', 'NX-TENANT-SUSPENDED', 'The tenant is suspended', {
    detail: 'It takes no events.',
    fix: 'Ask the operator of the installation to resume it, then send the events again.',
  })
}

/** The token decides whose an event is; an event that says otherwise was sent with the wrong token. */
function requireOwner(event: ParsedCloudEvent, caller: Caller, place: string): void {
  const wrong =
    event.tenant !== null && event.tenant !== caller.tenant.slug
      ? 'tenant'
      : event.workspace !== null && event.workspace !== caller.workspace
        ? 'workspace'
        : null
  if (wrong === null) return
  throw new NxError('denied', 'NX-EVENT-TENANT', `The event names another ${wrong} than the token's`, {
    where: { path: `${place}${wrong}` },
    fix: `Use a token of that ${wrong}, or leave the attribute out.`,
  })
}

function ignoredOf(events: readonly ParsedCloudEvent[]): readonly string[] {
  if (events.every(({ ignored }) => ignored.length === 0)) return []
  return [...new Set(events.flatMap(({ ignored }) => ignored))].sort()
}
