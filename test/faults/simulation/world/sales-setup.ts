import type { TenantConfig } from '../../../../src/sales-core/processing/config-provider.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'

/**
 * What every simulated tenant runs: calls that may be repeated (`keyed.set`), calls that may not and can be looked up
 * (`once.send`), calls that may not and cannot (`blind.send`), emitted events, and rules that listen to results.
 */
const rules = `
kind: RuleSet
name: simulated
rules:
  - { id: set, on: lead.created, then: [ { call: keyed.set, with: { to: simulated } }, { emit: { type: lead.greeted } } ] }
  - { id: send, on: message.received, then: [ { call: once.send, with: { to: simulated } } ] }
  - { id: blind, on: contact.unsubscribed, then: [ { call: blind.send, with: { to: simulated } }, { call: keyed.set, with: { to: simulated } } ] }
  - { id: heard, on: command.succeeded, then: [ { add_tag: done } ] }
`

const simulatedTypes = ['lead.created', 'message.received', 'contact.unsubscribed'] as const

/** What the tenant of a simulation runs. */
export interface SalesSetup {
  readonly config: () => TenantConfig
  /** Of the events that producers send. */
  readonly types: readonly string[]
  /** Does anything in it wait, or have its times? */
  readonly hasTimes: boolean
}

let compiled: TenantConfig | null = null

/** Compiled once per process. */
function simulatedConfig(): TenantConfig {
  compiled ??= {
    unknownEvents: 'accept',
    config: salesConfig(rules, {
      operation: (integration, operation) => ({
        integration,
        operation,
        repeatable: operation === 'send' ? 'no' : 'yes',
      }),
      channel: () => null,
    }),
  }
  return compiled
}

export const simpleSales: SalesSetup = { config: simulatedConfig, types: simulatedTypes, hasTimes: false }
