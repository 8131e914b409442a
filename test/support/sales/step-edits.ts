/** Of a workflow that a new lead starts. */
export const workflowHead = 'kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n'

/** One step of each kind that waits, each with its kinds of edit. */
export const stepEdits: ReadonlyArray<{
  readonly verb: string
  readonly base: string
  readonly text?: string
  readonly timing?: string
  readonly structure: string
}> = [
  {
    verb: 'wait',
    base: '{ id: a, wait: 2h }',
    timing: '{ id: a, wait: 1h }',
    structure: '{ id: a, call: sink.hit }',
  },
  {
    verb: 'wait_for',
    base: '{ id: a, wait_for: { event: message.received }, up_to: 2h }',
    timing: '{ id: a, wait_for: { event: message.received }, up_to: 1h }',
    structure: '{ id: a, wait_for: { event: contact.unsubscribed }, up_to: 2h }',
  },
  {
    verb: 'call',
    base: '{ id: a, call: sink.hit, with: { n: 1 }, wait: result, up_to: 2h }',
    text: '{ id: a, call: sink.hit, with: { n: 2 }, wait: result, up_to: 2h }',
    timing: '{ id: a, call: sink.hit, with: { n: 1 }, wait: result, up_to: 1h }',
    structure: '{ id: a, call: sink.other, with: { n: 1 }, wait: result, up_to: 2h }',
  },
  {
    verb: 'send',
    base: '{ id: a, send: { channel: sms, text: Hi }, wait: result, up_to: 2h }',
    text: '{ id: a, send: { channel: sms, text: Hello }, wait: result, up_to: 2h }',
    timing: '{ id: a, send: { channel: sms, text: Hi }, wait: result, up_to: 1h }',
    structure: '{ id: a, send: { channel: whatsapp, text: Hi }, wait: result, up_to: 2h }',
  },
  {
    verb: 'task',
    base: '{ id: a, task: { title: Call, to: owner, due: 2h }, wait: done, up_to: 2h }',
    text: '{ id: a, task: { title: Ring, to: owner, due: 2h }, wait: done, up_to: 2h }',
    timing: '{ id: a, task: { title: Call, to: owner, due: 1h }, wait: done, up_to: 1h }',
    structure: '{ id: a, task: { title: Call, to: country, due: 2h }, wait: done, up_to: 2h }',
  },
  {
    verb: 'parallel',
    base: '{ id: a, parallel: { l: [ { id: l1, wait: 2h } ], r: [ { id: r1, wait: 3h } ] } }',
    timing: '{ id: a, parallel: { l: [ { id: l1, wait: 1h } ], r: [ { id: r1, wait: 3h } ] } }',
    structure: '{ id: a, parallel: { l: [ { id: l1, wait: 2h } ], r: [ { id: r2, wait: 3h } ] } }',
  },
  {
    verb: 'saga',
    base: '{ id: a, saga: [ { id: s1, call: sink.hit, with: { n: 1 }, up_to: 2h } ] }',
    text: '{ id: a, saga: [ { id: s1, call: sink.hit, with: { n: 2 }, up_to: 2h } ] }',
    structure: '{ id: b, saga: [ { id: s1, call: sink.hit, with: { n: 1 }, up_to: 2h } ] }',
  },
  {
    verb: 'split',
    base: '{ id: a, split: { X: 1, Y: 1 }, X: [ { id: x, wait: 2h } ], Y: [ { id: y, wait: 2h } ] }',
    timing: '{ id: a, split: { X: 1, Y: 1 }, X: [ { id: x, wait: 1h } ], Y: [ { id: y, wait: 1h } ] }',
    structure: '{ id: a, split: { X: 1, Y: 2 }, X: [ { id: x, wait: 2h } ], Y: [ { id: y, wait: 2h } ] }',
  },
]

/** A workflow of this step `a` and another after it; `more`: lines of its head. */
export function yamlOf(step: string, more = ''): string {
  return `${workflowHead}${more}steps:\n  - ${step}\n  - { id: last, call: sink.last }\n`
}
