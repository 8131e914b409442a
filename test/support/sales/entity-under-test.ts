import type { JsonObject } from '../../../src/kernel/json.ts'
import type { EntityRef, LoggedEvent } from '../../../src/messaging/events/event.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { decide } from '../../../src/sales-core/decide/decide.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import type { EntityState } from '../../../src/sales-core/decide/entity-state.ts'
import { newEntity } from '../../../src/sales-core/decide/entity-state.ts'
import type { RuleWait } from '../../../src/sales-core/decide/rule-wait.ts'
import { withWaitChanges } from '../../../src/sales-core/decide/rule-wait.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { someLoggedEvent } from '../events.ts'

export const noon = new Date('2026-03-05T12:00:00.000Z')

/** One entity under a configuration: events in, decisions out, state carried forward. */
export class EntityUnderTest {
  entity: EntityState
  instances: readonly WorkflowInstance[] = []
  waits: readonly RuleWait[] = []
  readonly config: SalesConfig
  readonly #subject: EntityRef
  #events = 0

  constructor(config: SalesConfig, fields: JsonObject = {}, subject: EntityRef = { kind: 'lead', id: '42' }) {
    this.config = config
    this.#subject = subject
    this.entity = { ...newEntity('default', subject), fields }
  }

  happen(type: string, data: JsonObject = {}, change: Partial<LoggedEvent> = {}, now: Date = noon): Decision {
    this.#events += 1
    const externalId = `e${this.#events}`
    const event = someLoggedEvent({
      type,
      data,
      externalId,
      subject: this.#subject,
      entitySeq: this.#events,
      ...change,
    })
    const decision = decide(
      event,
      { entity: this.entity, instances: this.instances, waits: this.waits, definitions: new Map() },
      this.config,
      now,
    )
    this.entity = decision.entity
    this.waits = withWaitChanges(this.waits, decision.waits)
    const byId = new Map(
      [...this.instances, ...decision.instances].map((instance) => [instance.id, instance]),
    )
    this.instances = [...byId.values()].filter(({ state }) => state.status === 'waiting')
    return decision
  }
}
