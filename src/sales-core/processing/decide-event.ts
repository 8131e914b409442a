import { errorText, NxError } from '../../kernel/errors.ts'
import type { LoggedEvent } from '../../messaging/events/event.ts'
import { decide } from '../decide/decide.ts'
import type { EntityState } from '../decide/entity-state.ts'
import type { RuleWait, RuleWaitChange } from '../decide/rule-wait.ts'
import { withWaitChanges } from '../decide/rule-wait.ts'
import type { TeamStates } from '../people/team-state.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { TenantConfig } from './config-provider.ts'
import type { EventOutcome } from './decision-store.ts'
import { deadEvent, failedParts } from './dead-letters-of.ts'
import { codeOf } from './failure-kinds.ts'

/** The configuration that these events need cannot be used by this version. */
export function unconfigured(events: readonly LoggedEvent[], error: unknown): readonly EventOutcome[] {
  const detail = error instanceof NxError && error.detail !== undefined ? `: ${error.detail}` : ''
  const reason = `${errorText(error)}${detail}`
  return events.map((event) => ({
    event,
    state: 'dead',
    deadLetter: deadEvent(event, 'invalid', codeOf(error), reason),
  }))
}

/** An entity with its waiting instances, and the definitions that these are pinned to. */
export interface Current {
  readonly entity: EntityState
  readonly instances: readonly WorkflowInstance[]
  /** Waits of its rules; left out: none. */
  readonly waits?: readonly RuleWait[]
  /** Rules whose breaker is open; left out: none. */
  readonly parked?: Pick<ReadonlySet<string>, 'has'>
  readonly definitions: ReadonlyMap<string, CompiledWorkflow>
  /** The teams of its workspace; left out: none was ever picked from. */
  readonly teams?: TeamStates
}

/** The state that the next event of the same entity meets. */
export function afterwards(
  current: Current,
  decision: {
    entity: EntityState
    instances: readonly WorkflowInstance[]
    waits: readonly RuleWaitChange[]
  },
): Current {
  const waits = withWaitChanges(current.waits ?? [], decision.waits)
  if (decision.instances.length === 0) return { ...current, entity: decision.entity, waits }
  const byId = new Map(
    [...current.instances, ...decision.instances].map((instance) => [instance.id, instance]),
  )
  // Those that failed may be asked to try again.
  const known = [...byId.values()].filter(({ state }) => state.status !== 'done')
  return { ...current, entity: decision.entity, instances: known, waits }
}

/** What an event leads to: data that does not fit its type, and a decision that throws, make a dead letter. */
export function decideEvent(
  event: LoggedEvent,
  current: Current,
  { config, unknownEvents }: TenantConfig,
  now: Date,
): EventOutcome {
  if (config.eventType(event.type) === null && unknownEvents === 'dead_letter') {
    const reason = `No EventType declares ${event.type}, and this tenant puts such events aside`
    return { event, state: 'dead', deadLetter: deadEvent(event, 'invalid', 'NX-EVENT-UNKNOWN', reason) }
  }
  const problems = config.dataProblems(event.type, event.data)
  if (problems.length > 0) {
    return {
      event,
      state: 'dead',
      deadLetter: deadEvent(event, 'invalid', 'NX-EVENT-DATA', problems.join('; ')),
    }
  }
  try {
    const decision = decide(event, current, config, now)
    const deadLetters = failedParts(event, decision.trace.rules)
    return { event, state: 'decided', decision, decidedAt: now, deadLetters }
  } catch (error) {
    // decide itself never throws for data; when it does all the same, one event must not hold up its entity.
    return { event, state: 'dead', deadLetter: deadEvent(event, 'poison', codeOf(error), errorText(error)) }
  }
}
