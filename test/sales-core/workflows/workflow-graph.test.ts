import { expect } from 'chai'
import { workflowGraph } from '../../../src/sales-core/workflows/workflow-graph.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

describe('the graph of a workflow', () => {
  it('has every step with its count, its arrows, and what encloses it', () => {
    const workflow = salesConfig(`kind: Workflow
name: w
for: lead
start: { on: lead.created }
steps:
  - { id: reply, wait_for: { event: message.received }, up_to: 2h, else: book }
  - { id: ok, choose: [ { when: lead.name == "A<b>", go: book }, { else: end } ] }
  - id: book
    saga: [ { id: slot, call: cal.reserve } ]
    on_failure: { go: reply }
`).workflow('w')
    if (workflow === null) throw new Error('No workflow')
    expect(workflowGraph(workflow, { reply: 12 }).split('\n')).to.deep.equal([
      'flowchart TD',
      '  start(["w: lead.created"])',
      '  s0(["reply: wait for message.received (12)"])',
      '  s1{"ok: choose"}',
      '  s2[["book: saga"]]',
      '  subgraph "book"',
      '    s3["slot: call cal.reserve"]',
      '  end',
      '  done([end])',
      '  start --> s0',
      '  s0 -->|"came"| s1',
      '  s0 -->|"after 2h"| s2',
      '  s1 -->|"lead.name == #quot;A#lt;b#gt;#quot;"| s2',
      '  s1 -->|"else"| done',
      '  s2 --> s3',
      '  s2 -->|"done"| done',
      '  s2 -->|"undone"| s0',
      '',
    ])
  })
})
