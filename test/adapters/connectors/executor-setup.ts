import { cleared } from '../../fakes/open-gate.ts'
import { ConnectorExecutor } from '../../../src/adapters/connectors/connector-executor.ts'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { FakeVendorServer } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { fakeVendorServer } from '../../../src/adapters/connectors/fakes/known-fakes.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { OutgoingClient } from '../../../src/adapters/http/outgoing-client.ts'
import { noIntegrationCaps } from '../../../src/control-plane/limits/resolve-limits.ts'
import type { IntegrationCaps } from '../../../src/control-plane/limits/resolve-limits.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { AttemptOutcome, Command, LeasedCommand } from '../../../src/messaging/commands/command.ts'

/** What the fake vendor wants, and what must never be seen anywhere else. */
export const secret = 'tok-Sup3r-S3cret'
/** Operations of the integration `sink`. */
const sinkOperations = {
  hit: {
    method: 'POST',
    path: '/hit',
    effect: 'send',
    idempotency: { header: 'Idempotency-Key' },
    body: { lead: '{{ input.lead }}', score: '{{ input.score }}' },
  },
  once: { method: 'POST', path: '/once', effect: 'send', body: { lead: '{{ input.lead }}' } },
  checked: {
    method: 'POST',
    path: '/checked',
    effect: 'send',
    body: { lead: '{{ input.lead }}' },
    output: { id: '{{ answer.id }}' },
  },
  put: { method: 'PUT', path: '/leads/{{ input.lead }}', effect: 'update', body: {} },
}

/** The integration `sink` at an address, without operations. */
export function sinkDocument(baseUrl: string): JsonObject {
  return {
    ...{ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'sink', connector: 'http' },
    connection: { baseUrl },
  }
}

/** An executor, a vendor to call, and the way between them. */
export class ExecutorSetup {
  readonly vendor: FakeVendorServer
  client = new OutgoingClient({ allowPrivate: true, answerBytesMax: 100_000 })

  /** `plays`: a connector whose vendor is played; else a system of no vendor, which wants the secret. */
  constructor(plays: string | null = null) {
    this.vendor = plays === null ? new FakeVendorServer({ token: secret }) : fakeVendorServer(plays)
  }

  async start(): Promise<this> {
    await this.vendor.start()
    return this
  }

  async stop(): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.vendor.stop()
  }

  /** An executor whose every tenant has the integration `sink`, changed as given. */
  executor(
    change: JsonObject = {},
    secrets: Record<string, string> = { 'sink-token': `${secret}\n` },
    caps: IntegrationCaps = noIntegrationCaps,
  ): ConnectorExecutor {
    return this.executorOf(
      {
        ...sinkDocument(this.vendor.url),
        auth: { kind: 'bearer', token: { secret: 'sink-token' } },
        operations: sinkOperations,
        limits: { timeout: '300ms' },
        ...change,
      },
      secrets,
      caps,
    )
  }

  executorOf(
    document: JsonObject,
    secrets: Record<string, string> = { 'sink-token': secret },
    caps: IntegrationCaps = noIntegrationCaps,
  ): ConnectorExecutor {
    const integration = compileIntegration(integrationSchema.parse(document))
    return new ConnectorExecutor({
      integrations: {
        integration: async (_tenant, _workspace, name) => (name === integration.name ? integration : null),
      },
      secrets: { resolve: async (_tenant, name) => secrets[name] ?? null },
      client: this.client,
      tenantCaps: () => caps,
      clock: systemClock,
      logger: silentLogger,
    })
  }

  async run(leased: LeasedCommand, subject = this.executor()): Promise<AttemptOutcome> {
    return await subject.execute(await cleared(leased), new AbortController().signal)
  }
}

const onlyOnce = new Set(['once', 'checked', 'message.send'])

/** A command of `lead/42`, leased for half a minute. */
export function leased(operation: string, input: JsonObject, change: Partial<Command> = {}): LeasedCommand {
  const command: Command = {
    id: 'c-1',
    tenantId: 't-1',
    workspace: 'default',
    entityKey: 'default/lead/42',
    eventId: 'e-1',
    rootId: 'e-1',
    correlationId: 'e-1',
    depth: 0,
    cause: 'RuleSet/x#y',
    instanceId: null,
    integration: 'sink',
    operation,
    input,
    idempotencyKey: `key-of-${operation}`,
    priority: 'normal',
    repeatable: onlyOnce.has(operation) ? 'no' : 'yes',
    dueAt: '2026-03-05T12:00:00.000Z',
    routeResult: false,
    parentId: null,
    ...change,
  }
  return {
    command,
    attempt: 1,
    runLease: '1',
    firstAttemptAt: null,
    leaseEndsMs: systemClock.monotonicMs() + 30_000,
  }
}
