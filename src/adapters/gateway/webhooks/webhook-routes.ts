import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SignedRequest } from '../../connectors/webhooks/signatures/signed-request.ts'
import { acceptWebhook, greetWebhook } from './accept-webhook.ts'
import type { AcceptWebhookOptions, WebhookOutcome } from './accept-webhook.ts'
import type { GatewayLimits } from '../gateway-limits.ts'
import { sendError, sendProblem } from '../http-server.ts'
import type { RawBody } from '../http-server.ts'
import { requirePlainEncoding } from '../requests/plain-encoding.ts'
import { countAccepted, idOf, sendAccepted } from '../requests/send-accepted.ts'
import { conflictProblem, reuseProblem } from '../write-routes.ts'

export interface WebhookRoutesOptions extends AcceptWebhookOptions {
  /** `https://hooks.example.com`: the address by which vendors know this gateway; null: as each request says. */
  readonly publicUrl?: string | null
}

interface Params {
  readonly tenant: string
  readonly integration: string
  /** A part of the address that only the vendor was told. */
  readonly secret?: string
}

type WebhookRequest = FastifyRequest<{ Body: RawBody; Params: Params }>

const noBody = Buffer.alloc(0)

/** POST and GET /v1/hooks/:tenant/:integration, and the same with a secret part behind. */
export function addWebhookRoutes(
  app: FastifyInstance,
  options: WebhookRoutesOptions,
  limits: GatewayLimits,
): void {
  // Once, and of no other: a pattern that looks for the end of a stranger's Host takes the square of its length.
  const origin = options.publicUrl?.replace(/\/+$/, '') ?? null
  for (const path of ['/v1/hooks/:tenant/:integration', '/v1/hooks/:tenant/:integration/:secret']) {
    app.post(path, { bodyLimit: limits.webhookBytesMax }, async (request: WebhookRequest, reply) => {
      requirePlainEncoding(request)
      const outcome = await acceptWebhook(options, request.params, signedRequest(request, origin))
      return sendOutcome(reply, outcome, options)
    })
    app.get(path, { exposeHeadRoute: false }, async (request: WebhookRequest, reply) => {
      const { text } = await greetWebhook(options, request.params, signedRequest(request, origin))
      return sendText(reply, text)
    })
  }
}

/** `origin`: by which vendors know this gateway; null: as the request says. */
function signedRequest(request: WebhookRequest, origin: string | null): SignedRequest {
  const { secret } = request.params
  return {
    method: request.method,
    url: (origin ?? `${request.protocol}://${request.headers.host ?? ''}`) + request.url,
    headers: request.headers,
    rawHeaders: request.raw.rawHeaders,
    ...(secret === undefined ? {} : { secretPath: secret }),
    body: request.body ?? noBody,
  }
}

function sendOutcome(
  reply: FastifyReply,
  outcome: WebhookOutcome,
  options: WebhookRoutesOptions,
): FastifyReply {
  if (outcome.state === 'greeting') return sendText(reply, outcome.text)
  if (outcome.state === 'busy') {
    options.logger.warn(
      { code: outcome.error.code },
      'A webhook could not be stored; its sender was told to try again',
    )
    return sendError(reply, outcome.error, outcome.status)
  }
  const { result, request, answer } = outcome
  if (result.state === 'conflict') return sendProblem(reply, conflictProblem(result))
  if (result.state === 'key_reused') return sendProblem(reply, reuseProblem(result.reuse))
  countAccepted(options.observer, result)
  if (answer !== null)
    return reply.code(answer.status).header('content-type', answer.contentType).send(Buffer.from(answer.body))
  const letters = request.deadLetters.map(({ id }) => id)
  return sendAccepted(reply, {
    accepted: result.events.map(idOf),
    ...(letters.length === 0 ? {} : { deadLetters: letters }),
  })
}

/** What somebody asked to have sent back: text, whatever a browser might see in it. */
function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply
    .code(200)
    .header('content-type', 'text/plain; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(Buffer.from(text))
}
