import { entityKey } from '../../src/messaging/events/entity-key.ts'
import type { SalesConfig } from '../../src/sales-core/compile/sales-config.ts'
import { decide } from '../../src/sales-core/decide/decide.ts'
import type { Decision } from '../../src/sales-core/decide/decision.ts'
import type { EntityState } from '../../src/sales-core/decide/entity-state.ts'
import { newEntity } from '../../src/sales-core/decide/entity-state.ts'
import type { RuleWait } from '../../src/sales-core/decide/rule-wait.ts'
import { withWaitChanges } from '../../src/sales-core/decide/rule-wait.ts'
import { withAvailability } from '../../src/sales-core/people/known-availability.ts'
import { repKind } from '../../src/sales-core/people/task-types.ts'
import type { TeamStates } from '../../src/sales-core/people/team-state.ts'
import { afterMoves, noTeams } from '../../src/sales-core/people/team-state.ts'
import type { WorkflowInstance } from '../../src/sales-core/workflows/workflow-instance.ts'
import type { GoldenDecision, GoldenHistory, GoldenTurn } from './golden-history.ts'

/** Rows as they are between two events. */
class Rows {
  readonly #entities = new Map<string, EntityState>()
  readonly #instances = new Map<string, WorkflowInstance>()
  readonly #waits = new Map<string, readonly RuleWait[]>()
  #teams: TeamStates = noTeams

  decide({ event }: GoldenTurn, config: SalesConfig): Decision {
    const key = entityKey(event.workspace, event.subject)
    const instances = [...this.#instances.values()].filter(
      (instance) => instance.entityKey === key && instance.state.status === 'waiting',
    )
    const teams = withAvailability(
      this.#teams,
      config,
      (rep) => this.#entities.get(entityKey(event.workspace, { kind: repKind, id: rep }))?.fields,
    )
    const entity = this.#entities.get(key) ?? newEntity(event.workspace, event.subject)
    const state = { entity, instances, waits: this.#waits.get(key) ?? [], teams, definitions: new Map() }
    // A decision is made at the time at which its event was accepted: the world that recorded it has one clock.
    return decide(event, state, config, new Date(event.acceptedAt))
  }

  write({ event }: GoldenTurn, { entity, instances, waits = [], teams }: GoldenDecision): void {
    const key = entityKey(event.workspace, event.subject)
    // Rows of an engine that had no marks have the column's default.
    this.#entities.set(key, { ...entity, marks: entity.marks ?? {} })
    for (const instance of instances) this.#instances.set(instance.id, instance)
    this.#waits.set(key, withWaitChanges(this.#waits.get(key) ?? [], waits))
    this.#teams = afterMoves(this.#teams, teams?.moves ?? [])
  }
}

/**
 * Decides a history anew from its `from`-th event on: the rows before are those that were recorded, those after are the engine's
 * own, as in an installation that was upgraded at that moment. Every row is written and read back.
 */
export function replayHistory(
  { turns }: GoldenHistory,
  config: SalesConfig,
  from: number,
): readonly GoldenDecision[] {
  const rows = new Rows()
  for (const turn of turns.slice(0, from)) rows.write(turn, turn.decided)
  return turns.slice(from).map((turn) => {
    const { entity, changes, instances, commands, waits, emitted, teams } = rows.decide(turn, config)
    const decided = { entity, changes, instances, commands, waits, emitted, teams }
    const written = JSON.parse(JSON.stringify(decided)) as GoldenDecision
    rows.write(turn, written)
    return written
  })
}
