import type { Condition } from '../conditions/condition-compiler.ts'
import type { Template } from '../templates/template.ts'
import type { BusinessClock } from '../time/business-clock.ts'

/** A person of a team, as its document says. */
export interface CompiledMember {
  readonly rep: string
  /** Open assignments of this team at most; null: any number. */
  readonly capacity: number | null
  readonly skills: ReadonlySet<string>
  /** null: always. */
  readonly hours: { readonly calendar: string; readonly clock: BusinessClock | null } | null
}

/** A team ready to be picked from; members in the order of the document. */
export interface CompiledTeam {
  readonly name: string
  readonly members: readonly CompiledMember[]
  /** Who answers for the team; null: nobody is named. */
  readonly manager: string | null
  /** What tells that an assignment of the team does not count any more, by kind of entity. */
  readonly closedWhen: ReadonlyMap<string, Condition>
}

/** `round_robin`: who waited longest; `least_busy`: who has the fewest open assignments. Ties go by the former, then the document. */
export type PickOrder = 'round_robin' | 'least_busy'

/** How a member is picked. */
export interface PickRule {
  readonly by: PickOrder
  /** Only who works now and has not signed off. */
  readonly onlyAvailable: boolean
  /** All of them. */
  readonly skills: readonly string[]
}

/** The verb `assign` of a rule or a step. */
export type CompiledAssign =
  | {
      readonly does: 'pick'
      readonly team: string
      readonly pick: PickRule
      /** Whoever owns the entity and is in the team stays its owner, busy or not. */
      readonly keepOwner: boolean
      /** The field that names the owner, without the entity's kind: `owner`. */
      readonly writes: string
    }
  /** The assignment does not count any more; the field stays. */
  | { readonly does: 'release'; readonly writes: string }

/** Whom a task is for. */
export type CompiledTo =
  | { readonly kind: 'rep'; readonly rep: string }
  /** A field of the entity that the task is about: `owner`. */
  | { readonly kind: 'field'; readonly field: string }
  /** Who answers for the team of whoever has the task. */
  | { readonly kind: 'manager' }
  | { readonly kind: 'text'; readonly text: Template }
  | { readonly kind: 'team'; readonly team: string; readonly pick: PickRule }

/** One rung of a ladder: what becomes of a task that is still open then. */
export interface CompiledRung {
  /** Counted from the rung before it, the first one from when the task is due. On the task's clock. */
  readonly afterMs: number
  readonly to: CompiledTo
}

/** The verb `task` of a rule or a step. */
export interface CompiledTask {
  readonly title: Template
  readonly text: Template | null
  readonly to: CompiledTo
  /** null: whenever it is done. */
  readonly dueMs: number | null
  readonly clock: 'wall' | 'business'
  /** The Calendar of the business clock; null: the hours of whom the task is for, else the only Calendar there is. */
  readonly calendar: string | null
  readonly ladder: readonly CompiledRung[]
}
