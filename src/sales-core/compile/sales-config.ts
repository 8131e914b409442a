import type { FieldType } from '../types/field-type.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { EventTypeInfo, TypeCatalog } from './type-catalog.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { EntityRef } from '../../messaging/events/event.ts'
import type { FlagValues } from './flag-values.ts'

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
export interface SalesConfig {
  /** The bundle's digest. */
  readonly digest: string
  readonly tenantSlug: string
  readonly types: TypeCatalog
  readonly catalog: IntegrationCatalog
  /** By event type; highest rank first. */
  rulesFor(eventType: string): readonly CompiledRule[]
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
  /** Does any rule, score or workflow listen to events of this type? Then results of commands travel the bus. */
  listensTo(eventType: string): boolean
}
