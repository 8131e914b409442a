import type { JsonObject } from '../../src/kernel/json.ts'
import type { LoggedEvent } from '../../src/messaging/events/event.ts'
import type { Command } from '../../src/messaging/commands/command.ts'
import type { Decision } from '../../src/sales-core/decide/decision.ts'
import { TestWorld } from '../../src/sales-core/testing/test-world.ts'
import type { CommandAnswer } from '../../src/sales-core/testing/test-world.ts'
import { salesConfig } from '../support/sales/sales-config.ts'
import { passedMs } from './scenario.ts'
import type { Scenario, ScenarioStep } from './scenario.ts'

/** What an event led to, without what is only told to people. What an older engine did not know is absent. */
export type GoldenDecision = Pick<Decision, 'entity' | 'changes' | 'instances' | 'commands' | 'emitted'> &
  Partial<Pick<Decision, 'waits' | 'teams'>>

export interface GoldenTurn {
  readonly event: LoggedEvent
  readonly decided: GoldenDecision
}

/** A story as an engine lived it. A revision is frozen when it is released: from then on rows like these are asleep in installations. */
export interface GoldenHistory {
  readonly rev: number
  readonly name: string
  readonly documents: string
  readonly turns: readonly GoldenTurn[]
}

const startMs = Date.parse('2026-03-05T12:00:00.000Z')
const lead = { kind: 'lead', id: '42' }
const outcomes: Readonly<Record<string, JsonObject>> = {
  succeeded: { result: {} },
  failed: { error: { code: 'NX-NO', message: 'no', status: null } },
  cancelled: { reason: 'by hand' },
}

/** Plays a scenario with the engine of this tree. Throws when the scenario cannot be played. */
export function recordHistory({ name, documents, steps }: Scenario, rev: number): GoldenHistory {
  const world = new TestWorld(salesConfig(documents), startMs)
  for (const step of steps) play(world, step)
  if (world.troubles.length > 0) throw new Error(`${name}: ${world.troubles.join('\n')}`)
  const turns = world.happened.map(({ event, decision }) => {
    const { entity, changes, instances, commands, waits, emitted, teams } = decision
    return { event, decided: { entity, changes, instances, commands, waits, emitted, teams } }
  })
  // As it is written and read back.
  return JSON.parse(JSON.stringify({ rev, name, documents, turns })) as GoldenHistory
}

function play(world: TestWorld, step: ScenarioStep): void {
  if ('passes' in step) return world.advanceTo(world.nowMs + passedMs(step.passes))
  if ('happens' in step) {
    const { happens, data = {}, subject = lead } = step
    return world.happen(happens, subject === 'task' ? lastTask(world) : subject, data)
  }
  const answer: CommandAnswer = {
    type: `command.${step.as}`,
    outcome: { ...outcomes[step.as], ...step.with },
  }
  const isMeant = ({ integration, operation }: Command): boolean =>
    `${integration}.${operation}` === step.answers || operation === step.answers
  if (!world.answer(isMeant, answer)) throw new Error(`No ${step.answers} waits for an answer`)
}

function lastTask(world: TestWorld): LoggedEvent['subject'] {
  const made = world.happened.findLast(({ event }) => event.type === 'task.created')
  if (made === undefined) throw new Error('No task was made')
  return made.event.subject
}
