import { PostgresSendLedger } from '../../../../../src/adapters/postgres/commands/sends/postgres-send-ledger.ts'
import { silentLogger } from '../../../../../src/kernel/logger.ts'
import type { Command } from '../../../../../src/messaging/commands/command.ts'
import type { CompiledPolicy } from '../../../../../src/sales-core/policies/compiled-policy.ts'
import { PolicyGate } from '../../../../../src/sales-core/policies/policy-gate.ts'
import type { SendContext } from '../../../../../src/sales-core/policies/send-context.ts'
import { querySuperuser } from '../../../../support/database.ts'
import { leadCommand } from '../../../../support/stores/queue.ts'
import type { TestQueue } from '../../../../support/stores/test-queue.ts'
import { dayMs, policy } from '../../../../sales-core/policies/policy-setup.ts'

/** At most `max` messages to a lead in a day. */
export function capOf(max: number, change: Partial<CompiledPolicy['caps'][number]> = {}): CompiledPolicy {
  const kept = { high: 0, normal: 0 }
  const cap = {
    key: 'cap#24h',
    per: 'lead',
    max,
    withinMs: dayMs,
    kept,
    overCap: 'defer' as const,
    ...change,
  }
  return policy({ name: 'cap', caps: [cap] })
}

/** A gate on the real ledger, under these policies; `change`: what else is known. */
export function gateOver(
  opened: TestQueue,
  policies: readonly CompiledPolicy[],
  change: Partial<SendContext> = {},
): PolicyGate {
  const context: SendContext = {
    tenantActive: true,
    target: { mode: 'live', effect: 'send', channels: ['sms', 'whatsapp', 'email'], inputs: null },
    policies: { policies, homeZone: null },
    catalog: {
      channel: (channel) =>
        channel === 'email' ? { integration: 'mailer', operation: 'mail.send', repeatable: 'no' } : null,
    },
    commandsPerDay: null,
    listensTo: () => false,
    policiesOf: () => [],
    ...change,
  }
  return new PolicyGate({
    contexts: { contextOf: async () => context },
    ledger: new PostgresSendLedger(opened.pool),
    quotas: opened.database.stores.commandQuotas,
    logger: silentLogger,
  })
}

/** A message to a lead, over an integration of its own so that lanes do not order it behind others. */
export function message(tenantId: string, lead: string, change: Partial<Command> = {}): Command {
  const command = leadCommand(tenantId, lead, { repeatable: 'no', ...change })
  return {
    ...command,
    integration: change.integration ?? `i-${command.id.slice(-12)}`,
    input: { channel: 'sms', text: 'Hi', ...change.input },
  }
}

/** What is known of a lead. */
export async function leadFields(
  { test }: TestQueue,
  tenantId: string,
  lead: string,
  fields: object,
): Promise<void> {
  await querySuperuser(
    test,
    `insert into entity (tenant_id, entity_key, workspace, kind, id, version, fields)
     values ($1, $2, 'default', 'lead', $3, 1, $4)`,
    [tenantId, `default/lead/${lead}`, lead, JSON.stringify(fields)],
  )
}
