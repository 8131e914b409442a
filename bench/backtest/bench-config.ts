import { parseAllDocuments } from 'yaml'
import { compileIntegrations } from '../../src/adapters/connectors/compile-integrations.ts'
import { documentKinds } from '../../src/app/kinds.ts'
import { loadDocuments } from '../../src/control-plane/documents/load-documents.ts'
import { digestOf } from '../../src/kernel/digest.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { compileSalesConfig } from '../../src/sales-core/compile/compile-sales-config.ts'
import type { SalesConfig } from '../../src/sales-core/compile/sales-config.ts'

const types = `
kind: EntityType
name: lead
fields: { name: string, country: string?, budget: number?, score: number, tags: list<string>, temperature: string?, note: string? }
---
kind: EventType
name: lead.created
folds: lead
fields: { name: string, country: string?, budget: number? }
---
kind: Integration
name: sink
connector: http
connection: { baseUrl: "http://127.0.0.1:9" }
auth: { kind: none }
operations:
  hit: { method: POST, path: /hit, effect: send, body: { lead: "{{ input.lead }}" } }
`

/** Types of events beside `lead.created`; every rule listens to one of them. */
export const activityTypes = 20

const activities = Array.from(
  { length: activityTypes },
  (_, n) => `
kind: EventType
name: activity.a${n}
fields: { text: string, direction: string, amount: number }
`,
)

const conditions = [
  (n: number) =>
    `event.direction == "inbound" && event.text.contains("price") && lead.score >= ${20 + (n % 70)}`,
  (n: number) => `lead.country == "AE" && lead.budget > ${n * 40} && event.amount > ${n % 500}`,
  (n: number) => `event.text.lower().contains("meet") && lead.budget > ${n * 30} && lead.score < ${n % 60}`,
  (n: number) =>
    `event.direction == "inbound" && lead.country in ["DE", "GB"] && event.amount > ${400 + (n % 200)}`,
]

/** `rules` rules over twenty types of events, a score with bands; `hotFrom` moves the upper band and one rule in five. */
export function benchConfig(rules: number, hotFrom: number): SalesConfig {
  const text = [types, ...activities, scoreText(hotFrom), ruleSetText(rules, hotFrom)].join('\n---\n')
  const bodies = parseAllDocuments(text).map(
    (parsed) => ({ apiVersion: 'neuronx/v1', ...parsed.toJS() }) as JsonObject,
  )
  const stored = bodies.map((body) => ({
    kind: String(body['kind']),
    name: String(body['name']),
    digest: digestOf(body),
    body,
  }))
  const set = loadDocuments(stored, documentKinds)
  return compileSalesConfig(set, digestOf(bodies), compileIntegrations(set).catalog, 'bench')
}

function scoreText(hotFrom: number): string {
  return `
kind: LeadScore
name: fit
writes: lead.score
range: [0, 100]
factors:
  - { id: country, when: lead.country == "AE", points: 30 }
  - { id: budget, value: lead.budget, bands: { 0: 0, 1000: 20, 5000: 30 } }
  - { id: replies, on: activity.a0, when: event.direction == "inbound", points: 5 }
bands:
  - { name: hot, from: ${hotFrom}, leave_below: ${hotFrom - 10} }
  - { name: warm, from: 40 }
  - { name: cold, from: 0 }
`
}

function ruleSetText(rules: number, hotFrom: number): string {
  const lines = Array.from({ length: rules }, (_, n) => {
    const condition = conditions[Math.floor(n / activityTypes) % conditions.length] as (n: number) => string
    const calls = Math.floor(n / activityTypes) % 5 === 0
    const moved = calls ? ` && lead.score >= ${hotFrom}` : ''
    const then = calls
      ? `[{ call: sink.hit, with: { lead: "{{ lead.id }}" } }]`
      : n % 2 === 0
        ? `[{ set: { lead.note: "r${n}" } }]`
        : `[{ add_tag: "t${n % 50}" }]`
    return `  - { id: r${n}, on: activity.a${n % activityTypes}, rank: ${n}, when: '${condition(n)}${moved}', then: ${then} }`
  })
  return `kind: RuleSet\nname: many\nrules:\n${lines.join('\n')}\n`
}
