import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { NxError } from '../../kernel/errors.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { EventView, MessagingReader } from '../../messaging/reading/event-reader.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import { equalJson } from '../../sales-core/backtest/equal-json.ts'
import type {
  RecordedDecision,
  RecordedPast,
  StateBefore,
} from '../../sales-core/backtest/recorded-events.ts'
import { decide } from '../../sales-core/decide/decide.ts'
import type { Decision } from '../../sales-core/decide/decision.ts'
import type { EntityState } from '../../sales-core/decide/entity-state.ts'
import { newEntity } from '../../sales-core/decide/entity-state.ts'
import { asTest } from '../../sales-core/explain/as-test.ts'
import { explainRules } from '../../sales-core/explain/explain-rules.ts'
import type { RuleExplanation } from '../../sales-core/explain/explain-rules.ts'
import type { ConfigurationSide } from '../backtest/configuration-side.ts'
import { recordedSide } from '../backtest/configuration-side.ts'
import { ruleOrigin } from './rule-origin.ts'
import type { LayerPlace } from './rule-origin.ts'

/** What explanations need of an installation. */
export interface ExplainPorts {
  readonly messages: Pick<MessagingReader, 'event'>
  readonly revisions: Pick<RevisionStore, 'effective' | 'effectiveByDigest'>
  readonly recordedPast: RecordedPast
}

export interface ExplainedRule extends RuleExplanation {
  /** Layers that have a part in the rule, from global down; `won` is where its condition comes from. */
  readonly layers: readonly LayerPlace[]
}

export interface ExplainedEvent {
  readonly event: {
    readonly id: string
    readonly type: string
    readonly entity: string
    readonly acceptedAt: string
  }
  readonly decidedAt: string
  /** Of the configuration that it was decided under. */
  readonly configDigest: string
  readonly rules: readonly ExplainedRule[]
  /** Was the recorded decision made again exactly? If not, what differs. */
  readonly replay: { readonly state: 'exact' } | { readonly state: 'differs'; readonly detail: string }
}

interface Reconstructed {
  readonly event: LoggedEvent
  readonly recorded: RecordedDecision
  readonly entity: EntityState
  readonly side: ConfigurationSide
  readonly decision: Decision
  readonly now: Date
}

/**
 * Which rules an event fired and which not, with the clause that settled each and its values: the entity is put together as it was
 * before the event and decided again, under the configuration of then. Throws NX-EVENT-UNDECIDED, NX-STATE-UNKNOWN and
 * NX-DIGEST-UNKNOWN when that cannot be done; null for an unknown event. `rule`: `set/rule` or `rule`, only this one.
 */
export async function explainEvent(
  ports: ExplainPorts,
  tenant: { readonly id: string; readonly slug: string },
  eventId: string,
  rule: string | null,
): Promise<ExplainedEvent | null> {
  const made = await reconstruct(ports, tenant, eventId)
  if (made === null) return null
  const { event, recorded, entity, side, decision, now } = made
  const rules = explainRules(event, entity, side.config, now, decision.trace)
    .filter(({ rule: ref }) => rule === null || ref === rule || ref.endsWith(`/${rule}`))
    .map((explanation): ExplainedRule => ({
      ...explanation,
      layers: ruleOrigin(side.documents, explanation.rule),
    }))
  if (rule !== null && rules.length === 0) {
    throw new NxError('not_found', 'NX-RULE-NOT-FOUND', `No rule '${rule}' listened to ${event.type} then`, {
      fix: `neuronx rule explain ${eventId} --tenant ${tenant.slug} shows those that did.`,
    })
  }
  return {
    event: {
      id: event.id,
      type: event.type,
      entity: `${event.subject.kind}/${event.subject.id}`,
      acceptedAt: event.acceptedAt,
    },
    decidedAt: recorded.decidedAt,
    configDigest: recorded.configDigest,
    rules,
    replay: comparison(recorded, decision),
  }
}

/**
 * The same as a Test document that passes as it is. Throws as explainEvent does, and NX-EXPLAIN-NO-TEST for what no test can say;
 * null for an unknown event.
 */
export async function eventAsTest(
  ports: ExplainPorts,
  tenant: { readonly id: string; readonly slug: string },
  eventId: string,
): Promise<JsonObject | null> {
  const made = await reconstruct(ports, tenant, eventId)
  if (made === null) return null
  const { event, entity, side, decision, now } = made
  const { catalog } = compileIntegrations(side.set)
  const test = asTest({
    event,
    before: entity,
    now,
    decision,
    config: side.config,
    documents: side.set,
    catalog,
  })
  if (test !== null) return test
  throw new NxError('invalid', 'NX-EXPLAIN-NO-TEST', 'No test can say what this event did', {
    detail: `${event.type} of origin ${event.origin}: it depends on a workflow's wait, a command's result, or points collected earlier.`,
    fix: 'Write the case by hand, with the steps that lead there: neuronx event trace shows them.',
  })
}

async function reconstruct(
  { messages, revisions, recordedPast }: ExplainPorts,
  tenant: { readonly id: string; readonly slug: string },
  eventId: string,
): Promise<Reconstructed | null> {
  const view = await messages.event(tenant.id, eventId)
  if (view === null) return null
  const { workspace, subject, entitySeq } = view
  const key = entityKey(workspace, subject)
  const recorded = entitySeq === null ? null : await recordedPast.decision(tenant.id, key, entitySeq)
  if (recorded === null || entitySeq === null) throw undecided(view, tenant.slug)
  const before = await stateBefore(recordedPast, tenant, view, key, entitySeq)
  const side = await recordedSide(revisions, { tenant, workspace }, recorded.configDigest)
  const now = new Date(recorded.decidedAt)
  const event: LoggedEvent = { ...view, entitySeq }
  const { entity, instances } = before
  const decision = decide(event, { entity, instances, definitions: new Map() }, side.config, now)
  return { event, recorded, entity, side, decision, now }
}

async function stateBefore(
  past: RecordedPast,
  tenant: { readonly id: string; readonly slug: string },
  { workspace, subject, id }: EventView,
  key: string,
  seq: number,
): Promise<{
  readonly entity: EntityState
  readonly instances: Extract<StateBefore, { state: 'known' }>['instances']
}> {
  if (seq === 1) return { entity: newEntity(workspace, subject), instances: [] }
  const state = (await past.states(tenant.id).before([{ entityKey: key, seq }])).get(key)
  // Rules read the entity, never a workflow's wait.
  if (state?.state === 'known' || state?.state === 'rule_waits_unknown') return state
  if (state?.state === 'workflows_unknown') return { entity: state.entity, instances: [] }
  throw new NxError('not_found', 'NX-STATE-UNKNOWN', 'What the entity was before this event cannot be told', {
    detail: `The decisions before event ${id} are not all recorded any more, or do not say everything.`,
    fix: `neuronx entity history ${subject.kind}/${subject.id} --tenant ${tenant.slug} shows what is still known.`,
  })
}

/** What rules did and what changed: workflows need their waits, which may be unknown. */
function comparison(recorded: RecordedDecision, decision: Decision): ExplainedEvent['replay'] {
  const ofRules = (trace: Decision['trace']) => trace.rules.filter(({ rule }) => rule.startsWith('RuleSet/'))
  if (!equalJson(ofRules(recorded.trace), ofRules(decision.trace)))
    return { state: 'differs', detail: 'Decided again, other rules fired than were recorded.' }
  if (!equalJson(recorded.changes, decision.changes))
    return {
      state: 'differs',
      detail: 'Decided again, the same rules fired and other fields changed than were recorded.',
    }
  return { state: 'exact' }
}

function undecided({ id, entitySeq, type }: EventView, tenant: string): NxError {
  const detail =
    entitySeq === null
      ? `${type} was recorded only: nothing listened to it.`
      : 'It waits for its turn, or it was put aside.'
  return new NxError('not_found', 'NX-EVENT-UNDECIDED', 'There is no decision about this event', {
    detail,
    fix: `neuronx event trace ${id} --tenant ${tenant} shows what became of it.`,
  })
}
