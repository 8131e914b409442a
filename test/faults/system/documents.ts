/**
 * The configuration that the suite runs with: every event leaves a mark in the state, calls a sink or two, may emit another. A variant
 * does the same and writes its name into the lead: what its decisions are known by. The policy of rollouts has short steps and wants
 * the evidence that a few hundred leads can give; what faults do to the vendor or to the machine's speed decides nothing.
 */
export function faultDocuments(oracleUrl: string, webhookKeyPem: string, variant = 'v0'): string {
  return `
apiVersion: neuronx/v1
kind: EntityType
name: lead
fields: { trail: string, variant: string }
---
apiVersion: neuronx/v1
kind: EventType
name: lead.touched
fields: { counter: string, keyed: bool, bare: bool, echo: bool }
---
apiVersion: neuronx/v1
kind: EventType
name: lead.echoed
fields: { counter: string }
---
apiVersion: neuronx/v1
kind: EventType
name: contact.updated
fields: { contact_id: string, company: string }
---
apiVersion: neuronx/v1
kind: Integration
name: keyed
connector: http
connection: { baseUrl: "${oracleUrl}" }
auth: { kind: none }
limits: { perSecond: 2000, concurrency: 64, timeout: 2s }
operations:
  hit:
    method: POST
    path: /keyed
    effect: send
    idempotency: { header: Idempotency-Key }
    body: { counter: "{{ input.counter }}", lead: "{{ input.lead }}" }
    output: { ok: "{{ answer.ok }}" }
---
apiVersion: neuronx/v1
kind: Integration
name: bare
connector: http
connection: { baseUrl: "${oracleUrl}" }
auth: { kind: none }
limits: { perSecond: 2000, concurrency: 64, timeout: 2s }
operations:
  hit: { method: POST, path: /bare, effect: send, body: { counter: "{{ input.counter }}", lead: "{{ input.lead }}" } }
---
apiVersion: neuronx/v1
kind: Integration
name: ghl
connector: gohighlevel
connection: { locationId: fault-location }
credentials: { accessToken: { secret: ghl-token } }
webhooks:
  ed25519PublicKey: ${JSON.stringify(webhookKeyPem)}
---
apiVersion: neuronx/v1
kind: RuleSet
name: marks
rules:
  - { id: touched, on: lead.touched, rank: 900, then: [ { set: { lead.trail: "{{ lead.trail }},{{ event.counter }}" } } ] }
  - { id: variant, on: lead.touched, rank: 800, then: [ { set: { lead.variant: "${variant}" } } ] }
  - { id: echoed, on: lead.echoed, rank: 900, then: [ { set: { lead.trail: "{{ lead.trail }},echo:{{ event.counter }}" } } ] }
  - { id: hooked, on: contact.updated, rank: 900, then: [ { set: { lead.trail: "{{ lead.trail }},{{ event.company }}" } } ] }
  - { id: keyed, on: lead.touched, when: event.keyed, then: [ { call: keyed.hit, with: { counter: "{{ event.counter }}", lead: "{{ lead.id }}" } } ] }
  - { id: bare, on: lead.touched, when: event.bare, then: [ { call: bare.hit, with: { counter: "{{ event.counter }}", lead: "{{ lead.id }}" } } ] }
  - { id: echo, on: lead.touched, when: event.echo, then: [ { emit: { type: lead.echoed, data: { counter: "{{ event.counter }}" } } } ] }
  - { id: hook-keyed, on: contact.updated, then: [ { call: keyed.hit, with: { counter: "{{ event.company }}", lead: "{{ lead.id }}" } } ] }
---
apiVersion: neuronx/v1
kind: RolloutPolicy
name: rolling
ramp: { steps: [10, 50], evaluationPeriod: 10s }
gate: { minUnits: 10, beforeFull: 20, maxStepDuration: 1h }
bake: { holdback: 10, for: 10s, watch: 10s }
shadowUnits: 20
successCriteria: { errorRateThreshold: 0.5, performanceDegradation: 10 }
maturity: { integrationError: 2s }
approval: { risk: never }
`
}
