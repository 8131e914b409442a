import type { CountNeed, VariableValues } from '../conditions/condition-compiler.ts'
import type { FieldType } from '../types/field-type.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { Candidates } from '../rules/index/candidates.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { EventTypeInfo, TypeCatalog } from './type-catalog.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import type { FlagValues } from './flag-values.ts'
import type { SalesLimits } from './sales-limits.ts'
import type { PolicySet } from '../policies/compiled-policy.ts'
import type { CompiledSchedule } from '../schedules/compiled-schedule.ts'
import type { TeamDirectory } from '../people/assign-desk.ts'
import type { Calendars } from '../time/calendars.ts'

/** A field that an event's data hands to the entity. */
export interface FoldedField {
  /** The same path on both sides: `consent.sms`. */
  readonly path: string
  readonly type: FieldType
}

/**
 * The configuration of one (tenant, workspace), compiled: immutable, shared by all events that are decided under it, indexed by
 * event type so that an event costs what listens to it.
 */
export interface SalesConfig extends Calendars, TeamDirectory {
  /** The bundle's digest. */
  readonly digest: string
  readonly tenantSlug: string
  readonly types: TypeCatalog
  readonly catalog: IntegrationCatalog
  readonly limits: SalesLimits
  /** The guards of an event type; highest rank first. */
  guardsFor(eventType: string): readonly CompiledRule[]
  /** By event type, without guards; highest rank first. */
  rulesFor(eventType: string): readonly CompiledRule[]
  /** Those of them that may hold for an event with these values, in the same order; all others yield false, without an error. */
  candidatesFor(eventType: string, values: VariableValues): Candidates
  /** By `<set>/<rule>`. */
  rule(ref: string): CompiledRule | null
  /** Scores of a kind of entity. */
  scoresFor(entityKind: string): readonly CompiledScore[]
  /** Workflows that start with an event of this type. */
  startsFor(eventType: string): readonly CompiledWorkflow[]
  workflow(name: string): CompiledWorkflow | null
  /** The workflow of this content, when it is the active one. */
  definition(digest: string): CompiledWorkflow | null
  /** null: nobody declared it. */
  eventType(type: string): EventTypeInfo | null
  /** What an event of this type folds into its entity, entity kind included; null: nothing. */
  foldsOf(eventType: string): { readonly entityKind: string; readonly fields: readonly FoldedField[] } | null
  /** What is wrong with the data of an event of a declared type; empty when it fits or nothing is declared. */
  dataProblems(eventType: string, data: JsonObject): readonly string[]
  /** The feature flags as they stand for an entity. */
  flags(workspace: string, unit: EntityRef): FlagValues
  /** What is asked before anything is sent. */
  readonly policies: PolicySet
  /** What comes with the clock. */
  readonly schedules: readonly CompiledSchedule[]
  /** What its conditions count: such events are remembered. */
  readonly counts: readonly CountNeed[]
  /** May an event of this type follow from another in a chain? */
  mayRecur(eventType: string): boolean
  /** Does any rule, score or workflow listen to events of this type? Then results of commands travel the bus. */
  listensTo(eventType: string): boolean
}
