import type {
  AttemptError,
  AttemptOutcome,
  LeasedCommand,
} from '../../../../src/messaging/commands/command.ts'
import type {
  CallLimits,
  CommandExecutor,
  Verification,
} from '../../../../src/messaging/commands/command-executor.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import { never } from './simulated-process.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import { asOwner } from './virtual-time.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Something happened on the other side, for good. */
export interface Effect {
  readonly atMs: number
  readonly key: string
  readonly commandId: string
  readonly integration: string
  readonly entityKey: string
}

type Behaviour = 'ok' | 'fails' | 'silent' | 'slow' | 'busy' | 'refused' | 'never'

/**
 * The systems outside, which outlive every fault. `keyed` honours idempotency keys; `once` and `blind` do what they are asked as
 * often as they are asked.
 */
export class Vendor {
  readonly effects: Effect[] = []
  calls = 0
  /** Share of the calls that do not simply succeed. */
  trouble = 0
  readonly #time: VirtualTime
  readonly #random: SeededRandom
  readonly #keys = new Set<string>()

  constructor(time: VirtualTime, random: SeededRandom) {
    this.#time = time
    this.#random = random
  }

  draw(): Behaviour {
    if (!this.#random.chance(this.trouble)) return 'ok'
    return this.#random.pick(['fails', 'silent', 'silent', 'slow', 'busy', 'refused', 'never'] as const)
  }

  /** A request arrives and is carried out. */
  take({ command }: LeasedCommand): void {
    const { id, integration, entityKey, idempotencyKey } = command
    if (integration === 'keyed' && this.#keys.has(idempotencyKey)) return
    this.#keys.add(idempotencyKey)
    this.effects.push({ atMs: this.#time.nowMs, key: idempotencyKey, commandId: id, integration, entityKey })
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }
}

/** From the end of the call to the end of the lease there must be time to write the outcome. */
const leaseMarginMs = 2_000
const callMsMax = 10_000
/** A request that was sent has arrived by then, or never will. */
const settledAfterMs = 5_000

/** Carries commands out as the connectors do: nothing leaves when the lease is nearly over, and what is not known is said to be so. */
export class SimulatedExecutor implements CommandExecutor {
  readonly #vendor: Vendor
  readonly #process: SimulatedProcess
  readonly #time: VirtualTime
  readonly #random: SeededRandom

  constructor(options: {
    vendor: Vendor
    process: SimulatedProcess
    time: VirtualTime
    random: SeededRandom
  }) {
    this.#vendor = options.vendor
    this.#process = options.process
    this.#time = options.time
    this.#random = options.random
  }

  async limits(): Promise<CallLimits> {
    return { perSecond: 50, burst: 20, concurrency: 4 }
  }

  async execute(leased: LeasedCommand, signal: AbortSignal): Promise<AttemptOutcome> {
    const process = this.#process
    // Rendering, secrets, the way through the bulkhead.
    await this.#time.delay(this.#random.between(0, this.#random.chance(0.1) ? 500 : 5), process)
    if (this.#isDead()) return await never()
    if (signal.aborted) return parked('NX-CALL-STOPPED', false, 0)
    const leftMs = leased.leaseEndsMs - leaseMarginMs - process.clock.monotonicMs()
    if (leftMs <= 0) return parked('NX-CALL-NO-TIME', false, 0)
    const behaviour = this.#vendor.draw()
    if (behaviour === 'refused') return parked('NX-CALL-UNREACHABLE', true, 2_000)
    const deadline = Math.min(callMsMax, leftMs)
    const answer = this.#send(leased, behaviour, deadline)
    process.crashPoints.reach('dispatch.bytes_sent')
    const outcome = await answer
    process.crashPoints.reach('dispatch.answer_read')
    return outcome
  }

  async verify(leased: LeasedCommand, sentAgoMs: number): Promise<Verification> {
    if (this.#isDead()) return await never()
    if (leased.command.integration !== 'once') return { state: 'not_verifiable' }
    await this.#time.delay(this.#random.between(5, 100), this.#process)
    if (this.#vendor.draw() !== 'ok') return { state: 'unknown', why: 'The look failed' }
    if (this.#vendor.has(leased.command.idempotencyKey))
      return { state: 'happened', result: {}, evidence: 'It is there' }
    if (sentAgoMs < settledAfterMs) return { state: 'unknown', why: 'It may still come' }
    return { state: 'did_not_happen', evidence: 'It is not there' }
  }

  /** The request is in other hands from here on, whatever becomes of the process. */
  async #send(leased: LeasedCommand, behaviour: Behaviour, deadlineMs: number): Promise<AttemptOutcome> {
    const mayRepeat = leased.command.repeatable === 'yes'
    const random = this.#random
    this.#vendor.calls += 1
    const travelMs = random.between(1, behaviour === 'slow' ? 2_000 : 40)
    const acts =
      leased.command.operation !== 'refuse' &&
      (behaviour === 'ok' || behaviour === 'slow' || behaviour === 'silent')
    if (acts) this.#time.schedule(travelMs, () => this.#vendor.take(leased), undefined)
    const answerMs =
      behaviour === 'slow' ? random.between(travelMs, 14_000) : travelMs + random.between(1, 40)
    const isLate = answerMs > deadlineMs || behaviour === 'silent' || behaviour === 'never'
    await asOwner(
      this.#process,
      async () => await this.#time.delay(isLate ? deadlineMs : answerMs, this.#process),
    )
    if (leased.command.operation === 'refuse')
      return { state: 'permanent', error: failure('NX-CALL-REFUSED', 400) }
    if (behaviour === 'busy') return parked('NX-CALL-RATE-LIMITED', true, 500, 429)
    if (isLate || behaviour === 'fails') {
      const error = failure(isLate ? 'NX-CALL-TIMEOUT' : 'NX-CALL-FAILED', isLate ? null : 500)
      return mayRepeat
        ? { state: 'retryable', error, retryAfterMs: null }
        : { state: 'unknown_outcome', error }
    }
    return { state: 'succeeded', result: {}, status: 200 }
  }

  #isDead(): boolean {
    return this.#process.state === 'dead'
  }
}

function parked(
  code: string,
  wholeIntegration: boolean,
  retryAfterMs: number,
  status: number | null = null,
): AttemptOutcome {
  return { state: 'parked', error: failure(code, status), retryAfterMs, wholeIntegration }
}

function failure(code: string, status: number | null): AttemptError {
  return { code, message: code, status, answer: null }
}
