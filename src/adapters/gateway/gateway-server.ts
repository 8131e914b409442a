import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import type { MessagingReader } from '../../messaging/reading/event-reader.ts'
import type { EntityReader } from '../../sales-core/reading/entity-reader.ts'
import { defaultGatewayLimits } from './gateway-limits.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { GatewayDirectory, GatewayObserver, IntakeGateway, WebhookRoutes } from './gateway-ports.ts'
import { createHttpServer, sendProblem } from './http-server.ts'
import { closeGracefully, listen, listeningUrl } from './listen.ts'
import { openApiDocument } from './openapi.ts'
import { toProblem } from './problem.ts'
import { addReadRoutes, readRoutes } from './read-routes.ts'
import type { Readiness } from './readiness.ts'
import { addWriteRoutes } from './write-routes.ts'

export interface GatewayOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly version: string
  readonly directory: GatewayDirectory
  readonly routes: WebhookRoutes
  readonly intake: IntakeGateway
  readonly messages: MessagingReader
  readonly entities: EntityReader
  readonly readiness: Readiness
  readonly observer: GatewayObserver
  readonly clock: Clock
  readonly logger: Logger
  /** For how long producers' event ids are remembered, milliseconds. */
  readonly horizonMs: number
  readonly limits?: Partial<GatewayLimits>
}

/** The public listener. */
export class GatewayServer implements Service {
  readonly name = 'gateway'
  readonly #options: GatewayOptions
  #app: FastifyInstance | null = null

  constructor(options: GatewayOptions) {
    this.#options = options
  }

  /** `http://127.0.0.1:8080`; throws when it is not listening. */
  get url(): string {
    return listeningUrl(this.#app, this.name)
  }

  /** Throws NX-LISTEN (io) when the address is taken or not ours. */
  async start(): Promise<void> {
    if (this.#app !== null) return
    const app = buildGateway(this.#options)
    await listen(app, this.#options.listen)
    this.#app = app
  }

  /** Takes no new connection; answers what is under way. */
  async stop(): Promise<void> {
    const app = this.#app
    this.#app = null
    if (app !== null)
      await closeGracefully(app, { ...defaultGatewayLimits, ...this.#options.limits }.stopTimeoutMs)
  }
}

function buildGateway(options: GatewayOptions): FastifyInstance {
  const limits = { ...defaultGatewayLimits, ...options.limits }
  const app = createHttpServer(limits, options.logger)
  addGuards(app, options, limits)
  addWriteRoutes(app, options, limits)
  addReadRoutes(app, options)
  addHealthRoutes(app, options.readiness)
  const document = JSON.stringify(openApiDocument(options.version, readRoutes(options)))
  app.get(
    '/openapi.json',
    async (_request, reply) => await reply.type('application/json; charset=utf-8').send(document),
  )
  return app
}

/** Counts every request, and refuses those above what may be under way before their bodies are read. */
function addGuards(app: FastifyInstance, { observer, clock }: GatewayOptions, limits: GatewayLimits): void {
  let inFlight = 0
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = clock.monotonicMs()
    inFlight += 1
    reply.raw.once('close', () => {
      inFlight -= 1
      observer.request(
        request.routeOptions.url ?? 'unknown',
        reply.statusCode,
        clock.monotonicMs() - startedMs,
      )
    })
    if (inFlight <= limits.inFlightMax || request.url === '/livez') return done()
    const busy = new NxError('unavailable', 'NX-HTTP-BUSY', 'Too many requests are being answered', {
      fix: 'Send it again in a second.',
    })
    sendProblem(reply, toProblem(busy))
  })
}

/** /livez and /readyz: the status, and nothing about what is inside. */
function addHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const { ready } = await readiness.report()
    return await reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' })
  })
}
