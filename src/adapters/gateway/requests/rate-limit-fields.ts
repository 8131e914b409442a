import type { FastifyReply } from 'fastify'
import type { QuotaState } from '../../../messaging/intake/tenant-quota.ts'

/**
 * Tells the tenant's quota in this daemon, as draft-ietf-httpapi-ratelimit-headers has it: `RateLimit-Policy: "events";q=Q;w=W`
 * (Q events at once, full again after W seconds) and `RateLimit: "events";r=R;t=T` (R left now, full again in T seconds).
 */
export function tellRateLimit(reply: FastifyReply, quota: QuotaState): void {
  const { perSecond, burst, remaining, fullInMs } = quota
  const windowS = Math.max(1, Math.ceil(burst / perSecond))
  void reply
    .header('ratelimit-policy', `"events";q=${Math.floor(burst)};w=${windowS}`)
    .header('ratelimit', `"events";r=${remaining};t=${Math.ceil(fullInMs / 1_000)}`)
}
