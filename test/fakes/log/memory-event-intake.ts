import {
  conflictOf,
  inboxKey,
  keyHolder,
  planIntake,
  refusals,
} from '../../../src/adapters/postgres/events/intake-plan.ts'
import type { IntakePlan, KnownKey } from '../../../src/adapters/postgres/events/intake-plan.ts'
import type { Clock } from '../../../src/kernel/clock.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import { derivedId } from '../../../src/kernel/ids.ts'
import type { NewDeadLetter } from '../../../src/messaging/dead-letters/dead-letter.ts'
import { intakeEventsMax } from '../../../src/messaging/intake/event-intake.ts'
import type {
  AcceptedEvent,
  EventIntakeStore,
  IncomingEvent,
  IntakeRequest,
  IntakeResult,
} from '../../../src/messaging/intake/event-intake.ts'
import { keyOf } from './memory-event-log.ts'
import type { LogTransaction, MemoryEventLog } from './memory-event-log.ts'
import { atOnce } from './transaction-steps.ts'
import type { TransactionSteps } from './transaction-steps.ts'

interface TakenKey extends KnownKey {
  readonly tenantId: string
  untilMs: number
}

/** The door of the log in memory: inbox keys of events, order, one transaction per call. It knows no keys of whole requests. */
export class MemoryEventIntake implements EventIntakeStore {
  readonly letters: NewDeadLetter[] = []
  readonly #log: MemoryEventLog
  readonly #clock: Clock
  readonly #keys = new Map<string, TakenKey>()
  /** Keys that open transactions are taking. */
  readonly #taking = new Set<string>()
  readonly #waitMs: number

  /** `waitMs`: between two looks whether somebody else's key or entity is free. */
  constructor(log: MemoryEventLog, clock: Clock, waitMs = 5) {
    this.#log = log
    this.#clock = clock
    this.#waitMs = waitMs
  }

  async acceptAll(
    requests: readonly IntakeRequest[],
    steps: TransactionSteps = atOnce,
  ): Promise<readonly IntakeResult[]> {
    const incoming = requests.flatMap(({ events }) => events)
    if (incoming.length > intakeEventsMax || requests.some(({ key }) => key !== undefined))
      throw new NxError('bug', 'NX-INTAKE-BATCH', 'More than this store takes')
    const keys = [...new Set(incoming.map(keyOfIncoming))]
    const transaction = await this.#begin(keys, incoming)
    steps.opened(transaction)
    try {
      const { plan, refused } = this.#plan(requests)
      const known = this.#known(plan)
      const fresh = [...plan.firsts].filter(([key]) => !known.has(key))
      for (const [, { event }] of fresh) transaction.append(event)
      await steps.between()
      steps.reach('intake.before_commit')
      transaction.commit()
      for (const key of keys) this.#taking.delete(key)
      return this.#write(requests, plan, known, refused)
    } catch (error) {
      transaction.abort()
      throw error
    }
  }

  /** Makes all keys of a tenant expire. */
  expireKeys(tenantId: string): void {
    for (const key of this.#keys.values()) if (key.tenantId === tenantId) key.untilMs = -Infinity
  }

  /** A key or an entity that another transaction is just taking is waited for. */
  async #begin(keys: readonly string[], incoming: readonly IncomingEvent[]): Promise<LogTransaction> {
    const entities = incoming.map(({ event }) => keyOf(event))
    while (keys.some((key) => this.#taking.has(key)) || this.#log.isLocked(entities))
      await new Promise((resolve) => setTimeout(resolve, this.#waitMs))
    const transaction = this.#log.begin(entities)
    if (transaction === null) throw new Error('The entities were free just now')
    for (const key of keys) this.#taking.add(key)
    const { abort } = transaction
    // Whoever breaks it off frees what it was taking.
    return Object.assign(transaction, {
      abort: () => {
        if (transaction.state === 'open') for (const key of keys) this.#taking.delete(key)
        abort()
      },
    })
  }

  /** Leaves out what is refused until the rest can be stored together. */
  #plan(requests: readonly IntakeRequest[]): { plan: IntakePlan; refused: Map<number, IntakeResult> } {
    const refused = new Map<number, IntakeResult>()
    for (;;) {
      const plan = planIntake(requests, refused)
      const found = refusals(plan, this.#known(plan))
      if (found.size === 0) return { plan, refused }
      for (const [index, conflicts] of found) refused.set(index, { state: 'conflict', conflicts })
    }
  }

  #known(plan: IntakePlan): ReadonlyMap<string, KnownKey> {
    const nowMs = this.#clock.now().getTime()
    return new Map(
      [...plan.firsts.keys()].flatMap((key) => {
        const known = this.#keys.get(key)
        return known === undefined || known.untilMs <= nowMs ? [] : [[key, known] as const]
      }),
    )
  }

  #write(
    requests: readonly IntakeRequest[],
    plan: IntakePlan,
    known: ReadonlyMap<string, KnownKey>,
    refused: ReadonlyMap<number, IntakeResult>,
  ): readonly IntakeResult[] {
    const nowMs = this.#clock.now().getTime()
    const accepted = new Map<number, AcceptedEvent[]>()
    for (const planned of plan.events) {
      const { incoming, key, first, request } = planned
      const holder = keyHolder(planned, known)
      const { id: eventId, tenantId } = first.event
      if (!known.has(key))
        this.#keys.set(key, { eventId, tenantId, digest: first.digest, untilMs: nowMs + first.horizonMs })
      const reused = holder.digest !== incoming.digest
      if (reused) this.letters.push(letterOf(incoming, holder))
      accepted.set(request, [
        ...(accepted.get(request) ?? []),
        {
          id: holder.eventId,
          duplicate: known.has(key) || first !== incoming,
          ...(reused ? { conflict: conflictOf(planned, holder) } : {}),
        },
      ])
    }
    return requests.map((request, index) => {
      const refusal = refused.get(index)
      if (refusal !== undefined) return refusal
      this.letters.push(...request.deadLetters)
      return { state: 'accepted', events: accepted.get(index) ?? [] }
    })
  }
}

function keyOfIncoming({ event: { tenantId, source, externalId } }: IncomingEvent): string {
  return inboxKey(tenantId, source, externalId)
}

function letterOf({ event, digest }: IncomingEvent, holder: KnownKey): NewDeadLetter {
  return {
    id: derivedId('dead_letter', 'key_reused', event.externalId, digest),
    tenantId: event.tenantId,
    workspace: event.workspace,
    source: 'ingest',
    class: 'invalid',
    code: 'NX-EVENT-KEY-REUSED',
    reason: 'The same source and id came before with another body',
    integration: null,
    entityKey: null,
    eventId: holder.eventId,
    commandId: null,
    cause: null,
    payload: { data: event.data, digest, firstDigest: holder.digest },
  }
}
