import type { JsonObject } from '../../../src/kernel/json.ts'
import { derivedId } from '../../../src/kernel/ids.ts'
import { entityKey } from '../../../src/messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import type { EntityState } from '../../../src/sales-core/decide/entity-state.ts'

/** What neuronx decides on an event of the benchmark, written down: the floor writes rows of this size and decides nothing. */
export function sampleDecision(event: LoggedEvent, before: EntityState): Decision {
  const fields: JsonObject = { ...event.data, score: 50 }
  const shares = [
    { factor: 'budget', points: 20, why: 'lead.budget is 12000' },
    { factor: 'referral', points: 20, why: 'lead.source == "referral"' },
    { factor: 'home-market', points: 10, why: 'lead.country in ["AE", "SA"]' },
  ]
  return {
    configDigest: 'f'.repeat(64),
    entity: {
      ...before,
      version: before.version + 1,
      appliedSeq: event.entitySeq,
      fields,
      scores: { fit: { points: 50, band: 'cold', collected: {} } },
    },
    changes: Object.entries(fields).map(([field, to]) => ({
      field,
      from: null,
      to: to ?? null,
      by: field === 'score' ? 'LeadScore/fit' : 'event',
    })),
    instances: [],
    waits: [],
    commands: [
      {
        id: derivedId('command', event.id),
        tenantId: event.tenantId,
        workspace: event.workspace,
        entityKey: entityKey(event.workspace, event.subject),
        eventId: event.id,
        rootId: event.rootId,
        correlationId: event.correlationId,
        depth: event.depth,
        cause: 'RuleSet/new-leads#tell-sink',
        instanceId: null,
        integration: 'sink',
        operation: 'hit',
        input: { lead: event.subject.id, score: 50 },
        idempotencyKey: derivedId('command', event.id),
        priority: 'normal',
        repeatable: 'yes',
        dueAt: event.acceptedAt,
        routeResult: false,
        parentId: null,
      },
    ],
    emitted: [],
    trace: {
      rules: [{ rule: 'RuleSet/new-leads#tell-sink', outcome: 'fired', actions: ['call sink.hit'] }],
      scores: [{ model: 'fit', from: 0, to: 50, bandFrom: null, bandTo: 'cold', shares }],
      workflows: [],
      notes: [],
    },
  }
}
