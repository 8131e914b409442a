import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import type {
  FailoverMove,
  FailoverPlans,
  FailoverQueue,
  ShutGate,
  StuckCommand,
  StuckCursor,
} from './failover.ts'

/** Gates looked at in a round, and commands of each: the next round goes on behind them. */
const gatesMax = 50
const stuckMax = 100

/**
 * Moves commands that wait for an integration which takes no calls to the one that their document names for that. Every daemon runs
 * it: who comes second finds the command gone.
 */
export class FailoverLoop extends Loop {
  /** `unreadable`: gates and commands that could not be looked at, or moved; they are looked at again. */
  readonly counters: { moved: number; unreadable: number }
  /** One look at every gate that is shut. Returns how many commands moved. */
  readonly round: () => Promise<number>

  constructor(options: {
    queue: FailoverQueue
    plans: FailoverPlans
    clock: Clock
    logger: Logger
    /** Commands were queued elsewhere, and events logged. */
    onMoved: () => void
    idleMs?: number
  }) {
    const { queue, plans, clock, logger, onMoved, idleMs = 2_000 } = options
    const counters = { moved: 0, unreadable: 0 }
    const cursors = new Map<string, StuckCursor>()
    let after: ShutGate | null = null

    // One that fails keeps no other waiting.
    const tried = async <T>(gate: ShutGate, work: () => Promise<T>): Promise<T | null> => {
      try {
        return await work()
      } catch (error) {
        counters.unreadable += 1
        logger.warn(
          { integration: gate.integration, error: errorText(error) },
          'It cannot be found out now whether a command may go out over another integration: it waits',
        )
        return null
      }
    }
    const planOf = async (stuck: StuckCommand, gate: ShutGate): Promise<FailoverMove | null> =>
      await tried(gate, async () => await plans.plan(stuck, gate))
    const moveBehind = async (gate: ShutGate): Promise<number> => {
      // Asked first: of most tenants no command is read then.
      if (!(await plans.mayMove(gate.tenantId))) return 0
      const key = keyOf(gate)
      const { stuck, next } = await queue.stuckBehind(gate, cursors.get(key) ?? null, stuckMax)
      if (next === null) cursors.delete(key)
      else cursors.set(key, next)
      const planned = await Promise.all(stuck.map(async (one) => await planOf(one, gate)))
      const moves = planned.filter((move) => move !== null)
      return moves.length === 0 ? 0 : (await queue.move(moves)).size
    }

    const round = async (): Promise<number> => {
      const gates = await queue.shutGates(after, gatesMax)
      const whole = after === null && gates.length < gatesMax
      after = gates.length < gatesMax ? null : (gates.at(-1) ?? null)
      const shut = new Set(gates.map(keyOf))
      if (whole) for (const key of cursors.keys()) if (!shut.has(key)) cursors.delete(key)
      let moved = 0
      for (const gate of gates) moved += (await tried(gate, async () => await moveBehind(gate))) ?? 0
      counters.moved += moved
      if (moved > 0) onMoved()
      return moved
    }

    super({
      name: 'failover',
      idleMs,
      clock,
      logger,
      // With gates left to look at there is no waiting.
      runOnce: async () => (await round()) + (after === null ? 0 : 1),
    })
    this.counters = counters
    this.round = round
  }
}

function keyOf({ tenantId, integration }: ShutGate): string {
  return `${tenantId}/${integration}`
}
