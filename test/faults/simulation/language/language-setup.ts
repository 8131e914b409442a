import type { TenantConfig } from '../../../../src/sales-core/processing/config-provider.ts'
import type { SalesSetup } from '../world/sales-setup.ts'
import { salesConfig } from '../../../support/sales/sales-config.ts'

/** Milliseconds of the rules' times below. */
export const calmMs = 20_000
export const silentMs = 8_000
/** Until then the schedule runs, milliseconds since the beginning. */
export const schedulesEndMs = 130_000

/**
 * Rules that remember, a workflow with every step kind, a team, a schedule. Every wait has an end, so that at rest no instance may
 * wait for anything. `keyed.refuse` is a call that the other side always refuses.
 */
const documents = `
kind: EventType
name: lead.checked
fields: { name: string? }
---
kind: Team
name: sdr
members: [ { rep: sara, capacity: 1000 }, { rep: omar, capacity: 1000 } ]
---
kind: Schedule
name: review
every: 1m
for_each: { entity: lead }
emit: { type: lead.checked }
missed: all
---
kind: RuleSet
name: r
rules:
  - { id: once, on: message.received, once: { per: lead }, then: [ { call: keyed.first } ] }
  - { id: calm, on: message.received, throttle: { once_within: 20s }, then: [ { call: keyed.calm } ] }
  - { id: many, on: message.received, throttle: { accumulate_within: 1m, count: 3 }, then: [ { add_tag: eager } ] }
  - { id: silent, on: contact.unsubscribed, unless_followed_by: { event: message.received, within: 8s }, then: [ { call: keyed.lost } ] }
  - { id: checked, on: lead.checked, then: [ { call: keyed.checked } ] }
  - { id: blind, on: message.received, then: [ { call: blind.send } ] }
---
kind: Workflow
name: child
for: lead
steps: [ { id: c, wait: 3s }, { id: d, remove_tag: new } ]
---
kind: Workflow
name: w
for: lead
start: { on: lead.created }
enroll: { while_running: queue }
steps:
  - { id: greet, send: { channel: sms, text: Hi } }
  - { id: tag, add_tag: new }
  - { id: route, assign: { team: sdr } }
  - id: both
    parallel:
      left: [ { id: l1, wait: 2s }, { id: l2, call: keyed.look, wait: result, up_to: 40s, else: join } ]
      right: [ { id: r1, wait_for: { event: message.received, since: greet }, up_to: 10s } ]
  - { id: ring, task: { title: Call, to: owner, due: 5s }, wait: done, up_to: 15s, else: ab }
  - { id: ab, split: { A: 1, B: 1 }, A: [ { id: a, set: { lead.budget: 1 } } ], B: [ { id: b, set: { lead.budget: 2 } } ] }
  - id: book
    saga:
      - { id: slot, call: keyed.reserve, undo: { call: keyed.release } }
      - { id: bad, call: keyed.refuse }
    on_failure: { go: deep }
  - { id: never, call: keyed.never }
  - { id: deep, start: child, wait: done, up_to: 30s, else: see }
  - { id: see, choose: [ { when: lead.budget > 0, go: bye }, { else: end } ] }
  - { id: bye, emit: { type: contact.unsubscribed } }
`

const languageTypes = ['lead.created', 'message.received', 'contact.unsubscribed'] as const

let compiled: TenantConfig | null = null

/** Compiled once per process. */
export function languageConfig(): TenantConfig {
  compiled ??= {
    unknownEvents: 'accept',
    config: salesConfig(documents, {
      operation: (integration, operation) => ({
        ...{ integration, operation },
        repeatable: operation === 'send' ? 'no' : 'yes',
      }),
      channel: (channel) => ({ integration: 'once', operation: `${channel}.send`, repeatable: 'no' }),
    }),
  }
  return compiled
}

export const languageSales: SalesSetup = { config: languageConfig, types: languageTypes, hasTimes: true }
