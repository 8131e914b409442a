import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NxError } from '../../kernel/errors.ts'
import type { IntakeResult, KeyReuse } from '../../messaging/intake/event-intake.ts'
import { acceptEvents } from './accept-events.ts'
import type { AcceptEventsOptions } from './accept-events.ts'
import { authenticate } from './authenticate.ts'
import type { GatewayDirectory, GatewayObserver } from './gateway-ports.ts'
import { sendProblem } from './http-server.ts'
import type { RawBody } from './http-server.ts'
import { toProblem } from './problem.ts'
import type { ProblemBody } from './problem.ts'
import { requirePlainEncoding } from './requests/plain-encoding.ts'
import { tellRateLimit } from './requests/rate-limit-fields.ts'
import { countAccepted, idOf, sendAccepted } from './requests/send-accepted.ts'

export interface WriteRoutesOptions extends AcceptEventsOptions {
  readonly directory: GatewayDirectory
  readonly observer: GatewayObserver
}

/** POST /v1/events. */
export function addWriteRoutes(app: FastifyInstance, options: WriteRoutesOptions): void {
  const { directory, observer } = options
  app.post('/v1/events', async (request: FastifyRequest<{ Body: RawBody }>, reply) => {
    const caller = authenticate(directory, request.headers.authorization, 'event.publish')
    requirePlainEncoding(request)
    const body = request.body ?? noBody
    const { result, ignored } = await acceptEvents(options, caller, request.headers, body).finally(() =>
      tellRateLimit(reply, options.quota.state(caller.tenant.id)),
    )
    if (result.state === 'conflict') return sendProblem(reply, conflictProblem(result))
    if (result.state === 'key_reused') return sendProblem(reply, reuseProblem(result.reuse))
    if (result.state === 'replayed') void reply.header('idempotent-replayed', 'true')
    countAccepted(observer, result)
    return sendAccepted(reply, {
      accepted: result.events.map(idOf),
      ...(ignored.length === 0 ? {} : { ignored: [...ignored] }),
    })
  })
}

const noBody = Buffer.alloc(0)

/** The same Idempotency-Key, another body. */
export function reuseProblem({ key, firstIds, firstDigest, digest }: KeyReuse): ProblemBody {
  const problem = toProblem(
    new NxError(
      'conflict',
      'NX-IDEMPOTENCY-CONFLICT',
      'A request with this Idempotency-Key was accepted before with another body',
      {
        detail: 'Nothing of this request was stored.',
        fix: 'Use a fresh key for a new request; repeat a request unchanged.',
      },
    ),
  )
  return { ...problem, idempotency: { key, firstIds: [...firstIds], firstDigest, digest } }
}

/** The same source and id, another body. */
export function conflictProblem({ conflicts }: IntakeResult & { state: 'conflict' }): ProblemBody {
  const problem = toProblem(
    new NxError(
      'conflict',
      'NX-EVENT-CONFLICT',
      'An event with this source and id was accepted before with another body',
      {
        detail: 'Nothing of this request was stored.',
        fix: 'Give the event an id of its own, or send the first one unchanged.',
      },
    ),
  )
  return {
    ...problem,
    conflicts: conflicts.map(({ source, externalId, firstId, firstDigest, digest }) => ({
      source,
      id: externalId,
      firstId,
      firstDigest,
      digest,
    })),
  }
}
