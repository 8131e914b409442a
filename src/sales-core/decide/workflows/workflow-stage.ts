import type { Command } from '../../../messaging/commands/command.ts'
import type { LoggedEvent, NxEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { AssignDesk } from '../../people/assign-desk.ts'
import type { Effects } from '../effects.ts'
import type { EntityDraft } from '../entity-draft.ts'
import type { MarkDraft } from '../marks.ts'

/** What the workflows of one event run on. */
export interface WorkflowStage {
  readonly event: LoggedEvent
  readonly config: SalesConfig
  /** The entity after the rules; steps change it. */
  readonly draft: EntityDraft
  readonly snapshot: (of: EntityDraft) => VariableValues
  readonly effects: Effects
  readonly marks: MarkDraft
  readonly desk: AssignDesk
  /** Why this event may lead to no sends; null: it may. */
  readonly sendsBlocked: string | null
  readonly now: Date
}

/** What the workflows of one event have done so far. */
export class WorkflowOutcome {
  readonly commands: Command[] = []
  readonly emitted: NxEvent[] = []
  readonly notes: string[] = []
  draft: EntityDraft
  readonly #snapshot: WorkflowStage['snapshot']
  #values: VariableValues | null = null

  constructor({ draft, snapshot }: Pick<WorkflowStage, 'draft' | 'snapshot'>) {
    this.draft = draft
    this.#snapshot = snapshot
  }

  /** The variables on the entity as it is now. */
  values(): VariableValues {
    this.#values ??= this.#snapshot(this.draft)
    return this.#values
  }

  /** Goes on with a changed entity. */
  changed(draft: EntityDraft): void {
    this.draft = draft
    this.#values = null
  }
}
