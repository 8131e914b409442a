import { ConfiguredFailover } from '../../../../src/adapters/connectors/catalog/configured-failover.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import type { Integration } from '../../../../src/adapters/connectors/integration.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { Command } from '../../../../src/messaging/commands/command.ts'
import type { FailoverPlans } from '../../../../src/messaging/dispatch/failover.ts'
import { FailoverLoop } from '../../../../src/messaging/dispatch/failover-loop.ts'
import { querySuperuser } from '../../../support/database.ts'
import { allReporting, claimSome, leadCommand, reported, retryIn } from '../../../support/stores/queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

const send = {
  method: 'POST',
  path: '/send',
  effect: 'send',
  requires: ['input.to'],
  body: { to: '{{ input.to }}', text: '{{ input.text }}' },
}

/** An integration that serves `sms`, once with a key of the vendor's and once without. */
export function carrier(name: string, change: JsonObject = {}): Integration {
  return compileIntegration(
    integrationSchema.parse({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name,
      connector: 'http',
      connection: { baseUrl: 'http://127.0.0.1:9' },
      operations: {
        once: send,
        keyed: { ...send, idempotency: { header: 'Idempotency-Key' } },
        look: { method: 'GET', path: '/look', effect: 'read' },
      },
      channels: { sms: 'once', rcs: 'keyed' },
      ...change,
    }),
  )
}

/** The first carrier, which fails over to the second. */
export const firstCarrier = (to: JsonObject = {}): Integration =>
  carrier('first', {
    failover: { sms: { to: 'second', after: '0s', ...to }, rcs: { to: 'second', after: '0s', ...to } },
  })

/** A text message over the first carrier. */
export function textMessage(tenantId: string, lead: string, change: Partial<Command> = {}): Command {
  return leadCommand(tenantId, lead, {
    integration: 'first',
    operation: 'once',
    repeatable: 'no',
    input: { to: '+15550001', text: 'hello', channel: 'sms' },
    ...change,
  })
}

/** What moves commands by these integrations. */
export function plansOver(integrations: readonly Integration[], active = true): FailoverPlans {
  const byName = new Map(integrations.map((one) => [one.name, one]))
  return new ConfiguredFailover({
    integrations: { integration: async (_tenant, _workspace, name) => byName.get(name) ?? null },
    clock: systemClock,
    tenantActive: () => active,
    namesFailover: async () => true,
    listens: async () => true,
  })
}

export function failoverOver(opened: TestQueue, plans: FailoverPlans): FailoverLoop {
  return new FailoverLoop({
    queue: opened.database.stores.failover,
    plans,
    clock: systemClock,
    logger: silentLogger,
    onMoved: () => {},
  })
}

/** Claims one command of the first carrier and has it refused, so that the gate shuts. */
export async function shutGate(
  opened: TestQueue,
  report = reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' }),
): Promise<void> {
  const { commands } = opened.database.stores
  const leased = await claimSome(commands, 1)
  await commands.settle(allReporting(leased, retryIn(0, false), report))
}

/** The gate's next probe is due. */
export async function probeNow(opened: TestQueue, integration: string): Promise<void> {
  await querySuperuser(
    opened.test,
    `update dispatch_gate set not_before = now(), tokens = 1000 where integration = $1`,
    [integration],
  )
}
