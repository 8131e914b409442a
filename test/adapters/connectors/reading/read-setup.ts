import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { readAll } from '../../../../src/adapters/connectors/reading/read-all.ts'
import type { ReadAllOptions, ReadOutcome } from '../../../../src/adapters/connectors/reading/read-all.ts'
import type { OperationDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'

/** What the fake vendor answers; a text goes out as it is. */
export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: JsonValue | string
}
export type Vendor = (url: URL, body: JsonValue) => Answer

/** What the vendor holds: 25 items, one changed each day. */
export const all = Array.from({ length: 25 }, (_, index) => ({
  id: index,
  changed: `2026-03-${String(1 + index).padStart(2, '0')}T00:00:00Z`,
}))

/** A vendor with pages, an executor, and a read from one to the other. */
export class ReadSetup {
  /** `GET /items?page=1` */
  readonly asked: string[] = []
  readonly tokens: (string | undefined)[] = []
  vendor: Vendor = () => ({ status: 500, body: {} })
  readonly #client = new OutgoingClient({ allowPrivate: true })
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      this.asked.push(`${request.method} ${request.url}`)
      this.tokens.push(request.headers.authorization)
      const text = Buffer.concat(chunks).toString()
      const body = text === '' ? null : (JSON.parse(text) as JsonValue)
      const answer = this.vendor(new URL(request.url ?? '', 'http://x'), body)
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
    })
  })

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await new Promise((resolve) => this.#server.once('listening', resolve))
    return this
  }

  async stop(): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Reads `list` of an http integration, changed as given; waits are noted, not made. */
  async read(
    operation: JsonObject,
    options: Partial<ReadAllOptions> = {},
    change: JsonObject = {},
  ): Promise<ReadOutcome & { readonly ids: readonly number[]; readonly waits: readonly number[] }> {
    const integration = compileIntegration(
      integrationSchema.parse({
        apiVersion: 'neuronx/v1',
        kind: 'Integration',
        name: 'crm',
        connector: 'http',
        connection: { baseUrl: this.url },
        auth: { kind: 'bearer', token: { secret: 'tok' } },
        operations: { list: { method: 'GET', path: '/items', effect: 'read', ...operation } },
        ...change,
      }),
    )
    const executor = new ConnectorExecutor({
      integrations: { integration: async () => integration },
      secrets: { resolve: async () => 's3cret' },
      client: this.#client,
      clock: systemClock,
      logger: silentLogger,
    })
    const ids: number[] = []
    const waits: number[] = []
    const outcome = await readAll({
      readPage: async (page, signal) => await executor.readPage(page, signal),
      clock: systemClock,
      operation: integration.connector.definition.operations['list'] as OperationDefinition,
      asked: { tenantId: 't', workspace: 'default', integration: 'crm', operation: 'list', input: {} },
      since: null,
      onItems: async (items) => {
        for (const item of items) ids.push(Number((item as JsonObject)['id']))
      },
      signal: new AbortController().signal,
      sleep: async (ms) => {
        waits.push(ms)
      },
      ...options,
    })
    return { ...outcome, ids, waits }
  }
}
