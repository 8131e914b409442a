import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NxError } from '../../kernel/errors.ts'
import type { AcceptedEvent, IntakeResult, KeyReuse } from '../../messaging/intake/event-intake.ts'
import { acceptEvents } from './accept-events.ts'
import type { AcceptEventsOptions, AcceptedBody } from './accept-events.ts'
import { acceptWebhook } from './accept-webhook.ts'
import type { AcceptWebhookOptions } from './accept-webhook.ts'
import { authenticate } from './authenticate.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { GatewayObserver } from './gateway-ports.ts'
import { sendError, sendProblem } from './http-server.ts'
import type { RawBody } from './http-server.ts'
import { toProblem } from './problem.ts'
import type { ProblemBody } from './problem.ts'
import { tellRateLimit } from './requests/rate-limit-fields.ts'

export interface WriteRoutesOptions extends AcceptEventsOptions, AcceptWebhookOptions {}

/** POST /v1/events and POST /v1/hooks/:tenant/:integration. */
export function addWriteRoutes(
  app: FastifyInstance,
  options: WriteRoutesOptions,
  limits: GatewayLimits,
): void {
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
    count(observer, result)
    return sendAccepted(reply, {
      accepted: result.events.map(idOf),
      ...(ignored.length === 0 ? {} : { ignored: [...ignored] }),
    })
  })

  app.post(
    '/v1/hooks/:tenant/:integration',
    { bodyLimit: limits.webhookBytesMax },
    async (
      request: FastifyRequest<{ Body: RawBody; Params: { tenant: string; integration: string } }>,
      reply,
    ) => {
      requirePlainEncoding(request)
      const outcome = await acceptWebhook(options, request.params, {
        method: request.method,
        url: `${request.protocol}://${request.headers.host ?? ''}${request.url}`,
        headers: request.headers,
        body: request.body ?? noBody,
      })
      if (outcome.state === 'busy') {
        options.logger.warn(
          { code: outcome.error.code },
          'A webhook could not be stored; its sender was told to try again',
        )
        return sendError(reply, outcome.error, outcome.status)
      }
      const { result, request: stored } = outcome
      if (result.state === 'conflict') return sendProblem(reply, conflictProblem(result))
      if (result.state === 'key_reused') return sendProblem(reply, reuseProblem(result.reuse))
      count(observer, result)
      const letters = stored.deadLetters.map(({ id }) => id)
      return sendAccepted(reply, {
        accepted: result.events.map(idOf),
        ...(letters.length === 0 ? {} : { deadLetters: letters }),
      })
    },
  )
}

const noBody = Buffer.alloc(0)

function sendAccepted(reply: FastifyReply, body: AcceptedBody): FastifyReply {
  return reply.code(202).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

function idOf({ id, duplicate }: AcceptedEvent): AcceptedBody['accepted'][number] {
  return { id, duplicate }
}

/** Events of a request that was answered before are repeats, whatever the first answer said of them. */
function count(
  observer: GatewayObserver,
  { state, events }: IntakeResult & { state: 'accepted' | 'replayed' },
): void {
  const duplicates = state === 'replayed' ? events : events.filter(({ duplicate }) => duplicate)
  observer.accepted(events.length, duplicates.length)
}

/** Compressed bodies are refused: they would make every limit on size a guess. */
function requirePlainEncoding(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return
  throw new NxError('invalid', 'NX-HTTP-ENCODING', 'The body is compressed', {
    fix: 'Send it without content-encoding.',
  })
}

function reuseProblem({ key, firstIds, firstDigest, digest }: KeyReuse): ProblemBody {
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

function conflictProblem({ conflicts }: IntakeResult & { state: 'conflict' }): ProblemBody {
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
