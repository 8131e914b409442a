import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { EntityRef, LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import type { CompiledAction, CompiledRule } from '../rules/compiled-rule.ts'
import type { ValueTemplate } from '../templates/compile-value.ts'
import type { Template } from '../templates/template.ts'
import { checkValue } from '../types/check-value.ts'
import type { RuleTrace } from './decision.ts'
import type { Effects } from './effects.ts'
import { EffectRefused, effectsMax, subjectFrom } from './effects.ts'
import type { EntityDraft } from './entity-draft.ts'

/** The most tags that an entity may carry. */
export const tagsMax = 1_000

/** Which rules hold, all of them judged on one snapshot. Order: rank, then id. */
export function matchRules(
  event: LoggedEvent,
  config: SalesConfig,
  values: VariableValues,
): { readonly matched: readonly CompiledRule[]; readonly failed: readonly RuleTrace[] } {
  const failed: RuleTrace[] = []
  const closed = new Set<string>()
  const matched = candidates(event, config).filter((rule) => {
    if (closed.has(rule.document) || (rule.depthMax !== null && event.depth > rule.depthMax)) return false
    // A rule about a deal has nothing to say about an event whose subject is a lead.
    if (rule.entityKind !== null && rule.entityKind !== event.subject.kind) return false
    const result = rule.when?.evaluate(values) ?? ({ state: 'value', value: true } as const)
    if (result.state === 'error')
      failed.push({ rule: rule.cause, outcome: 'failed', code: result.code, error: result.message })
    const holds = result.state === 'value' && result.value === true
    if (holds && rule.final) closed.add(rule.document)
    return holds
  })
  return { matched, failed }
}

function candidates(event: LoggedEvent, config: SalesConfig): readonly CompiledRule[] {
  if (event.only === undefined) return config.rulesFor(event.type)
  const rule = config.rule(event.only)
  return rule !== null && rule.on === event.type ? [rule] : []
}

/** A rule whose effects cannot be: they are all dropped, those of the others stand. */
export interface RuleFailure {
  readonly rule: CompiledRule
  readonly code: string
  readonly message: string
}

/**
 * The decide phase: sets and tags, all rendered on the snapshot of before. Where two rules write one field, the higher one wins
 * and the other's write is noted. Returns the rules that fail; after a failure the draft is of no use.
 */
export function applySets(
  rules: readonly CompiledRule[],
  draft: EntityDraft,
  values: VariableValues,
  notes: string[],
): readonly RuleFailure[] {
  const failures: RuleFailure[] = []
  const writers = new Map<string, string>()
  for (const rule of rules) {
    try {
      for (const action of rule.actions) applySet(action, rule, draft, values, writers, notes)
    } catch (error) {
      failures.push(failureOf(rule, error))
    }
  }
  return failures
}

function applySet(
  action: CompiledAction,
  rule: CompiledRule,
  draft: EntityDraft,
  values: VariableValues,
  writers: Map<string, string>,
  notes: string[],
): void {
  if (action.verb === 'add_tag') {
    addTags(
      action.tags.map((tag) => textOf(tag, values)),
      draft,
      rule.cause,
    )
    return
  }
  if (action.verb !== 'set') return
  const value = rendered(action.value, values) ?? null
  const problem = value === null ? undefined : checkValue(action.type, value, action.field)[0]
  if (problem !== undefined) throw new EffectRefused('NX-SET-TYPE', problem)
  const writer = writers.get(action.field)
  if (writer !== undefined && writer !== rule.cause) {
    notes.push(`${rule.cause} did not set ${action.field}: ${writer} ranks higher and set it`)
    return
  }
  writers.set(action.field, rule.cause)
  draft.set(action.field, value, rule.cause)
}

function addTags(tags: readonly string[], draft: EntityDraft, by: string): void {
  const current = draft.read('tags')
  const list = Array.isArray(current) ? (current as readonly JsonValue[]) : []
  const added = tags.filter((tag, index) => tag !== '' && !list.includes(tag) && tags.indexOf(tag) === index)
  if (added.length === 0) return
  if (list.length + added.length > tagsMax)
    throw new EffectRefused('NX-TAGS-LIMIT', `An entity carries at most ${tagsMax} tags`)
  draft.set('tags', [...list, ...added], by)
}

/** What the act phase asks for. */
export interface ActOutcome {
  readonly commands: readonly Command[]
  readonly emitted: readonly NxEvent[]
  /** Workflows to start, with the rule that asks. */
  readonly starts: ReadonlyArray<{ readonly workflow: string; readonly cause: string }>
  /** Effects that were refused without dropping the rule: a chain that got too deep. */
  readonly refused: readonly RuleTrace[]
}

/** The act phase: commands, events and starts, rendered on the state after all sets. Returns the rules that fail instead. */
export function act(
  rules: readonly CompiledRule[],
  subject: EntityRef,
  values: VariableValues,
  effects: Effects,
): { readonly outcome: ActOutcome; readonly failures: readonly RuleFailure[] } {
  const failures: RuleFailure[] = []
  const all: ActOutcome[] = []
  let count = 0
  for (const rule of rules) {
    try {
      const outcome = actOn(rule, subject, values, effects)
      count += outcome.commands.length + outcome.emitted.length
      if (count > effectsMax)
        throw new EffectRefused('NX-EFFECTS-LIMIT', `One event may lead to ${effectsMax} commands and events`)
      all.push(outcome)
    } catch (error) {
      failures.push(failureOf(rule, error))
    }
  }
  const outcome = {
    commands: all.flatMap(({ commands }) => commands),
    emitted: all.flatMap(({ emitted }) => emitted),
    starts: all.flatMap(({ starts }) => starts),
    refused: all.flatMap(({ refused }) => refused),
  }
  return { outcome, failures }
}

function actOn(rule: CompiledRule, subject: EntityRef, values: VariableValues, effects: Effects): ActOutcome {
  const commands: Command[] = []
  const emitted: NxEvent[] = []
  const starts: Array<{ workflow: string; cause: string }> = []
  const refused: RuleTrace[] = []
  for (const [ordinal, action] of rule.actions.entries()) {
    if (action.verb === 'command') {
      const input = rendered(action.command.input, values) as JsonObject
      commands.push(effects.command(action.command, input, { cause: rule.cause, ordinal, instance: null }))
    } else if (action.verb === 'start') {
      starts.push({ workflow: action.workflow, cause: rule.cause })
    } else if (action.verb === 'emit') {
      const event = emission(action, rule, ordinal, subject, values, effects, refused)
      if (event !== null) emitted.push(event)
    }
  }
  return { commands, emitted, starts, refused }
}

function emission(
  action: Extract<CompiledAction, { verb: 'emit' }>,
  rule: CompiledRule,
  ordinal: number,
  subject: EntityRef,
  values: VariableValues,
  effects: Effects,
  refused: RuleTrace[],
): NxEvent | null {
  const about = action.subject === null ? subject : subjectFrom(textOf(action.subject, values))
  const data = rendered(action.data, values) as JsonObject
  try {
    return effects.event(action.type, about, data, rule.cause, ordinal)
  } catch (refusal) {
    if (!(refusal instanceof EffectRefused) || refusal.code !== 'NX-CHAIN-DEPTH') throw refusal
    refused.push({ rule: rule.cause, outcome: 'failed', code: refusal.code, error: refusal.message })
    return null
  }
}

/** What a fired rule did, for the trace. */
export function firedTrace(rule: CompiledRule): RuleTrace {
  return { rule: rule.cause, outcome: 'fired', actions: rule.actions.map(actionText) }
}

function actionText(action: CompiledAction): string {
  switch (action.verb) {
    case 'set':
      return `set ${action.field}`
    case 'add_tag':
      return `add_tag ${action.tags.map(({ source }) => source).join(', ')}`
    case 'command':
      return action.command.label
    case 'emit':
      return `emit ${action.type}`
    case 'start':
      return `start ${action.workflow}`
  }
}

function rendered(template: ValueTemplate, values: VariableValues): JsonValue | undefined {
  const result = template.render(values)
  if (result.state === 'error') throw new EffectRefused(result.code, result.message)
  return result.value
}

function textOf(template: Template, values: VariableValues): string {
  const value = rendered({ ...template, constant: false }, values)
  return typeof value === 'string' ? value : value == null ? '' : JSON.stringify(value)
}

function failureOf(rule: CompiledRule, error: unknown): RuleFailure {
  if (!(error instanceof EffectRefused)) throw error
  return { rule, code: error.code, message: error.message }
}
