import type { Command } from '../../messaging/commands/command.ts'
import type { NxEvent } from '../../messaging/events/event.ts'
import type { Happening, TestWorld } from './test-world.ts'
import type { StoppedSend } from './world/test-gate.ts'

/** A stretch of a test that an expectation is about: all of it, or what one step led to. Values are as they are at its end. */
export interface TestWindow {
  readonly world: TestWorld
  readonly happened: readonly Happening[]
  readonly commands: readonly Command[]
  /** What policies put off or stopped. */
  readonly stopped: readonly StoppedSend[]
  readonly emitted: readonly NxEvent[]
}

/** What has happened since a moment; without one: since the beginning. */
export function windowOf(
  world: TestWorld,
  since: { happened: number; commands: number; stopped: number } | null,
): TestWindow {
  const happened = since === null ? world.happened : world.happened.slice(since.happened)
  return {
    world,
    happened,
    commands: since === null ? world.commands : world.commands.slice(since.commands),
    stopped: since === null ? world.stopped : world.stopped.slice(since.stopped),
    emitted: happened.flatMap(({ decision }) => decision.emitted),
  }
}
