const children = ['child', 'other']
  .map((name) => `kind: Workflow\nname: ${name}\nfor: lead\nsteps: [ { id: c, wait: 9d } ]\n---\n`)
  .join('')

/** Of a workflow that a new lead starts. */
export const workflowHead = 'kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n'

/** One step of each kind that waits, each with its kinds of edit. */
export const stepEdits: ReadonlyArray<{
  readonly verb: string
  readonly base: string
  readonly text?: string
  readonly timing?: string
  readonly structure: string
  /** Can an instance that waits at the step go on in the other structure? Else it stays where it is, even where the workflow migrates. */
  readonly migrates: boolean
  /** The call that it makes fails, and it waits until it asks again: for as long as it was told then. */
  readonly waitsToRetry?: true
}> = [
  {
    verb: 'wait',
    base: '{ id: a, wait: 2h }',
    timing: '{ id: a, wait: 1h }',
    structure: '{ id: a, call: sink.hit }',
    migrates: false,
  },
  {
    verb: 'wait_for',
    base: '{ id: a, wait_for: { event: message.received }, up_to: 2h }',
    timing: '{ id: a, wait_for: { event: message.received }, up_to: 1h }',
    structure: '{ id: a, wait_for: { event: contact.unsubscribed }, up_to: 2h }',
    migrates: true,
  },
  {
    verb: 'call',
    base: '{ id: a, call: sink.hit, with: { n: 1 }, wait: result, up_to: 2h }',
    text: '{ id: a, call: sink.hit, with: { n: 2 }, wait: result, up_to: 2h }',
    timing: '{ id: a, call: sink.hit, with: { n: 1 }, wait: result, up_to: 1h }',
    structure: '{ id: a, call: sink.other, with: { n: 1 }, wait: result, up_to: 2h }',
    migrates: true,
  },
  {
    verb: 'send',
    base: '{ id: a, send: { channel: sms, text: Hi }, wait: result, up_to: 2h }',
    text: '{ id: a, send: { channel: sms, text: Hello }, wait: result, up_to: 2h }',
    timing: '{ id: a, send: { channel: sms, text: Hi }, wait: result, up_to: 1h }',
    structure: '{ id: a, send: { channel: whatsapp, text: Hi }, wait: result, up_to: 2h }',
    migrates: true,
  },
  {
    verb: 'task',
    base: '{ id: a, task: { title: Call, to: owner, due: 2h }, wait: done, up_to: 2h }',
    text: '{ id: a, task: { title: Ring, to: owner, due: 2h }, wait: done, up_to: 2h }',
    timing: '{ id: a, task: { title: Call, to: owner, due: 1h }, wait: done, up_to: 1h }',
    structure: '{ id: a, task: { title: Call, to: country, due: 2h }, wait: done, up_to: 2h }',
    migrates: true,
  },
  {
    verb: 'parallel',
    base: '{ id: a, parallel: { l: [ { id: l1, wait: 2h } ], r: [ { id: r1, wait: 3h } ] } }',
    timing: '{ id: a, parallel: { l: [ { id: l1, wait: 1h } ], r: [ { id: r1, wait: 3h } ] } }',
    structure: '{ id: a, parallel: { l: [ { id: l1, wait: 2h } ], r: [ { id: r2, wait: 3h } ] } }',
    migrates: false,
  },
  {
    verb: 'saga',
    base: '{ id: a, saga: [ { id: s1, call: sink.hit, with: { n: 1 }, up_to: 2h } ] }',
    text: '{ id: a, saga: [ { id: s1, call: sink.hit, with: { n: 2 }, up_to: 2h } ] }',
    structure: '{ id: b, saga: [ { id: s1, call: sink.hit, with: { n: 1 }, up_to: 2h } ] }',
    migrates: false,
  },
  {
    verb: 'split',
    base: '{ id: a, split: { X: 1, Y: 1 }, X: [ { id: x, wait: 2h } ], Y: [ { id: y, wait: 2h } ] }',
    timing: '{ id: a, split: { X: 1, Y: 1 }, X: [ { id: x, wait: 1h } ], Y: [ { id: y, wait: 1h } ] }',
    structure: '{ id: a, split: { X: 1, Y: 2 }, X: [ { id: x, wait: 2h } ], Y: [ { id: y, wait: 2h } ] }',
    migrates: true,
  },
  {
    verb: 'start',
    base: '{ id: a, start: child, wait: done, up_to: 2h }',
    timing: '{ id: a, start: child, wait: done, up_to: 1h }',
    structure: '{ id: a, start: other, wait: done, up_to: 2h }',
    migrates: true,
  },
  {
    verb: 'call, again',
    base: '{ id: a, call: sink.hit, with: { n: 1 }, retry: { max: 2, backoff: 2h }, up_to: 2h }',
    text: '{ id: a, call: sink.hit, with: { n: 2 }, retry: { max: 2, backoff: 2h }, up_to: 2h }',
    timing: '{ id: a, call: sink.hit, with: { n: 1 }, retry: { max: 2, backoff: 1h }, up_to: 1h }',
    structure: '{ id: a, call: sink.other, with: { n: 1 }, retry: { max: 2, backoff: 2h }, up_to: 2h }',
    migrates: true,
    waitsToRetry: true,
  },
]

/** A workflow `w` of this step `a` and another after it, and those that it may start; `more`: lines of its head. */
export function yamlOf(step: string, more = ''): string {
  return `${children}${workflowHead}${more}steps:\n  - ${step}\n  - { id: last, call: sink.last }\n`
}
