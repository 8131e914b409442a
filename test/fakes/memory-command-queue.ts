import { commandLetter } from '../../src/adapters/postgres/commands/result-event.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { addReport, noReports } from '../../src/messaging/commands/call-reports.ts'
import { laneKey } from '../../src/messaging/commands/command.ts'
import type {
  AttemptError,
  Command,
  CommandState,
  LeasedCommand,
} from '../../src/messaging/commands/command.ts'
import type {
  ClaimOptions,
  ClaimShare,
  CommandQueue,
  SettledAttempt,
} from '../../src/messaging/commands/command-queue.ts'
import type { DoubtfulCommand, DoubtQueue, DoubtVerdict } from '../../src/messaging/commands/doubt-queue.ts'
import { defaultBreakerPolicy, gateAfter, newGate } from '../../src/messaging/commands/gate.ts'
import type { CallReports, Gate } from '../../src/messaging/commands/gate.ts'
import type { DeadLetterClass, NewDeadLetter } from '../../src/messaging/dead-letters/dead-letter.ts'
import type { NxEvent } from '../../src/messaging/events/event.ts'
import { candidatesOf, deferLane, endEvent, expiredSettlement, failure } from './memory-lane.ts'
import { gateAfterClaim, gateKey, leasedOf, noticeEvent } from './memory-lane.ts'
import type { EndEventType, EndState, Lane, OpenState } from './memory-lane.ts'
import { shareOut } from './share-out.ts'

const firstLookMs = 5_000
const listMax = 200

/** A command queue in memory, on a clock that the test may hold. One step at a time, so nothing can race inside it. */
export class MemoryCommandQueue implements CommandQueue, DoubtQueue {
  readonly letters: (NewDeadLetter & { status: 'open' | 'resolved' })[] = []
  readonly results: { readonly event: NxEvent; readonly routed: boolean }[] = []
  readonly ended = new Map<string, CommandState>()
  readonly gates = new Map<string, Gate>()
  /** In the order in which they were queued. */
  readonly #open = new Map<string, Lane>()
  readonly #clock: Clock
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Queues commands behind those of their lanes; one that is known already is left alone. */
  enqueue(commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.#open.has(command.id) || this.ended.has(command.id)) continue
      const headed = [...this.#open.values()].some((lane) => laneKey(lane.command) === laneKey(command))
      this.#open.set(command.id, {
        n: this.#next++,
        command,
        state: headed ? 'waiting' : 'ready',
        dueMs: Date.parse(command.dueAt),
        attempt: 0,
        runLease: 0,
        leaseUntilMs: 0,
        sentAtMs: null,
        firstAttemptAt: null,
        lookAtMs: null,
        looks: 0,
      })
    }
  }

  stateOf(id: string): CommandState | null {
    return this.#open.get(id)?.state ?? this.ended.get(id) ?? null
  }

  expireLeases(): void {
    for (const lane of this.#inState('leased')) lane.leaseUntilMs = this.#now() - 1
  }

  async claim({ max, leaseMs, share }: ClaimOptions): Promise<readonly LeasedCommand[]> {
    const shares = new Map<string, ClaimShare>()
    for (const { command, dueMs } of this.#inState('ready')) {
      const key = gateKey(command)
      if (dueMs > this.#now() || shares.has(key)) continue
      shares.set(key, await share(command.tenantId, command.workspace, command.integration))
    }
    const nowMs = this.#now()
    const candidates = [...shares].flatMap(([key, asked]) => {
      const gate = this.gates.get(key) ?? newGate(asked.perSecond, asked.burst, nowMs)
      this.gates.set(key, gate)
      if (gate.notBeforeMs > nowMs) return []
      const lanes = this.#inState('ready').filter((lane) => gateKey(lane.command) === key)
      return candidatesOf(lanes, gate, asked, max, nowMs)
    })
    return shareOut(candidates, max).map(({ lane, share: asked }) => this.#lease(lane, asked, leaseMs))
  }

  async markSent(attempts: readonly LeasedCommand[]): Promise<ReadonlySet<string>> {
    const held = attempts.flatMap((leased) => {
      const lane = this.#held(leased)
      return lane === null || lane.leaseUntilMs <= this.#now() ? [] : [lane]
    })
    for (const lane of held) lane.sentAtMs = this.#now()
    return new Set(held.map((lane) => lane.command.id))
  }

  async settle(attempts: readonly SettledAttempt[]): Promise<ReadonlySet<string>> {
    const lost = new Set<string>()
    const reports = new Map<string, CallReports>()
    for (const attempt of attempts) {
      const { leased, report } = attempt
      const key = gateKey(leased.command)
      if (report !== undefined)
        reports.set(key, addReport(reports.get(key) ?? noReports, report, leased.probe ?? false))
      const lane = this.#held(leased)
      if (lane === null) lost.add(leased.command.id)
      else this.#settleOne(lane, attempt)
    }
    for (const [key, sum] of reports) {
      const gate = this.gates.get(key)
      if (gate !== undefined) this.gates.set(key, gateAfter(gate, sum, defaultBreakerPolicy, this.#now()))
    }
    return lost
  }

  async release(attempts: readonly LeasedCommand[]): Promise<void> {
    for (const leased of attempts) {
      const lane = this.#held(leased)
      if (lane === null) continue
      if (lane.attempt <= 1) lane.firstAttemptAt = null
      Object.assign(lane, { state: 'ready', attempt: lane.attempt - 1, sentAtMs: null })
    }
  }

  async recoverExpired(): Promise<number> {
    const expired = this.#inState('leased')
      .filter((lane) => lane.leaseUntilMs < this.#now())
      .slice(0, listMax)
    for (const lane of expired) {
      this.#settleOne(lane, { leased: leasedOf(lane, 0), settlement: expiredSettlement(lane) })
    }
    return expired.length
  }

  async giveUp(maxElapsedMs: number): Promise<number> {
    const before = this.#now() - maxElapsedMs
    const forgotten = this.#inState('ready')
      .filter((lane) => {
        const { shutSinceMs = null, notBeforeMs = 0 } = this.gates.get(gateKey(lane.command)) ?? {}
        const isShut = shutSinceMs !== null && shutSinceMs < before && notBeforeMs > this.#now()
        return lane.dueMs < before && isShut
      })
      .slice(0, listMax)
    for (const lane of forgotten) {
      lane.runLease += 1
      this.#die(lane, 'exhausted', failure('NX-COMMAND-PARKED-TOO-LONG', 'Its integration takes no calls'))
    }
    return forgotten.length
  }

  async nextDueMs(): Promise<number | null> {
    const times = this.#inState('ready').map((lane) => {
      const gate = this.gates.get(gateKey(lane.command))
      const short = gate?.breaker === 'closed' && gate.tokens < 1 ? (1 - gate.tokens) / gate.perSecond : 0
      return Math.max(
        lane.dueMs,
        gate?.notBeforeMs ?? 0,
        short > 0 ? (gate?.tokensAtMs ?? 0) + short * 1_000 : 0,
      )
    })
    return times.length === 0 ? null : Math.max(0, Math.ceil(Math.min(...times) - this.#now()))
  }

  async takeDoubts({ max, leaseMs }: { max: number; leaseMs: number }): Promise<readonly DoubtfulCommand[]> {
    const nowMs = this.#now()
    const due = this.#inState('in_doubt')
      .filter((lane) => lane.lookAtMs !== null && lane.lookAtMs <= nowMs)
      .filter((lane) => (this.gates.get(gateKey(lane.command))?.notBeforeMs ?? 0) <= nowMs)
      .slice(0, max)
    return due.map((lane) => {
      lane.lookAtMs = nowMs + leaseMs
      lane.looks += 1
      return {
        leased: leasedOf(lane, nowMs + leaseMs),
        looks: lane.looks,
        sentAgoMs: nowMs - (lane.sentAtMs ?? nowMs),
      }
    })
  }

  async settleDoubt({ leased, looks }: DoubtfulCommand, verdict: DoubtVerdict): Promise<boolean> {
    const lane = this.#open.get(leased.command.id)
    if (lane?.state !== 'in_doubt' || String(lane.runLease) !== leased.runLease || lane.looks !== looks)
      return false
    switch (verdict.state) {
      case 'look_again':
        lane.lookAtMs = this.#now() + verdict.inMs
        return true
      case 'left_to_a_person':
        lane.lookAtMs = null
        return true
      case 'did_not_happen':
        this.#resolveLetters(lane)
        Object.assign(lane, { state: 'ready', dueMs: this.#now(), sentAtMs: null, lookAtMs: null })
        return true
      case 'happened':
        this.#resolveLetters(lane)
        lane.runLease += 1
        this.#end(lane, 'succeeded', 'command.succeeded', { result: verdict.result })
        return true
    }
  }

  #settleOne(lane: Lane, attempt: SettledAttempt): void {
    const { settlement } = attempt
    const told = noticeEvent(attempt, this.#clock.now())
    if (told !== null) this.results.push(told)
    switch (settlement.state) {
      case 'deferred':
        return deferLane(lane, this.#now() + settlement.delayMs)
      case 'suppressed': {
        this.#resolveLetters(lane)
        const { code, message } = settlement.error
        this.#end(lane, 'cancelled', 'command.cancelled', { reason: `${code}: ${message}` })
        return this.enqueue(settlement.instead === null ? [] : [settlement.instead])
      }
      case 'succeeded':
        return this.#end(lane, 'succeeded', 'command.succeeded', { result: settlement.result })
      case 'dead':
        return this.#die(lane, settlement.deadClass, settlement.error)
      case 'in_doubt':
        lane.state = 'in_doubt'
        lane.looks = 0
        lane.lookAtMs = this.#now() + firstLookMs
        return this.#addLetter(lane, 'in_doubt', settlement.error)
      case 'retry':
        lane.state = 'ready'
        lane.dueMs = this.#now() + settlement.delayMs
        lane.sentAtMs = null
        if (!settlement.spendsAttempt) lane.attempt -= 1
    }
  }

  #die(lane: Lane, deadClass: DeadLetterClass, error: AttemptError): void {
    this.#addLetter(lane, deadClass, error)
    this.#end(lane, 'dead', 'command.failed', { error: { ...error } })
  }

  #addLetter(lane: Lane, deadClass: DeadLetterClass, error: AttemptError): void {
    this.letters.push({ ...commandLetter(leasedOf(lane, 0), deadClass, error), status: 'open' })
  }

  #resolveLetters({ command }: Lane): void {
    for (const letter of this.letters) if (letter.commandId === command.id) letter.status = 'resolved'
  }

  #end(lane: Lane, state: EndState, type: EndEventType, data: JsonObject): void {
    const { command } = lane
    this.#open.delete(command.id)
    this.ended.set(command.id, state)
    const next = this.#inState('waiting').find((other) => laneKey(other.command) === laneKey(command))
    if (next !== undefined) next.state = 'ready'
    this.results.push(endEvent(lane, type, data, this.#clock.now()))
  }

  #lease(lane: Lane, share: ClaimShare, leaseMs: number): LeasedCommand {
    const nowMs = this.#now()
    const key = gateKey(lane.command)
    const gate = this.gates.get(key) ?? newGate(share.perSecond, share.burst, nowMs)
    const probe = gate.breaker !== 'closed'
    this.gates.set(key, gateAfterClaim(gate, share, nowMs, leaseMs))
    const leased = leasedOf(lane, this.#clock.monotonicMs() + leaseMs)
    Object.assign(lane, {
      state: 'leased',
      attempt: lane.attempt + 1,
      runLease: lane.runLease + 1,
      leaseUntilMs: nowMs + leaseMs,
      sentAtMs: lane.command.repeatable === 'yes' ? nowMs : null,
      firstAttemptAt: lane.firstAttemptAt ?? this.#clock.now().toISOString(),
    })
    return {
      ...leased,
      attempt: lane.attempt,
      runLease: String(lane.runLease),
      ...(probe ? { probe: true } : {}),
    }
  }

  /** The row of an attempt whose number is still the row's; null when it was lost. */
  #held({ command, runLease }: LeasedCommand): Lane | null {
    const lane = this.#open.get(command.id)
    return lane?.state === 'leased' && String(lane.runLease) === runLease ? lane : null
  }

  #inState(state: OpenState): Lane[] {
    return [...this.#open.values()].filter((lane) => lane.state === state)
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}
