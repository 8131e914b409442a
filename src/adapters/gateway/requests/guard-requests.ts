import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../../kernel/clock.ts'
import { sha256Hex } from '../../../kernel/digest.ts'
import { FairRoom } from '../../../messaging/intake/fair-room.ts'
import { RetryLater } from '../../../messaging/intake/retry-later.ts'
import type { TenantLimits } from '../../../messaging/intake/tenant-limits.ts'
import { bearerToken } from '../authenticate.ts'
import type { GatewayDirectory, GatewayObserver } from '../gateway-ports.ts'
import { sendError } from '../http-server.ts'

export interface GuardOptions {
  readonly directory: GatewayDirectory
  readonly tenantLimits: Pick<TenantLimits, 'intake'>
  readonly observer: GatewayObserver
  readonly clock: Clock
  /** Requests being answered at once. */
  readonly inFlightMax: number
}

/**
 * Counts every request, and refuses those above what may be under way before their bodies are read: of all together, and of
 * one tenant that would leave nothing for the others. Strangers share one part.
 */
export function guardRequests(app: FastifyInstance, options: GuardOptions): void {
  const { tenantLimits, observer, clock } = options
  const room = new FairRoom(options.inFlightMax)
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = clock.monotonicMs()
    const { holder, tenantId } = whoseOf(request, options.directory)
    const weight = tenantId === null ? 1 : tenantLimits.intake(tenantId).weight
    const admitted = request.url === '/livez' || room.take(holder, 1, weight)
    const counted = admitted && request.url !== '/livez'
    reply.raw.once('close', () => {
      if (counted) room.release(holder, 1)
      observer.request(
        request.routeOptions.url ?? 'unknown',
        reply.statusCode,
        clock.monotonicMs() - startedMs,
      )
    })
    if (admitted) return done()
    const busy = new RetryLater('NX-HTTP-BUSY', 'Too many requests are being answered', 1_000, {
      fix: 'Send it again after the time in Retry-After, with fewer at once.',
    })
    sendError(reply, busy)
  })
}

/** Who holds the place of a request: its token's tenant, the tenant in a webhook's address, or a stranger. */
function whoseOf(
  request: FastifyRequest,
  directory: GatewayDirectory,
): { readonly holder: string; readonly tenantId: string | null } {
  const token = bearerToken(request.headers.authorization)
  if (token !== null) {
    const known = directory.byTokenHash(sha256Hex(token))
    return known === null ? stranger : { holder: known.tenant.id, tenantId: known.tenant.id }
  }
  const { tenant: slug } = request.params as { readonly tenant?: string }
  const tenant = slug === undefined ? null : directory.bySlug(slug)
  // Apart from what the tenant itself sends: anybody may write its name into an address.
  return tenant === null ? stranger : { holder: `hooks ${tenant.id}`, tenantId: tenant.id }
}

const stranger = { holder: 'stranger', tenantId: null } as const
