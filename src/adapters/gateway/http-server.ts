import { STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { NxError, errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { RetryLater } from '../../messaging/intake/retry-later.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import { problemType, toProblem } from './problem.ts'
import type { ProblemBody } from './problem.ts'
import { ByteBudget } from './requests/byte-budget.ts'
import { readBody } from './requests/read-body.ts'

/** Bodies arrive as bytes: signatures are over bytes, and the routes parse for themselves. */
export type RawBody = Buffer | undefined

/** A fastify server with our limits, raw bodies, and every failure told as problem+json. */
export function createHttpServer(limits: GatewayLimits, logger: Logger): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: limits.batchBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    routerOptions: { maxParamLength: 1_024 },
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: limits.headerBytesMax, connectionsCheckingInterval: 1_000 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, toProblem(asNxError(error)))
    },
  })
  app.server.maxConnections = limits.connectionsMax
  // Node takes the larger of the two for the whole request, and its own default for headers is a minute.
  app.server.headersTimeout = Math.min(10_000, limits.requestTimeoutMs)
  const budget = new ByteBudget<IncomingMessage>(limits.bodyBytesInFlightMax)
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => budget.release(request.raw))
    done()
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    return await readBody(payload, {
      bytesMax: request.routeOptions.bodyLimit ?? limits.batchBytesMax,
      budget,
    })
  })
  app.setNotFoundHandler((_request, reply) => {
    const error = new NxError('not_found', 'NX-HTTP-ROUTE', 'There is nothing at this address', {
      fix: 'The addresses are listed in /openapi.json.',
    })
    return sendProblem(reply, toProblem(error))
  })
  app.setErrorHandler((error, _request, reply) => {
    const nx = asNxError(error)
    const { status, code } = toProblem(nx)
    if (status >= 500) logger.error({ code, error: errorText(error) }, 'A request failed')
    return sendError(reply, nx)
  })
  return app
}

/** Tells an error as a problem, with the moment from which a repeat makes sense if the error knows it. */
export function sendError(reply: FastifyReply, error: unknown, status?: number): FastifyReply {
  const problem = toProblem(error)
  const retryAfterMs = error instanceof RetryLater ? error.retryAfterMs : 1_000
  return sendProblem(reply, status === undefined ? problem : { ...problem, status }, retryAfterMs)
}

/** Bodies that were refused unread: more of them would follow on the same connection. */
const unread = new Set(['NX-HTTP-TOO-LARGE', 'NX-HTTP-BYTES'])

/** Sends a problem; when it is worth trying again, says when. */
export function sendProblem(reply: FastifyReply, problem: ProblemBody, retryAfterMs = 1_000): FastifyReply {
  if (problem.status === 503 || problem.status === 429)
    void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)))
  if (unread.has(problem.code)) void reply.header('connection', 'close')
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
  // As bytes: fastify would add a charset to text, which the type does not have.
  return reply
    .code(problem.status)
    .header('content-type', problemType)
    .send(Buffer.from(JSON.stringify(problem)))
}

/** What fastify itself refuses, in our words. */
function asNxError(error: unknown): unknown {
  if (error instanceof NxError || typeof error !== 'object' || error === null || !('code' in error))
    return error
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new NxError('invalid', 'NX-EVENT-CONTENT-TYPE', 'The content type cannot be read')
    case 'FST_ERR_BAD_URL':
      return new NxError('invalid', 'NX-HTTP-URL', 'The address cannot be read', {
        fix: 'Percent-encode it in UTF-8.',
      })
    default: {
      const status = 'statusCode' in error ? error.statusCode : 500
      return status === 400 ? new NxError('invalid', 'NX-HTTP-REQUEST', 'The request cannot be read') : error
    }
  }
}

/** What is not even HTTP, too slow, or has too many headers: there is no request yet, so the answer is written by hand. */
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(toProblem(clientError(error.code)))
  const { status } = toProblem(clientError(error.code))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: ${problemType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function clientError(code: string | undefined): NxError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new NxError('invalid', 'NX-HTTP-HEADERS', 'The headers are larger than may be')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new NxError('invalid', 'NX-HTTP-TIMEOUT', 'The request took too long to arrive', {
        fix: 'Send it in one go.',
      })
    default:
      return new NxError('invalid', 'NX-HTTP-REQUEST', 'This is not an HTTP request that can be read')
  }
}
