import type { JsonObject } from '../../kernel/json.ts'
import type { Command } from './command.ts'

/** Why the gate of an integration is shut that a person switched off. */
export const switchedOffReason = 'NX-INTEGRATION-OFF'

/** An integration that a person switched off. Times RFC 3339. */
export interface SwitchedOff {
  readonly integration: string
  readonly at: string
  readonly by: string
  readonly reason: string
}

/** When integrations were last called, from their budgets: to a tenth of a second. Times RFC 3339. */
export interface LastCall {
  readonly integration: string
  readonly at: string
}

/** What a person did to where a vendor sends. */
export interface WebhookNote {
  readonly action: 'integration.webhook_register' | 'integration.webhook_remove'
  readonly reason: string | null
  readonly before: JsonObject
  readonly after: JsonObject
}

/** How the last registration from here went. `at` RFC 3339. */
export interface LastRegistration {
  readonly at: string
  /** done, asked (nobody knows), or the code that it ended with. */
  readonly end: string
  /** The secret that was to be stored with it; null: none. */
  readonly secret: string | null
}

/**
 * The switch of integrations, for all daemons: their gate is shut until a person opens it. Commands wait and spend no attempts; what
 * is under way ends. Every call is confined to one tenant; every change writes an audit row in its own transaction.
 */
export interface IntegrationControl {
  /** Returns whether it was on before. */
  switchOff(tenantId: string, integration: string, by: string, reason: string): Promise<boolean>
  /** One call then finds out whether the other side is there. Returns whether it was off before. */
  switchOn(tenantId: string, integration: string, by: string, reason: string | null): Promise<boolean>
  /** By name, at most 500. */
  switchedOff(tenantId: string): Promise<readonly SwitchedOff[]>
  /** Of those that were ever called, by name, at most 500. */
  lastCalls(tenantId: string): Promise<readonly LastCall[]>
  /** Queues a command that a person asked for: claimed, judged and carried out like every other. */
  ask(command: Command, by: string, reason: string): Promise<void>
  /** An audit row about what is changed at the vendor. */
  noteWebhooks(tenantId: string, integration: string, by: string, note: WebhookNote): Promise<void>
  /** Of the rows about webhooks; null: nobody ever registered them from here. */
  lastRegistration(tenantId: string, integration: string): Promise<LastRegistration | null>
  /** Works while nobody else does the same for this integration; a process that dies is over at once. null: somebody else does. */
  alone<T>(
    tenantId: string,
    integration: string,
    work: () => Promise<T>,
  ): Promise<{ readonly result: T } | null>
}
