import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import type { SentMessages } from '../../messaging/commands/sent-messages.ts'
import type { TenantLimits } from '../../messaging/intake/tenant-limits.ts'
import type { MessagingReader } from '../../messaging/reading/event-reader.ts'
import type { EntityReader } from '../../sales-core/reading/entity-reader.ts'
import type { SecretResolver } from '../connectors/auth/secret-resolver.ts'
import { defaultGatewayLimits } from './gateway-limits.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type {
  GatewayDirectory,
  GatewayObserver,
  IntakeGateway,
  QuotaGateway,
  WebhookRoutes,
} from './gateway-ports.ts'
import { createHttpServer } from './http-server.ts'
import { closeGracefully, listen, listeningUrl } from './listen.ts'
import { openApiDocument } from './openapi.ts'
import { addReadRoutes, readRoutes } from './read-routes.ts'
import type { Readiness } from './readiness.ts'
import { guardRequests } from './requests/guard-requests.ts'
import { addWebhookRoutes } from './webhooks/webhook-routes.ts'
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
  /** For how long producers' keys are remembered, and whose requests count how much. */
  readonly tenantLimits: Pick<TenantLimits, 'intake'>
  readonly quota: QuotaGateway
  /** `https://hooks.example.com`: the address by which vendors know this gateway; null: as each request says. */
  readonly publicUrl?: string | null
  /** Opens the secrets that webhooks are signed with. Default: there are none. */
  readonly secrets?: SecretResolver
  /** Whose messages vendors' receipts tell of. Default: nobody's. */
  readonly sentMessages?: SentMessages
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
  guardRequests(app, { ...options, inFlightMax: limits.inFlightMax })
  addWriteRoutes(app, options)
  const { messages: _reader, sentMessages, ...others } = options
  addWebhookRoutes(
    app,
    { ...others, ...(sentMessages === undefined ? {} : { messages: sentMessages }) },
    limits,
  )
  addReadRoutes(app, options)
  addHealthRoutes(app, options.readiness)
  const document = JSON.stringify(openApiDocument(options.version, readRoutes(options)))
  app.get(
    '/openapi.json',
    async (_request, reply) => await reply.type('application/json; charset=utf-8').send(document),
  )
  return app
}

/** /livez and /readyz: the status, and nothing about what is inside. */
function addHealthRoutes(app: FastifyInstance, readiness: Readiness): void {
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const { ready } = await readiness.report()
    return await reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' })
  })
}
