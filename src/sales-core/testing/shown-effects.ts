import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { ExpectationSpec } from '../kinds/test-shape.ts'
import { taskKind } from '../people/task-types.ts'
import { fits } from './matchers.ts'
import { isNamed } from './test-failure.ts'
import type { TestWindow } from './test-window.ts'
import type { StoppedSend } from './world/test-gate.ts'

/** An effect that happened, as patterns and people see it. */
export interface ShownEffect {
  readonly cause: string | null
  /** `call`, `by`, and what went out; `type`, `subject` and the data of an event. */
  readonly shown: JsonObject
  readonly fits: (pattern: JsonObject) => boolean
}

/** Does a command fit what a test says of it: `call`, `rule`, `step`, and parts of its input? */
export function fitsCommand({ call, rule, step, ...input }: JsonObject, command: Command): boolean {
  if (call !== undefined && call !== `${command.integration}.${command.operation}`) return false
  const isOf = (kind: string, name: JsonValue | undefined): boolean =>
    typeof name !== 'string' || (command.cause.startsWith(`${kind}/`) && isNamed(command.cause, name))
  return isOf('RuleSet', rule) && isOf('Workflow', step) && fits(input, command.input)
}

/** A command that went out. */
export function commandEffect(command: Command): ShownEffect {
  const { integration, operation, cause, input } = command
  return {
    cause,
    shown: { call: `${integration}.${operation}`, by: cause, ...input },
    fits: (pattern) => fitsCommand(pattern, command),
  }
}

/** A command that a policy stopped: as it would have gone out, with the policy's `code`, `reason` and until when. */
export function stopEffect({ command, code, reason, until }: StoppedSend): ShownEffect {
  const { shown, cause } = commandEffect(command)
  const said = { code, reason, until }
  return {
    cause,
    shown: { ...shown, ...said },
    fits: ({ code: wantedCode, reason: wantedReason, until: wantedUntil, ...rest }) =>
      fits(wantedCode, code) &&
      fits(wantedReason, reason) &&
      fits(wantedUntil, until) &&
      fitsCommand(rest, command),
  }
}

export function taskPattern(wanted: NonNullable<ExpectationSpec['tasks']>[number]): JsonObject {
  return typeof wanted === 'string' ? { title: wanted } : (wanted as JsonObject)
}

/** Tasks that something happened to, as they are now. */
export function tasksOf(
  happened: TestWindow['happened'],
  world: Pick<TestWindow['world'], 'entity'>,
): readonly ShownEffect[] {
  const ids = new Set(
    happened.flatMap(({ event }) => (event.subject.kind === taskKind ? event.subject.id : [])),
  )
  return [...ids].map((id) => {
    const shown: JsonObject = { ...world.entity({ kind: taskKind, id }).fields, id }
    const { cause } = shown
    return {
      cause: typeof cause === 'string' ? cause : null,
      shown,
      fits: (pattern) => fits(pattern, shown),
    }
  })
}

export function pickPattern(wanted: NonNullable<ExpectationSpec['assigned']>[number]): JsonObject {
  return typeof wanted === 'string' ? { rep: wanted } : (wanted as JsonObject)
}

/** Who was picked out of a team, in order. */
export function picksOf(happened: TestWindow['happened']): readonly ShownEffect[] {
  return happened.flatMap(({ decision }) =>
    (decision.teams?.moves ?? []).flatMap((move) => {
      if (move.move !== 'picked') return []
      const shown = { rep: move.rep, team: move.team }
      return { cause: null, shown, fits: (pattern: JsonObject) => fits(pattern, shown) }
    }),
  )
}
