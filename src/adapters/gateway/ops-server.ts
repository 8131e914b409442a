import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import { defaultGatewayLimits } from './gateway-limits.ts'
import { closeGracefully, listen, listeningUrl } from './listen.ts'
import { createHttpServer } from './http-server.ts'
import type { Readiness } from './readiness.ts'

export interface OpsOptions {
  /** Loopback unless the operator says otherwise: this listener asks nobody who they are. Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  readonly registry: Registry
  readonly readiness: Readiness
  readonly logger: Logger
}

/** The operators' listener: metrics, and health with its reasons (`/readyz?verbose=1`). */
export class OpsServer implements Service {
  readonly name = 'ops'
  readonly #options: OpsOptions
  #app: FastifyInstance | null = null

  constructor(options: OpsOptions) {
    this.#options = options
  }

  get url(): string {
    return listeningUrl(this.#app, this.name)
  }

  /** Throws NX-LISTEN (io) when the address is taken or not ours. */
  async start(): Promise<void> {
    if (this.#app !== null) return
    const { registry, readiness, logger } = this.#options
    const app = createHttpServer({ ...defaultGatewayLimits, batchBytesMax: 1_024 }, logger)
    app.get('/livez', async () => ({ status: 'alive' }))
    app.get('/readyz', async (request, reply) => {
      const report = await readiness.report()
      const verbose = (request.query as Readonly<Record<string, unknown>>)['verbose'] !== undefined
      const status = report.ready ? 'ready' : 'not ready'
      return await reply
        .code(report.ready ? 200 : 503)
        .send(verbose ? { status, checks: report.checks } : { status })
    })
    app.get(
      '/metrics',
      async (_request, reply) => await reply.type(registry.contentType).send(await registry.metrics()),
    )
    await listen(app, this.#options.listen)
    this.#app = app
  }

  async stop(): Promise<void> {
    const app = this.#app
    this.#app = null
    if (app !== null) await closeGracefully(app, defaultGatewayLimits.stopTimeoutMs)
  }
}
