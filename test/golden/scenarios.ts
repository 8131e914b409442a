import type { Scenario } from './scenario.ts'

const workflow = (steps: string, head = ''): string =>
  `kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n${head}steps:\n${steps}`

const created = { happens: 'lead.created', data: { name: 'Ada', country: 'AE', budget: 50 } } as const
const inbound = { happens: 'message.received', data: { direction: 'inbound', text: 'Yes' } } as const

/** In the language of the first released engine: whatever comes after it has to read its rows. */
const firstScenarios: readonly Scenario[] = [
  {
    name: 'reply-in-time',
    documents: workflow(`
  - { id: hello, send: { channel: sms, text: "Hi {{ lead.name }}" } }
  - { id: reply, wait_for: { event: message.received, where: event.direction == "inbound" }, up_to: 2h, else: again }
  - { id: answered, call: crm.note, with: { name: "{{ lead.name }}" }, then: end }
  - { id: again, wait: 1d }
  - { id: late, call: crm.late }
`),
    steps: [
      created,
      { happens: 'message.received', data: { direction: 'outbound', text: 'Hi' } },
      { passes: '1h' },
      inbound,
      { passes: '3d' },
    ],
  },
  {
    name: 'no-reply',
    documents: workflow(`
  - { id: hello, send: { channel: sms, text: "Hi {{ lead.name }}" } }
  - { id: reply, wait_for: { event: message.received, where: event.direction == "inbound" }, up_to: 2h, else: again }
  - { id: answered, call: crm.note, with: { name: "{{ lead.name }}" }, then: end }
  - { id: again, wait: 1d }
  - { id: choose, choose: [ { when: lead.budget > 10, go: rich }, { else: end } ] }
  - { id: rich, call: crm.late, with: { budget: "{{ lead.budget }}" } }
`),
    steps: [created, { passes: '2h' }, inbound, { passes: '1d' }, { happens: 'contact.unsubscribed' }],
  },
  {
    name: 'rules-and-score',
    documents: `kind: LeadScore
name: fit
writes: lead.score
factors: [ { id: rich, when: lead.budget > 10, points: 20 }, { id: talks, on: message.received, points: 7 } ]
bands: [ { name: hot, from: 25, emit: lead.hot } ]
---
kind: RuleSet
name: r
rules:
  - { id: note, on: message.received, when: lead.score >= 20, then: [ { set: { lead.temperature: warm } }, { add_tag: talks }, { call: crm.note } ] }
  - { id: hot, on: lead.hot, then: [ { start: w } ] }
---
kind: Workflow
name: w
for: lead
steps:
  - { id: rest, wait: 3h }
  - { id: forever, wait_for: { event: contact.unsubscribed } }
  - { id: bye, call: crm.bye, with: { tags: "{{ lead.tags | join: ' ' }}" } }
`,
    steps: [
      created,
      inbound,
      inbound,
      { passes: '3h' },
      { passes: '9d' },
      { happens: 'contact.unsubscribed' },
    ],
  },
]

const team = `---
kind: Team
name: sdr
members: [ { rep: sara, capacity: 2 }, { rep: omar, capacity: 1 } ]
`

/** In the language as it is now; recorded anew under each revision of the engine. */
export const scenarios: readonly Scenario[] = [
  ...firstScenarios,
  {
    name: 'saga-undone',
    documents: workflow(`
  - id: book
    saga:
      - { id: slot, call: cal.reserve, with: { who: "{{ lead.name }}" }, undo: { call: cal.release } }
      - { id: deal, call: crm.create, undo: { call: crm.close, with: { deal: "{{ vars.deal.result.id }}" } } }
      - { id: confirm, call: mail.go }
    on_failure: { task: { title: "Book {{ lead.name }} by hand", to: owner }, go: sorry }
  - { id: done, call: sink.done, then: end }
  - { id: sorry, call: sink.sorry }
`),
    steps: [
      created,
      { answers: 'cal.reserve', as: 'succeeded' },
      { answers: 'crm.create', as: 'succeeded', with: { result: { id: 'd7' } } },
      { answers: 'mail.go', as: 'failed' },
      { answers: 'crm.close', as: 'failed' },
      { answers: 'cal.release', as: 'succeeded' },
    ],
  },
  {
    name: 'branches-and-children',
    documents: `${workflow(
      `
  - id: both
    parallel:
      left: [ { id: l1, wait: 1h }, { id: l2, call: sink.left, wait: result, up_to: 2h, else: join } ]
      right: [ { id: r1, wait_for: { event: message.received }, up_to: 5h }, { id: r2, set: { lead.temperature: warm } } ]
  - { id: ab, split: { A: 50, B: 50 }, A: [ { id: a, add_tag: a } ], B: [ { id: b, add_tag: b } ] }
  - { id: deep, start: child, wait: done }
  - { id: tell, emit: { type: contact.unsubscribed, data: { reason: "{{ lead.name }}" } } }
`,
      'enroll: { while_running: queue }\n',
    )}---
kind: Workflow
name: child
for: lead
steps: [ { id: c, wait: 90m }, { id: d, remove_tag: a } ]
`,
    steps: [
      created,
      { happens: 'lead.created', data: { name: 'Ada', budget: 5 } },
      { passes: '1h' },
      { answers: 'sink.left', as: 'succeeded', with: { result: { ok: true } } },
      inbound,
      { passes: '90m' },
      { passes: '3h' },
      { passes: '9d' },
    ],
  },
  {
    name: 'people',
    documents:
      workflow(`
  - { id: route, assign: { team: sdr } }
  - { id: ring, task: { title: "Call {{ lead.name }}", to: owner, due: 1h }, wait: done, up_to: 2d, else: late }
  - { id: told, call: crm.note, with: { how: "{{ vars.ring.outcome }}" }, then: end }
  - { id: late, call: crm.late }
`) + team,
    steps: [
      created,
      { happens: 'lead.created', data: { name: 'Bo' }, subject: { kind: 'lead', id: '43' } },
      { passes: '30m' },
      { happens: 'task.completed', subject: 'task', data: { outcome: 'reached' } },
      { passes: '2d' },
    ],
  },
  {
    name: 'calls-tried-again',
    documents: workflow(
      `
  - { id: pause, wait: { days: 1, at: "10:00", tz: Asia/Dubai } }
  - { id: look, call: crm.find, wait: result, retry: { max: 2, backoff: 10m }, else: plan-b }
  - { id: fine, call: sink.fine, with: { who: "{{ vars.look.result.name }}" }, then: end }
  - { id: plan-b, send: { channel: whatsapp, text: Hi }, fallback: { channel: sms, text: Ho } }
  - { id: reply, wait_for: { event: message.received, since: pause }, up_to: 1h }
`,
      'stop_when: [ { on: contact.unsubscribed } ]\ngoal: lead.budget > 90\n',
    ),
    steps: [
      created,
      { passes: '2d' },
      { answers: 'crm.find', as: 'failed' },
      { passes: '10m' },
      { answers: 'crm.find', as: 'failed' },
      { passes: '1h' },
      { answers: 'crm.find', as: 'failed' },
      { answers: 'whatsapp.send', as: 'failed' },
      { happens: 'lead.created', data: { name: 'Ada', budget: 95 } },
      { passes: '9d' },
    ],
  },
  {
    name: 'rules-that-remember',
    documents: `kind: RuleSet
name: r
rules:
  - { id: once, on: message.received, once: { per: lead }, then: [ { call: crm.first } ] }
  - { id: calm, on: message.received, throttle: { once_within: 1h }, then: [ { call: crm.note } ] }
  - { id: many, on: message.received, throttle: { accumulate_within: 2h, count: 3 }, then: [ { add_tag: eager } ] }
  - { id: silent, on: lead.created, unless_followed_by: { event: message.received, within: 3h }, then: [ { set: { lead.temperature: cold } }, { emit: { type: contact.unsubscribed } } ] }
`,
    steps: [
      created,
      { passes: '3h' },
      created,
      { passes: '1h' },
      inbound,
      inbound,
      { passes: '30m' },
      inbound,
      { passes: '1h' },
      inbound,
    ],
  },
]
