import type { JsonObject } from '../../../kernel/json.ts'
import type { Command } from '../../../messaging/commands/command.ts'
import type { EntityRef, NxEvent } from '../../../messaging/events/event.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import { assignText } from '../../people/assign-text.ts'
import type { TaskAsk } from '../../people/open-task.ts'
import type { CompiledAction, CompiledRule } from '../../rules/compiled-rule.ts'
import type { RuleTrace } from '../decision.ts'
import type { Effects } from '../effects.ts'
import { EffectRefused, effectsMax, subjectFrom } from '../effects.ts'
import type { Firing } from './firing.ts'
import type { RuleFailure } from './rule-failure.ts'
import { failureOf, rendered, textOf } from './rule-failure.ts'

/** A workflow to start or stop, with the rule that asks. */
export interface WorkflowWish {
  readonly workflow: string
  readonly cause: string
}

/** What the act phase asks for. */
export interface ActOutcome {
  readonly commands: readonly Command[]
  readonly emitted: readonly NxEvent[]
  readonly starts: readonly WorkflowWish[]
  readonly stops: readonly WorkflowWish[]
  /** Effects that were refused without dropping the rule: a chain that got too deep. */
  readonly refused: readonly RuleTrace[]
  /** What was left out, and why. */
  readonly notes: readonly string[]
}

export interface ActContext {
  readonly subject: EntityRef
  readonly valuesOf: (firing: Firing) => VariableValues
  readonly effects: Effects
  /** Why this event may lead to no sends; null: it may. */
  readonly sendsBlocked: string | null
  /** Commands and events that the entity may still lead to in this hour. */
  readonly effectsLeft: number
  /** Makes a task's event. Throws EffectRefused. */
  readonly task: (ask: TaskAsk, values: VariableValues) => NxEvent
}

/** The act phase: commands, events and starts, rendered on the state after all sets. Returns the rules that fail instead. */
export function act(
  firings: readonly Firing[],
  context: ActContext,
): { readonly outcome: ActOutcome; readonly failures: readonly RuleFailure[] } {
  const failures: RuleFailure[] = []
  const all: ActOutcome[] = []
  let count = 0
  for (const firing of firings) {
    try {
      const outcome = actOn(firing, context)
      const added = outcome.commands.length + outcome.emitted.length
      if (count + added > effectsMax)
        throw new EffectRefused('NX-EFFECTS-LIMIT', `One event may lead to ${effectsMax} commands and events`)
      if (added > 0 && count + added > context.effectsLeft)
        throw new EffectRefused(
          rateCode,
          'The entity has led to as many commands and events as it may in an hour',
        )
      count += added
      all.push(outcome)
    } catch (error) {
      failures.push(failureOf(firing.rule, error))
    }
  }
  return { outcome: joined(all), failures }
}

/** What no rule asks for. */
export const nothingDone: ActOutcome = {
  commands: [],
  emitted: [],
  starts: [],
  stops: [],
  refused: [],
  notes: [],
}

function joined(all: readonly ActOutcome[]): ActOutcome {
  const [first = nothingDone] = all
  // Nearly always one rule fires, or none.
  if (all.length < 2) return first
  return {
    commands: all.flatMap(({ commands }) => commands),
    emitted: all.flatMap(({ emitted }) => emitted),
    starts: all.flatMap(({ starts }) => starts),
    stops: all.flatMap(({ stops }) => stops),
    refused: all.flatMap(({ refused }) => refused),
    notes: all.flatMap(({ notes }) => notes),
  }
}

/** The code of a rule that an entity's cap of effects stopped. */
export const rateCode = 'NX-EFFECTS-RATE'

function actOn(firing: Firing, context: ActContext): ActOutcome {
  const { rule, wait } = firing
  const outcome = {
    commands: [] as Command[],
    emitted: [] as NxEvent[],
    starts: [] as WorkflowWish[],
    stops: [] as WorkflowWish[],
    refused: [] as RuleTrace[],
    notes: [] as string[],
  }
  const { cause } = rule
  const { effects } = context
  const blocked = context.sendsBlocked ?? wait?.sendsBlocked ?? null
  for (const [ordinal, action] of rule.actions.entries()) {
    if (action.verb === 'command') {
      const { command } = action
      if (command.channel !== null && blocked !== null) {
        outcome.notes.push(`${cause} did not ${command.label}: ${blocked}`)
        continue
      }
      const input = rendered(command.input, context.valuesOf(firing)) as JsonObject
      outcome.commands.push(effects.command(command, input, { cause, ordinal, instance: null }))
    } else if (action.verb === 'start') {
      outcome.starts.push({ workflow: action.workflow, cause })
    } else if (action.verb === 'stop') {
      outcome.stops.push({ workflow: action.workflow, cause })
    } else if (action.verb === 'task') {
      const ask = { task: action.task, cause, ordinal, instance: null }
      outcome.emitted.push(context.task(ask, context.valuesOf(firing)))
    } else if (action.verb === 'emit') {
      const event = emission(action, firing, ordinal, context, outcome.refused)
      if (event !== null) outcome.emitted.push(event)
    }
  }
  return outcome
}

function emission(
  action: Extract<CompiledAction, { verb: 'emit' }>,
  firing: Firing,
  ordinal: number,
  { subject, valuesOf, effects }: ActContext,
  refused: RuleTrace[],
): NxEvent | null {
  const { cause } = firing.rule
  const values = valuesOf(firing)
  const about = action.subject === null ? subject : subjectFrom(textOf(action.subject, values))
  const data = rendered(action.data, values) as JsonObject
  try {
    return effects.event(action.type, about, data, cause, ordinal)
  } catch (refusal) {
    if (!(refusal instanceof EffectRefused) || refusal.code !== 'NX-CHAIN-DEPTH') throw refusal
    refused.push({ rule: cause, outcome: 'failed', code: refusal.code, error: refusal.message })
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
    case 'remove_tag':
      return `${action.verb} ${action.tags.map(({ source }) => source).join(', ')}`
    case 'command':
      return action.command.label
    case 'emit':
      return `emit ${action.type}`
    case 'start':
    case 'stop':
      return `${action.verb} ${action.workflow}`
    case 'assign':
      return assignText(action.assign)
    case 'task':
      return `task ${action.task.title.source}`
    case 'drop':
    case 'block_sends':
      return `${action.verb}: ${action.reason}`
  }
}
