import type { NewFile } from './new-file.ts'
import { documentFile } from './new-file.ts'

/** What a new repository holds for every tenant. */
export function globalFiles(): readonly NewFile[] {
  return [
    documentFile('neuronx.yaml', fleet),
    documentFile('global/types.yaml', types),
    documentFile('global/score.yaml', score),
    documentFile('global/rules.yaml', rules),
    documentFile('global/limits.yaml', limits),
    documentFile('global/flags.yaml', flags),
  ]
}

const fleet = `# The fleet: everything in this repository belongs to it.
apiVersion: neuronx/v1
kind: Fleet
name: fleet
description: Sales operations as code. global/ is for every tenant, tenants/ for single ones.
`

const types = `# What is known of a lead. A field that is not declared cannot be set or asked for; \`?\` may be absent.
apiVersion: neuronx/v1
kind: EntityType
name: lead
fields:
  name: string?
  first_name: string?
  phone: string?
  country: string?
  source: string?
  budget: number?
  tags: list<string>
  score: number
  temperature: string = cold # cold | hot
  dnd: bool = false
---
# Comes in over POST /v1/events. Fields that the lead has too are taken over into it (folds).
apiVersion: neuronx/v1
kind: EventType
name: lead.created
folds: lead
fields:
  name: string?
  first_name: string?
  phone: string?
  country: string?
  source: string?
  budget: number?
---
apiVersion: neuronx/v1
kind: EventType
name: message.received
fields: { direction: string, channel: string?, text: string }
`

const score = `# How good a lead is: who it is (computed anew with every change) and what it does (collected).
apiVersion: neuronx/v1
kind: LeadScore
name: fit-and-intent
writes: lead.score
range: [0, 100]
factors:
  - { id: reachable, when: lead.phone != null, points: 20 }
  - { id: budget, value: lead.budget, bands: { 0: 0, 5000: 15, 25000: 30 } }
  - { id: do-not-disturb, when: lead.dnd, points: -60 }
  - { id: answered, on: message.received, when: event.direction == "inbound", points: 15 }
  - id: asked-price
    on: message.received
    when: event.direction == "inbound" && event.text.lower().contains("price")
    points: 25
bands:
  - { name: cold, from: 0 }
  - { name: hot, from: 60, leave_below: 50, emit: lead.became_hot }
---
apiVersion: neuronx/v1
kind: Test
name: fit-and-intent
of: fit-and-intent
cases:
  - name: nobody in particular is cold
    steps:
      - event: { type: lead.created, name: Nobody }
    expect: { score: 0, band: cold }
  - name: a lead with a budget that asks for the price is hot
    steps:
      - event: { type: lead.created, name: Ada, phone: '+971500000001', budget: 6000 }
      - event: { type: message.received, direction: inbound, text: 'What is the PRICE?' }
    expect: { score: 75, band: hot, state: { lead.temperature: hot } }
`

const rules = `# What holds for every tenant. These rules reach nobody outside: they keep the lead in order.
apiVersion: neuronx/v1
kind: RuleSet
name: lead-hygiene
rules:
  - id: opt-out
    on: message.received
    when: event.direction == "inbound" && event.text.lower().trim() in ["stop", "unsubscribe"]
    rank: 900
    then:
      - set: { lead.dnd: true }
      - add_tag: opted-out
  - id: hot
    on: lead.became_hot
    then:
      - set: { lead.temperature: hot }
---
apiVersion: neuronx/v1
kind: Test
name: lead-hygiene
of: lead-hygiene
cases:
  - name: STOP ends it
    given: { lead: { name: Ada } }
    steps:
      - event: { type: message.received, direction: inbound, text: ' Stop ' }
    expect: { fired: [opt-out], state: { lead.dnd: true, lead.tags: [opted-out] } }
  - name: a sentence with stop in it is an answer
    given: { lead: { name: Ada } }
    steps:
      - event: { type: message.received, direction: inbound, text: Do not stop now }
    expect: { not_fired: [opt-out] }
`

const limits = `# What every tenant may send, and its part of what tenants share. A tenant's own Limits document wins over this one.
apiVersion: neuronx/v1
kind: Limits
name: fleet
rates:
  events_per_second: 200
  commands_per_second: { default: 20 }
timeouts: { call: 15s }
concurrency: { per_integration: 8 }
`

const flags = `# Switches that conditions and texts read as flags.NAME.
apiVersion: neuronx/v1
kind: FeatureFlags
name: fleet
flags:
  greet_by_first_name:
    default: false
    percentage: 50
    why: Do leads that are greeted by name answer more often? May go when the answer is known.
`
