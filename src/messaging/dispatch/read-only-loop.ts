import type { Clock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'

/** An integration that refuses its credentials, whose next call would be one of the commands that wait for it. */
export interface RefusedGate {
  readonly tenantId: string
  /** Of one of the commands. */
  readonly workspace: string
  readonly integration: string
  /** When that call would be made, by the database's clock; names the state that was read. */
  readonly notBefore: string
  /** For how long nothing was accepted. */
  readonly shutMs: number
}

/** Names a gate. */
export type GatePlace = Pick<RefusedGate, 'tenantId' | 'integration'>

/** Gates of integrations that refuse their credentials. Throws NX-DB-…. */
export interface RefusedGates {
  /** Those whose next call, gate and command, is due within `soonMs`, by tenant and integration behind `after`, at most `max`. */
  refused(soonMs: number, after: GatePlace | null, max: number): Promise<readonly RefusedGate[]>
  /**
   * Nothing is called for `holdMs`: the integration is read-only, and the caller may read. false: somebody else was first, or the gate
   * has changed. Whoever dies after this has delayed the next call, nothing else.
   */
  hold(gate: RefusedGate, holdMs: number): Promise<boolean>
  /** A read was accepted: one command finds out whether all is well. false: the gate has changed. */
  reopen(gate: RefusedGate): Promise<boolean>
}

/** Reads by which it shows whether credentials work again. */
export interface HarmlessReads {
  /** After how long an integration is read-only; null: never by itself. Throws what the configuration's store throws. */
  readOnlyAfterMs(gate: RefusedGate): Promise<number | null>
  /** Was a read that changes nothing accepted? */
  accepted(gate: RefusedGate, signal: AbortSignal): Promise<boolean>
}

const gatesMax = 50
/** A gate is taken before its next command is, and no later than in the round after the next. */
const soonMs = 6_000
const holdMsMin = 60_000
const holdMsMax = 900_000

/**
 * Keeps integrations read-only that say so of refused credentials: no command is used to find out whether they work again, a read is.
 * Once one is accepted commands go on, the first of them alone.
 */
export class ReadOnlyLoop extends Loop {
  /** `reads`: made to find out; `reopened`: of them those that were accepted. */
  readonly counters: { reads: number; reopened: number }
  /** One look at the next gates whose next call is due. Returns how many reopened. */
  readonly round: () => Promise<number>
  readonly #abort: AbortController

  constructor(options: {
    gates: RefusedGates
    reads: HarmlessReads
    clock: Clock
    logger: Logger
    onReopened: () => void
    idleMs?: number
  }) {
    const { gates, reads, clock, logger, onReopened, idleMs = 2_000 } = options
    const counters = { reads: 0, reopened: 0 }
    const abort = new AbortController()
    let after: GatePlace | null = null
    const look = async (gate: RefusedGate): Promise<number> => {
      try {
        const afterMs = await reads.readOnlyAfterMs(gate)
        if (afterMs === null || gate.shutMs < afterMs) return 0
        const holdMs = Math.min(holdMsMax, Math.max(holdMsMin, gate.shutMs / 4))
        if (!(await gates.hold(gate, holdMs))) return 0
        counters.reads += 1
        if (!(await reads.accepted(gate, abort.signal)) || !(await gates.reopen(gate))) return 0
        counters.reopened += 1
        return 1
      } catch (error) {
        logger.warn(
          { integration: gate.integration, error: errorText(error) },
          'It could not be found out whether the credentials of an integration work again',
        )
        return 0
      }
    }
    const round = async (): Promise<number> => {
      const due = await gates.refused(soonMs, after, gatesMax)
      after = due.length < gatesMax ? null : (due.at(-1) ?? null)
      const reopened = await Promise.all(due.map(look))
      const count = reopened.filter((one) => one > 0).length
      if (count > 0) onReopened()
      return count
    }

    super({
      name: 'read-only',
      idleMs,
      clock,
      logger,
      // With gates left to look at there is no waiting.
      runOnce: async () => (await round()) + (after === null ? 0 : 1),
    })
    this.counters = counters
    this.round = round
    this.#abort = abort
  }

  /** A read under way is broken off. */
  override async stop(): Promise<void> {
    this.#abort.abort()
    await super.stop()
  }
}
