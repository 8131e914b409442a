import type { NewFile } from './new-file.ts'
import { documentFile } from './new-file.ts'

/** What a new repository holds for its first tenant. */
export function tenantFiles(tenant: string): readonly NewFile[] {
  return [
    documentFile(`tenants/${tenant}/integrations.yaml`, integrations),
    documentFile(`tenants/${tenant}/rules.yaml`, rules),
    documentFile(`tenants/${tenant}/speed-to-lead.yaml`, workflow),
    documentFile(`tenants/${tenant}/tests.yaml`, tests),
  ]
}

const integrations = `# A system outside. Replace the address by yours; the token is stored with \`neuronx secret set crm-token\`, never written here.
apiVersion: neuronx/v1
kind: Integration
name: crm
connector: http
connection: { baseUrl: 'https://crm.example.com/v1' }
auth: { kind: bearer, token: { secret: crm-token } }
operations:
  message.send:
    method: POST
    path: /messages
    effect: send
    idempotency: { header: Idempotency-Key }
    body: { lead: '{{ entity.id }}', channel: '{{ input.channel }}', text: '{{ input.text }}' }
  task.create:
    method: POST
    path: /tasks
    effect: create
    idempotency: { header: Idempotency-Key }
    body: { lead: '{{ input.lead }}', title: '{{ input.title }}' }
channels: { sms: message.send }
limits: { perSecond: 5 }
---
# Who is told when something needs a person.
apiVersion: neuronx/v1
kind: Integration
name: pager
connector: http
connection: { baseUrl: 'https://pager.example.com' }
auth: { kind: none }
operations:
  page:
    method: POST
    path: /pages
    effect: create
    idempotency: { header: Idempotency-Key }
    body: { key: '{{ input.key }}', text: '{{ input.text }}' }
---
apiVersion: neuronx/v1
kind: AlertRoute
name: page-on-call
match: { severities: [critical] }
send:
  integration: pager
  operation: page
  input: { key: '{{ alert.id }}', text: '{{ alert.title }} ({{ alert.detail }})' }
repeatEvery: 4h
`

const rules = `apiVersion: neuronx/v1
kind: RuleSet
name: hot-leads
rules:
  - id: call-hot-lead
    on: lead.became_hot
    when: '!lead.dnd'
    rank: 700
    then:
      - add_tag: hot
      - call: crm.task.create
        with: { lead: '{{ lead.id }}', title: "Call {{ lead.name | default: 'the lead' }} now ({{ lead.score }})" }
        priority: high
`

const workflow = `# Answer a new lead within seconds, wait for a reply, and nudge once.
apiVersion: neuronx/v1
kind: Workflow
name: speed-to-lead
for: lead
start: { on: lead.created, when: lead.source != "import" && lead.phone != null }
budget: { steps: 50, age: 30d }
steps:
  - id: greet
    send:
      channel: sms
      text: "Hi {% if flags.greet_by_first_name %}{{ lead.first_name | default: 'there' }}{% else %}there{% endif %}, thanks for asking."
    priority: high
  - id: reply
    wait_for: { event: message.received, where: event.direction == "inbound" }
    up_to: 2h
    then: end
    else: still-wanted
  - id: still-wanted
    choose:
      - { when: lead.dnd, go: end }
      - { else: nudge }
  - id: nudge
    send: { channel: sms, text: 'Still looking? We are here.' }
`

const tests = `# Run with \`neuronx config test .\`: the same evaluation as in production, with a clock that only the test moves.
apiVersion: neuronx/v1
kind: Test
name: speed-to-lead
of: speed-to-lead
cases:
  - name: a new lead is greeted at once
    steps:
      - event: { type: lead.created, first_name: Ada, phone: '+971500000001' }
    expect:
      sent: [{ step: greet, channel: sms }]
      waiting_at: reply
  - name: silence is nudged after two hours
    steps:
      - event: { type: lead.created, first_name: Ada, phone: '+971500000001' }
      - advance: 2h
    expect:
      sent: [{ step: greet }, { step: nudge, text: 'Still looking? We are here.' }]
  - name: who answers is not nudged
    steps:
      - event: { type: lead.created, first_name: Ada, phone: '+971500000001' }
      - advance: 20m
        event: { type: message.received, direction: inbound, text: 'Yes' }
      - advance: 1d
    expect: { sent: [{ step: greet }], not_run: [nudge] }
  - name: imported leads are left in peace
    steps:
      - event: { type: lead.created, phone: '+971500000001', source: import }
    expect: { sent: [], not_run: [greet] }
---
apiVersion: neuronx/v1
kind: Test
name: hot-leads
of: hot-leads
cases:
  - name: a hot lead gets a call
    given: { lead: { name: Ada, phone: '+971500000001', budget: 30000 } }
    steps:
      - event: { type: message.received, direction: inbound, text: 'What is the price?' }
    expect:
      fired: [call-hot-lead]
      called: [{ call: crm.task.create, with: { title: 'Call Ada now (90)' } }]
`
