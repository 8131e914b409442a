import type { Command } from '../../messaging/commands/command.ts'
import type { Decision } from '../decide/decision.ts'
import type { EntityState } from '../decide/entity-state.ts'
import { equalJson } from './equal-json.ts'
import type { Turn } from './arm.ts'
import type { ActionDifference } from './report.ts'

/** One action of a turn. `label` is what a person reads. */
export interface TurnAction {
  readonly kind: ActionDifference['kind']
  readonly name: string
  readonly label: string
}

/** What a turn did, in the words of a report. */
export interface TurnFacts {
  /** Causes of rules, once per firing. */
  readonly fired: readonly string[]
  readonly failed: ReadonlyArray<{ readonly part: string; readonly code: string }>
  readonly actions: readonly TurnAction[]
}

/** Sums up what a turn did. */
export function factsOf({ decided, refused }: Turn): TurnFacts {
  const fired: string[] = []
  const failed: Array<{ part: string; code: string }> = []
  const actions: TurnAction[] = []
  for (const { decision } of decided) {
    for (const entry of decision.trace.rules) {
      if (entry.outcome === 'fired') fired.push(entry.rule)
      else failed.push({ part: entry.rule, code: entry.code })
    }
    for (const command of decision.commands) actions.push(actionOf(command))
    for (const { type, subject } of decision.emitted)
      actions.push({ kind: 'emit', name: type, label: `emit ${type} about ${subject.kind}/${subject.id}` })
    for (const { workflow, from } of decision.trace.workflows)
      if (from === null) actions.push({ kind: 'start', name: workflow, label: `start ${workflow}` })
  }
  if (refused === 'data_unfit') failed.push({ part: 'EventType', code: 'NX-EVENT-DATA' })
  if (refused === 'chain_too_long') failed.push({ part: 'chain', code: 'NX-BACKTEST-CHAIN' })
  return { fired, failed, actions }
}

function actionOf({ integration, operation, input, cause }: Command): TurnAction {
  const { channel } = input
  const label = `${integration}.${operation} by ${cause}`
  return typeof channel === 'string'
    ? { kind: 'send', name: channel, label: `send ${channel} by ${cause}` }
    : { kind: 'call', name: `${integration}.${operation}`, label }
}

/**
 * Did both turns decide the same? Digests of configurations and definitions are no difference in themselves, nor is a state that
 * an earlier event left different.
 */
export function sameTurn(a: Turn, b: Turn): boolean {
  if (a.refused !== b.refused || a.decided.length !== b.decided.length) return false
  return a.decided.every(({ event, decision }, index) => {
    const other = b.decided[index]
    return other !== undefined && event.id === other.event.id && sameDecision(decision, other.decision)
  })
}

function sameDecision(a: Decision, b: Decision): boolean {
  return (
    equalJson(a.changes, b.changes) &&
    equalJson(a.trace.rules, b.trace.rules) &&
    equalJson(a.trace.scores, b.trace.scores) &&
    equalJson(a.trace.workflows, b.trace.workflows) &&
    equalJson(a.emitted, b.emitted) &&
    a.commands.length === b.commands.length &&
    a.commands.every((command, index) => sameCommand(command, b.commands[index])) &&
    a.instances.length === b.instances.length &&
    a.instances.every(
      ({ state, vars }, index) =>
        equalJson(state, b.instances[index]?.state) && equalJson(vars, b.instances[index]?.vars),
    )
  )
}

// routeResult says who listens to the result, not what is sent.
function sameCommand(a: Command, b: Command | undefined): boolean {
  return (
    b !== undefined &&
    a.id === b.id &&
    a.integration === b.integration &&
    a.operation === b.operation &&
    a.priority === b.priority &&
    equalJson(a.input, b.input)
  )
}

/** Do the entities hold the same? */
export function sameEntity(a: EntityState, b: EntityState): boolean {
  return a === b || (equalJson(a.fields, b.fields) && equalJson(a.scores, b.scores))
}
