import { noAccessTokens } from '../../src/adapters/connectors/auth/access-tokens.ts'
import { ConnectorAuthorizer } from '../../src/adapters/connectors/auth/authorizer.ts'
import { CallPreparer, wishOf } from '../../src/adapters/connectors/calls/call-preparer.ts'
import { compileIntegration } from '../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../src/adapters/connectors/connector-executor.ts'
import type { Integration } from '../../src/adapters/connectors/integration.ts'
import { integrationSchema } from '../../src/adapters/connectors/integration-schema.ts'
import type { OutgoingClient } from '../../src/adapters/http/outgoing-client.ts'
import type { OutgoingRequest } from '../../src/adapters/http/outgoing-request.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { newId } from '../../src/kernel/ids.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import { ClearedCommand } from '../../src/messaging/commands/cleared-command.ts'
import type { SendJudge } from '../../src/messaging/commands/cleared-command.ts'
import type { Command } from '../../src/messaging/commands/command.ts'

/** A connector with a document, and what it is asked for. */
export interface UnderTest {
  readonly connector: string
  readonly operation: string
  readonly document: (origin: string) => JsonObject
  readonly input: JsonObject
}

const text = 'Hello Ada, the flat that you asked about can be seen on Friday at ten. Does that suit you?'
const limits = { concurrency: 64, perSecond: 10_000 }

/** JSON with a bearer token, a form with basic auth, a signed webhook, nested JSON. */
export const connectorsUnderTest: readonly UnderTest[] = [
  {
    connector: 'gohighlevel',
    operation: 'message.send',
    document: (origin) => ({
      connection: { locationId: 'loc-1', baseUrl: origin },
      credentials: { accessToken: { secret: 'token' } },
    }),
    input: { channel: 'sms', to: '+15005550100', text },
  },
  {
    connector: 'twilio',
    operation: 'message.send',
    document: (origin) => ({
      connection: { accountSid: `AC${'0'.repeat(32)}`, from: '+15005550006', baseUrl: origin },
      credentials: { authToken: { secret: 'token' } },
    }),
    input: { to: '+1 500 555 0100', text },
  },
  {
    connector: 'webhook',
    operation: 'event.send',
    document: (origin) => ({
      connection: { url: `${origin}/in` },
      credentials: { secret: { secret: 'signing' } },
    }),
    input: {
      type: 'lead.qualified',
      timestamp: '2026-03-05T12:00:00.000Z',
      data: { lead: 'lead-1', score: 87, band: 'hot', source: 'referral', tags: ['new', 'vip'], note: text },
    },
  },
  {
    connector: 'whatsapp',
    operation: 'message.send',
    document: (origin) => ({
      connection: { phoneNumberId: '100000000000001', baseUrl: origin },
      credentials: { accessToken: { secret: 'token' } },
    }),
    input: {
      to: '+15005550100',
      template_id: 'visit',
      language: 'en',
      params: { name: 'Ada', day: 'Friday' },
    },
  },
]

/** Opened secrets. */
const secrets: Readonly<Record<string, string>> = {
  token: 'a-token-of-forty-characters-as-vendors-do',
  signing: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
}
const resolver = { resolve: async (_tenant: string, name: string) => secrets[name] ?? null }

/** What is measured of one connector: its commands through the executor, and the bytes that they become. */
export interface Prepared {
  readonly executor: ConnectorExecutor
  /** So many commands, each with its own id and key, as the gate lets them through. */
  readonly commands: (count: number) => Promise<readonly ClearedCommand[]>
  /** One of them as it goes on the wire. */
  readonly request: OutgoingRequest
}

/** Compiles a connector's document with the vendor at this address. */
export async function prepareConnector(
  { connector, operation, document, input }: UnderTest,
  origin: string,
  client: OutgoingClient,
): Promise<Prepared> {
  const integration = compileIntegration(
    integrationSchema.parse({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: connector,
      connector,
      limits,
      ...document(origin),
    }),
  )
  const executor = new ConnectorExecutor({
    integrations: { integration: async () => integration },
    secrets: resolver,
    client,
    clock: systemClock,
    logger: silentLogger,
  })
  const template = commandFor(connector, operation, input)
  return {
    executor,
    commands: async (count) => await cleared(Array.from({ length: count }, () => withId(template))),
    request: await requestOf(integration, withId(template)),
  }
}

async function requestOf(integration: Integration, command: Command): Promise<OutgoingRequest> {
  const preparer = new CallPreparer(resolver, new ConnectorAuthorizer(noAccessTokens, systemClock))
  const operation = integration.connector.operations.get(command.operation)
  if (operation === undefined) throw new Error(`There is no operation ${command.operation}`)
  const wish = { ...wishOf(command, integration), operation }
  const prepared = await preparer.prepare(wish, new AbortController().signal)
  if ('outcome' in prepared) throw new Error(JSON.stringify(prepared.outcome))
  return prepared.call.request
}

function commandFor(integration: string, operation: string, input: JsonObject): Command {
  const event = newId()
  return {
    id: event,
    tenantId: newId(),
    workspace: 'default',
    entityKey: 'default/lead/lead-1',
    eventId: event,
    rootId: event,
    correlationId: event,
    depth: 0,
    cause: 'RuleSet/bench#rule',
    instanceId: null,
    integration,
    operation,
    input,
    idempotencyKey: event,
    priority: 'normal',
    repeatable: 'no',
    dueAt: '2026-03-05T12:00:00.000Z',
    routeResult: false,
    parentId: null,
  }
}

function withId(command: Command): Command {
  const id = newId()
  return { ...command, id, idempotencyKey: id }
}

/** The gate is measured where it has policies to read: with the dispatcher. */
const openGate: SendJudge = {
  judge: async (claimed) =>
    claimed.map(() => ({ state: 'allow', input: null, message: null, holdsSlot: false })),
}

async function cleared(commands: readonly Command[]): Promise<readonly ClearedCommand[]> {
  const leased = commands.map((command) => ({
    command,
    attempt: 1,
    runLease: '1',
    firstAttemptAt: null,
    leaseEndsMs: systemClock.monotonicMs() + 600_000,
  }))
  const passages = await ClearedCommand.passGate(openGate, leased)
  return passages.flatMap((passage) => (passage.state === 'cleared' ? passage.command : []))
}
