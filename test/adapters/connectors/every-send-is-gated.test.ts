import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { compileConnector } from '../../../src/adapters/connectors/compile-connector.ts'
import type { ConnectorDefinition } from '../../../src/adapters/connectors/define-connector.ts'
import { connectorSchema } from '../../../src/adapters/connectors/definition/connector-schema.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { connectorNames, connectorOf } from '../../../src/adapters/connectors/vendors/registry.ts'
import {
  registrationCalls,
  registrationIntegration,
} from '../../../src/adapters/connectors/webhooks/registration/registration-integration.ts'
import type { RegistrationByApi } from '../../../src/adapters/connectors/webhooks/registration/webhook-registration.ts'
import { sendTarget } from '../../../src/adapters/connectors/catalog/send-target.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { ClearedCommand } from '../../../src/messaging/commands/cleared-command.ts'
import { PolicyGate } from '../../../src/sales-core/policies/policy-gate.ts'
import type { SendTarget } from '../../../src/sales-core/policies/send-target.ts'
import { policy } from '../../sales-core/policies/policy-setup.ts'
import { someCommand, someLease } from '../../support/commands.ts'

const src = join(import.meta.dirname, '../../../src')

/** Every TypeScript file below a folder. */
function sources(folder: string): readonly { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({
      path: join(folder, name).slice(src.length + 1),
      text: readFileSync(join(folder, name), 'utf8'),
    }))
}

const document = {
  apiVersion: 'neuronx/v1',
  kind: 'Integration',
  name: 'any',
  connector: 'http',
  connection: { baseUrl: 'https://api.example.com' },
  operations: {
    text: { method: 'POST', path: '/text', effect: 'create', body: {} },
    ping: { method: 'POST', path: '/ping', effect: 'send', body: {} },
    quiet: { method: 'POST', path: '/quiet', effect: 'create', body: {} },
    look: { method: 'GET', path: '/look', effect: 'read' },
  },
  channels: { sms: 'text' },
}
const http = compileIntegration(integrationSchema.parse(document))
const registrationNames: readonly string[] = Object.values(registrationCalls)

/** Vendors' connectors as data, whatever their number. */
const vendors: readonly ConnectorDefinition[] = connectorNames.map(connectorOf)

async function verdictsFor(
  target: SendTarget | null,
  channels: readonly string[],
): Promise<readonly string[]> {
  const gate = new PolicyGate({
    contexts: {
      contextOf: async () => ({
        tenantActive: true,
        target,
        policies: { policies: [policy({ consent: { purpose: 'marketing' } })], homeZone: null },
        catalog: { channel: () => null },
        commandsPerDay: null,
        listensTo: () => false,
        policiesOf: () => [],
      }),
    },
    ledger: {
      weigh: async (asked, judge) => {
        judge({
          nowMs: 0,
          of: asked.map(() => ({ fields: {}, lastInboundMs: new Map(), slots: new Map(), queuedMs: 0 })),
        })
      },
    },
    quotas: { take: async () => [] },
    logger: silentLogger,
  })
  const leases = [...channels.map((channel) => ({ channel })), {}].map((input, index) =>
    someLease({ command: someCommand({ idempotencyKey: `${index}`, input }) }),
  )
  return (await ClearedCommand.passGate(gate, leases)).map(({ state }) => state)
}

describe('every send', () => {
  it('of every connector is stopped by a policy that demands a consent that nobody gave', async () => {
    let seen = 0
    for (const definition of vendors) {
      const integration = { mode: 'live' as const, channels: {}, connector: compileConnector(definition) }
      const carriers = new Set(Object.values(definition.channels))
      for (const [operation, { effect }] of Object.entries(definition.operations)) {
        if (effect !== 'send' && !carriers.has(operation)) continue
        const target = sendTarget(integration, operation)
        expect(target?.effect, operation).to.equal('send')
        const states = await verdictsFor(target, Object.keys(definition.channels))
        expect(new Set(states), operation).to.deep.equal(new Set(['stopped']))
        seen += 1
      }
    }
    expect(seen).to.be.greaterThan(0)
  })

  it('is one by its effect or by its channel; what is neither is under the policies about calls', async () => {
    expect(sendTarget(http, 'text')).to.include({ effect: 'send' })
    expect(sendTarget(http, 'ping')).to.include({ effect: 'send' })
    expect(sendTarget(http, 'quiet')).to.include({ effect: 'call' })
    expect(sendTarget(http, 'look')).to.include({ effect: 'read' })
    expect(new Set(await verdictsFor(sendTarget(http, 'ping'), ['sms']))).to.deep.equal(new Set(['stopped']))
    expect(new Set(await verdictsFor(sendTarget(http, 'quiet'), ['sms']))).to.deep.equal(new Set(['cleared']))
  })

  it('has its connector looked at here', () => {
    const files = readdirSync(join(src, 'adapters/connectors/vendors')).toSorted()
    expect(files, 'add a new vendor to the registry').to.deep.equal(
      [...connectorNames.map((name) => `${name}.ts`), 'registry.ts'].toSorted(),
    )
  })

  it('can only be made by the dispatcher: nothing else opens the gate or calls an executor', () => {
    const users = (pattern: RegExp) =>
      sources(src)
        .filter(({ text }) => pattern.test(text))
        .map(({ path }) => path)
        .toSorted()
    expect(users(/\.passGate\(/)).to.deep.equal(['messaging/dispatch/dispatcher.ts'])
    expect(users(/executor\.execute\(/)).to.deep.equal(['messaging/dispatch/dispatcher.ts'])
    expect(users(/new ClearedCommand\(/)).to.deep.equal(['messaging/commands/cleared-command.ts'])
    expect(users(/as (unknown as )?ClearedCommand/)).to.deep.equal([])
    // The clients are called for the executor, for access tokens, and to tell vendors where to send; nobody else could be a second way out.
    expect(users(/client\.send\(/)).to.deep.equal([
      'adapters/connectors/auth/oauth/token-endpoint.ts',
      'adapters/connectors/calls/send-out.ts',
    ])
    expect(users(/mail\.send\(/)).to.deep.equal(['adapters/connectors/calls/send-out.ts'])
    expect(users(/await sendOut\(/)).to.deep.equal([
      'adapters/connectors/connector-executor.ts',
      'adapters/connectors/webhooks/registration/registration-caller.ts',
    ])
    expect(users(/from 'nodemailer/)).to.deep.equal([
      'adapters/smtp/compose-mail.ts',
      'adapters/smtp/smtp-session.ts',
    ])
  })

  it('is none of the calls by which a vendor is told where to send, and these alone can be made past the gate', () => {
    let seen = 0
    for (const definition of vendors) {
      const register = definition.webhooks?.register
      if (register?.kind !== 'api') continue
      const integration = { ...http, connector: compileConnector(definition) }
      const calls = registrationIntegration(integration).connector.operations
      expect([...calls.keys()].filter((name) => !registrationNames.includes(name))).to.deep.equal([])
      const sends = Object.entries(definition.operations).flatMap(([name, { method, path }]) =>
        sendTarget(integration, name)?.effect === 'send' ? [`${method} ${path}`] : [],
      )
      for (const [name, call] of calls) {
        expect(['read', 'create', 'update', 'delete'], name).to.include(call.definition.effect)
        expect(sends, name).to.not.include(`${call.definition.method} ${call.definition.path}`)
        seen += 1
      }
      const sending = structuredClone(definition) as unknown as { webhooks: { register: { set: object } } }
      sending.webhooks.register.set = { ...sending.webhooks.register.set, effect: 'send' }
      expect(connectorSchema.safeParse(definition).success).to.equal(true)
      expect(connectorSchema.safeParse(sending).success).to.equal(false)
    }
    expect(seen).to.be.greaterThan(0)
    // A document cannot bring calls of its own.
    expect(() => registrationIntegration(http)).to.throw('by hand')
    const { list, set, remove } = connectorOf('twilio').webhooks?.register as RegistrationByApi
    const webhooks = {
      scheme: 'standard-webhooks',
      key: { secret: 'k' },
      type: 'x',
      deliveryId: 'x',
      events: [],
    }
    const brought = { ...webhooks, register: { kind: 'api', list, set, remove } }
    expect(integrationSchema.safeParse({ ...document, webhooks }).error?.message).to.not.contain('register')
    expect(integrationSchema.safeParse({ ...document, webhooks: brought }).error?.message).to.contain(
      'register',
    )
  })
})
