import type { JsonObject } from '../../src/kernel/json.ts'
import type { LeasedCommand } from '../../src/messaging/commands/command.ts'
import type { SettledAttempt } from '../../src/messaging/commands/command-queue.ts'

interface StoryEffect {
  readonly key: string
  readonly operation: string
  readonly input: JsonObject
}

/** The other side of all calls. It outlives every crash, and honours keys only where a call may be repeated. */
export class StoryVendor {
  readonly effects: StoryEffect[] = []

  /** Carries it out; what the integration `bad` is asked never succeeds. */
  take(leased: LeasedCommand): SettledAttempt {
    const { idempotencyKey: key, integration, operation, input, repeatable } = leased.command
    if (integration === 'bad') {
      const error = { code: 'NX-CALL-REFUSED', message: 'No', status: 400, answer: null }
      return { leased, settlement: { state: 'dead', deadClass: 'permanent', error, durationMs: 1 } }
    }
    if (repeatable === 'no' || !this.has(key))
      this.effects.push({ key, operation: `${integration}.${operation}`, input })
    return { leased, settlement: { state: 'succeeded', result: { ok: true }, durationMs: 1 } }
  }

  has(key: string): boolean {
    return this.effects.some((effect) => effect.key === key)
  }
}
