import type { JsonObject } from '../../src/kernel/json.ts'
import type { SalesConfig } from '../../src/sales-core/compile/sales-config.ts'
import { salesConfig } from '../support/sales/sales-config.ts'

/** Every kind of step, rules that remember, a team: small, and each is passed by the story. */
const documents = `kind: Team
name: sdr
members: [ { rep: sara, capacity: 2 }, { rep: omar, capacity: 2 } ]
---
kind: RuleSet
name: r
rules:
  - { id: once, on: message.received, once: { per: lead }, then: [ { call: crm.first } ] }
  - { id: calm, on: message.received, throttle: { once_within: 1h }, then: [ { add_tag: calm } ] }
  - { id: many, on: message.received, throttle: { accumulate_within: 2h, count: 2 }, then: [ { add_tag: eager } ] }
  - { id: silent, on: contact.unsubscribed, unless_followed_by: { event: lead.created, within: 3h }, then: [ { set: { lead.temperature: lost } }, { call: crm.lost } ] }
---
kind: Workflow
name: child
for: lead
steps: [ { id: c, wait: 90m }, { id: d, remove_tag: new } ]
---
kind: Workflow
name: w
for: lead
start: { on: lead.created }
enroll: { while_running: queue }
steps:
  - { id: greet, send: { channel: sms, text: "Hi {{ lead.name }}" } }
  - { id: tag, add_tag: new }
  - { id: route, assign: { team: sdr } }
  - id: both
    parallel:
      left: [ { id: l1, wait: 1h }, { id: l2, call: crm.look, wait: result, up_to: 90d, else: join } ]
      right: [ { id: r1, wait_for: { event: message.received, since: greet } } ]
  - { id: ring, task: { title: "Call {{ lead.name }}", to: owner }, wait: done }
  - { id: ab, split: { A: 1, B: 0 }, A: [ { id: a, set: { lead.budget: 1 } } ], B: [ { id: b, set: { lead.budget: 2 } } ] }
  - id: book
    saga:
      - { id: slot, call: cal.reserve, with: { who: "{{ lead.name }}" }, undo: { call: cal.release } }
      - { id: bad, call: bad.confirm }
    on_failure: { go: deep }
  - { id: never, call: sink.never }
  - { id: deep, start: child, wait: done }
  - { id: see, choose: [ { when: lead.budget > 0, go: bye }, { else: end } ] }
  - { id: bye, emit: { type: contact.unsubscribed, data: { reason: "{{ lead.temperature }}" } } }
`

/** What comes from outside, each once everything before has come to rest. */
export type StoryStep =
  | { readonly type: string; readonly lead: string; readonly data: JsonObject }
  /** Whoever has a task closes it. */
  | 'tasks are done'

export const story: readonly StoryStep[] = [
  { type: 'lead.created', lead: '1', data: { name: 'Ada', country: 'AE', budget: 50 } },
  { type: 'message.received', lead: '1', data: { direction: 'inbound', text: 'Yes' } },
  { type: 'lead.created', lead: '2', data: { name: 'Bo' } },
  'tasks are done',
  { type: 'message.received', lead: '1', data: { direction: 'inbound', text: 'Again' } },
]

let compiled: SalesConfig | null = null

/** Compiled once per process. */
export function storyConfig(): SalesConfig {
  compiled ??= salesConfig(documents)
  return compiled
}

/** Waits of the story are over together by then. */
export const storyMs = 30 * 86_400_000
