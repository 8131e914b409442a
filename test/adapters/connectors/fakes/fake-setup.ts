import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { noAccessTokens } from '../../../../src/adapters/connectors/auth/access-tokens.ts'
import type { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { fakeVendorServer } from '../../../../src/adapters/connectors/fakes/known-fakes.ts'
import type { Integration } from '../../../../src/adapters/connectors/integration.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { FakedVendors } from '../../../../src/app/fakes/faked-vendors.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { AttemptOutcome, Command } from '../../../../src/messaging/commands/command.ts'
import { cleared } from '../../../fakes/open-gate.ts'
import { leased } from '../executor-setup.ts'

/** A document of every connector that has a fake, as for the real vendor: nothing in it names this machine. */
export const documents: Readonly<Record<string, JsonObject>> = {
  gohighlevel: { connection: { locationId: 'loc-1' }, credentials: { accessToken: { secret: 'a' } } },
  slack: { connection: { channel: 'C0123456789' }, credentials: { botToken: { secret: 'a' } } },
  twilio: {
    connection: { accountSid: `AC${'0'.repeat(32)}`, from: '+14155550100' },
    credentials: { authToken: { secret: 'a' } },
  },
  whatsapp: {
    connection: { phoneNumberId: '100200300', businessAccountId: '400500600' },
    credentials: { accessToken: { secret: 'a' } },
  },
  resend: { connection: { from: 'ada@example.com' }, credentials: { apiKey: { secret: 'a' } } },
  teams: {
    connection: {
      tenantId: '00000000-0000-4000-8000-000000000001',
      teamId: 'team-1',
      channelId: '19:abc@thread.tacv2',
    },
    credentials: { clientId: { secret: 'a' } },
  },
  'teams-workflow': {
    connection: { url: 'https://flow.example.com/triggers/manual/paths/invoke' },
    credentials: { signature: { secret: 'a' } },
  },
  webhook: { connection: { url: 'https://hooks.example.com/in' }, credentials: { secret: { secret: 'a' } } },
}

const to = '+14155550123'

/** An input for every operation of every connector that has a fake. */
export const inputs: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  gohighlevel: {
    'contact.upsert': { email: 'ada@example.com', first_name: 'Ada', tags: ['new'] },
    'tag.add': { contact_id: 'c-1', tags: ['hot'] },
    'message.send': { channel: 'sms', text: 'Hi', contact_id: 'c-1' },
    'deal.update': { deal_id: 'd-1', status: 'won' },
    'deal.upsert': { pipeline_id: 'p-1', contact_id: 'c-1', name: 'Plan' },
    'contact.get': { contact_id: 'c-1' },
    'contact.find': { email: 'ada@example.com' },
    'account.check': {},
    'contact.search': {},
    'note.add': { contact_id: 'c-1', text: 'Called' },
    'task.create': { contact_id: 'c-1', title: 'Call', due_at: '2026-03-05T12:00:00Z' },
    'task.update': { contact_id: 'c-1', task_id: 't-1', completed: true },
    'appointment.book': { calendar_id: 'cal-1', contact_id: 'c-1', starts_at: '2026-03-05T12:00:00Z' },
    'workflow.enroll': { contact_id: 'c-1', workflow_id: 'w-1' },
    'conversation.search': { contact_id: 'c-1' },
    'conversation.messages': { conversation_id: 'conversation-of-c-1' },
    'message.export': { channel: 'SMS' },
  },
  slack: {
    'message.send': { text: 'Hi' },
    'message.update': { message_id: '1.000001', text: 'Hi again' },
    'conversation.open': { users: ['U0000000001'] },
    'user.find': { email: 'ada@example.com' },
    'account.check': {},
  },
  twilio: {
    'message.send': { to, text: 'Hi' },
    'call.start': { to, twiml: '<Response/>' },
    'message.list': { to },
    'account.check': {},
  },
  whatsapp: {
    'message.send': { to, text: 'Hi' },
    'message.mark_read': { message_id: 'wamid.1' },
    'template.list': {},
    'account.check': {},
  },
  resend: {
    'message.send': { to: 'ada@example.com', subject: 'Hi', text: 'Hi' },
    'message.get': {},
    'message.cancel': {},
    'domain.list': {},
  },
  teams: {
    'message.send': { text: 'Hi' },
    'message.reply': { text: 'Hi', thread_id: '1' },
    'chat.send': { text: 'Hi', to: '19:chat' },
    'channel.list': {},
    'account.check': {},
  },
  'teams-workflow': { 'message.send': { text: 'Hi' } },
  webhook: { 'event.send': { type: 'lead.created', data: { id: '1' } } },
}

/** A fake, and the real executor with a document that knows nothing of it. Whatever would leave this machine fails. */
export class FakeSetup {
  readonly vendor: FakeVendorServer
  readonly executor: ConnectorExecutor
  readonly integration: Integration
  readonly secrets: Record<string, string> = {}
  #recorded: { status: number; body: unknown }[] | null = null
  readonly #client = new OutgoingClient({
    allowPrivate: true,
    resolve: ((name: string, _options: unknown, done: (error: Error) => void) =>
      done(new Error(`${name} was to be reached`))) as never,
  })

  private constructor(connector: string, vendor: FakeVendorServer, change: JsonObject) {
    this.vendor = vendor
    this.integration = compileIntegration(
      integrationSchema.parse({
        ...{ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'it', connector },
        ...documents[connector],
        ...change,
      }),
    )
    const sources = {
      integrations: { integration: async () => this.integration },
      secrets: { resolve: async (_tenant: string, name: string) => this.secrets[name] ?? null },
      accessTokens: noAccessTokens,
    }
    const fakes = new FakedVendors(new Map([[connector, vendor.url]]))
    const how = { client: this.#client, clock: systemClock, slugOf: () => 'acme' }
    this.executor = new ConnectorExecutor({
      ...fakes.reach(sources, how),
      client: {
        send: async (...call) => {
          const answer = await this.#client.send(...call)
          if (answer.state === 'answered')
            this.#recorded?.push({ status: answer.status, body: JSON.parse(answer.body) as unknown })
          return answer
        },
      },
      clock: systemClock,
      logger: silentLogger,
    })
  }

  /** Gathers the answers that come meanwhile. */
  async recording(answers: { status: number; body: unknown }[], work: () => Promise<unknown>): Promise<void> {
    this.#recorded = answers
    await work()
    this.#recorded = null
  }

  static async start(connector: string, change: JsonObject = {}): Promise<FakeSetup> {
    return new FakeSetup(connector, await fakeVendorServer(connector, { door: 'd00r' }).start(), change)
  }

  /** A command that may be repeated or not as its operation says, through the real executor. */
  async run(operation: string, input: JsonObject, change: Partial<Command> = {}): Promise<AttemptOutcome> {
    return await this.executor.execute(await cleared(this.#leased(operation, input, change)), never)
  }

  /** Reads one page; the answer's body. Throws when it fails. */
  async read(operation: string, input: JsonObject): Promise<JsonObject> {
    const asked = { ...{ tenantId: 't-1', workspace: 'default', integration: 'it' }, operation, input }
    const answer = await this.executor.readPage({ ...asked, since: null }, never)
    if (answer.state !== 'page') throw new Error(JSON.stringify(answer))
    return answer.body as JsonObject
  }

  #leased(operation: string, input: JsonObject, change: Partial<Command>) {
    const repeatable = this.integration.connector.operations.get(operation)?.repeatable ?? 'no'
    return leased(operation, input, { integration: 'it', repeatable, ...change })
  }

  async fault(fault: JsonObject): Promise<Response> {
    return await fetch(`${this.vendor.url}/_fake/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
    await this.vendor.stop()
  }
}

const never = new AbortController().signal
