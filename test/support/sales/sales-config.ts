import { parseAllDocuments } from 'yaml'
import { documentSet } from '../../../src/control-plane/documents/document-set.ts'
import type {
  DocumentKind,
  DocumentSet,
  Problem,
} from '../../../src/control-plane/documents/document-kind.ts'
import { pathText } from '../../../src/control-plane/documents/document.ts'
import { featureFlagsKind } from '../../../src/control-plane/flags/flags-kind.ts'
import { limitsKind } from '../../../src/control-plane/limits/limits-kind.ts'
import { digestOf } from '../../../src/kernel/digest.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { compileSalesConfig } from '../../../src/sales-core/compile/compile-sales-config.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import type { IntegrationCatalog } from '../../../src/sales-core/decide/sales-config.ts'
import { entityTypeKind } from '../../../src/sales-core/kinds/entity-type-kind.ts'
import { eventTypeKind } from '../../../src/sales-core/kinds/event-type-kind.ts'
import { leadScoreKind } from '../../../src/sales-core/kinds/lead-score-kind.ts'
import { policyKind } from '../../../src/sales-core/kinds/outreach/policy-kind.ts'
import { scheduleKind } from '../../../src/sales-core/kinds/outreach/schedule-kind.ts'
import { templateKind } from '../../../src/sales-core/kinds/outreach/template-kind.ts'
import { calendarKind } from '../../../src/sales-core/kinds/people/calendar-kind.ts'
import { teamKind } from '../../../src/sales-core/kinds/people/team-kind.ts'
import { ruleSetKind } from '../../../src/sales-core/kinds/rule-set-kind.ts'
import { testKind } from '../../../src/sales-core/kinds/test-kind.ts'
import { workflowKind } from '../../../src/sales-core/kinds/workflow-kind.ts'

const kinds: readonly DocumentKind[] = [
  entityTypeKind,
  eventTypeKind,
  ruleSetKind,
  leadScoreKind,
  workflowKind,
  testKind,
  featureFlagsKind,
  limitsKind,
  calendarKind,
  teamKind,
  scheduleKind,
  templateKind,
  policyKind,
] as readonly DocumentKind[]

/** Every channel and every operation exists; those called `send` may not be repeated. */
export const anyIntegration: IntegrationCatalog = {
  operation: (integration, operation) => ({
    integration,
    operation,
    repeatable: operation === 'send' ? 'no' : 'yes',
  }),
  channel: (channel) => ({ integration: 'messenger', operation: `${channel}.send`, repeatable: 'no' }),
}

/** What most tests talk about. */
export const leadTypes = `
kind: EntityType
name: lead
fields: { name: string, score: number, country: string?, budget: number?, temperature: string, tags: list<string>, consent: { sms: bool?, whatsapp: bool? }, owner: string?, seen: timestamp? }
---
kind: EventType
name: lead.created
folds: lead
fields: { name: string, country: string?, budget: number?, source: string?, tags: list<string>, consent: { sms: bool? } }
---
kind: EventType
name: message.received
fields: { text: string, direction: string, channel: string? }
---
kind: EventType
name: contact.unsubscribed
fields: { reason: string? }
---
`

/** Documents written in YAML, without `apiVersion`, shape-checked by their kinds. Throws on the first that does not fit. */
export function salesDocuments(yaml: string): DocumentSet {
  const typed = parseAllDocuments(yaml)
    .map((parsed) => parsed.toJS() as JsonObject | null)
    .filter((body) => body !== null)
    .map((content) => {
      const body: JsonObject = { apiVersion: 'neuronx/v1', ...content }
      const kind = kinds.find((candidate) => candidate.kind === body['kind'])
      if (kind === undefined) throw new Error(`No kind ${String(body['kind'])}`)
      const spec = kind.schema.parse(body)
      return { document: { kind: kind.kind, name: String(body['name']), digest: digestOf(body), body }, spec }
    })
  return documentSet(typed)
}

/** What the kinds' own checks say, as `path: CODE message`. */
export function problemsIn(yaml: string): readonly string[] {
  const set = salesDocuments(yaml)
  return checkAll(set).map(({ path, code, message }) => `${pathText(path)}: ${code} ${message}`)
}

/** The same with everything a problem says. */
export function checkAll(set: DocumentSet): readonly Problem[] {
  return kinds.flatMap((kind) => set.ofKind(kind).flatMap((typed) => kind.check?.(typed, set) ?? []))
}

/** The first thing a kind's schema says about a document, as `path: message`; null when it fits. */
export function shapeProblem(yaml: string): string | null {
  const body: JsonObject = { apiVersion: 'neuronx/v1', ...(parseAllDocuments(yaml)[0]?.toJS() as JsonObject) }
  const result = kinds.find(({ kind }) => kind === body['kind'])?.schema.safeParse(body)
  const issue = result?.success === false ? result.error.issues[0] : undefined
  return issue === undefined ? null : `${pathText(issue.path as (string | number)[])}: ${issue.message}`
}

/** A configuration of lead types and these documents. Throws when a check finds anything. */
export function salesConfig(yaml: string, catalog: IntegrationCatalog = anyIntegration): SalesConfig {
  const set = salesDocuments(leadTypes + yaml)
  const problems = checkAll(set).filter(({ severity }) => severity !== 'warning')
  if (problems.length > 0)
    throw new Error(problems.map(({ path, message }) => `${pathText(path)}: ${message}`).join('\n'))
  return compileSalesConfig(set, `digest-${digestOf(yaml).slice(0, 8)}`, catalog, 'acme')
}
