import { crc32 } from 'node:zlib'
import { entityKey } from '../../messaging/events/entity-key.ts'
import { newEntity } from '../decide/entity-state.ts'
import { Arm, armState } from './arm.ts'
import type { ArmState, Turn } from './arm.ts'
import { equalJson } from './equal-json.ts'
import type { LatencyPairs } from './latency.ts'
import type { RecordedEvent, RecordedItem, StateBefore } from './recorded-events.ts'
import type { BacktestInput } from './backtest-input.ts'
import type { Tally } from './tally.ts'
import { factsOf, sameEntity, sameTurn } from './turn-facts.ts'
import { inOrder, isRecent, remember, withoutData } from './unit.ts'
import type { ArmStates, ComparedEvent, Unit } from './unit.ts'
import type { UnitTally } from './unit-tally.ts'
import { isWorkflowAsk } from '../workflows/workflow-asks.ts'

/** Another pass over fewer entities is needed. */
export class TooManyUnits extends Error {}

interface PassParts {
  readonly tally: Tally
  readonly units: UnitTally
  readonly latency: LatencyPairs
  readonly unitsMax: number
  readonly isFirst: boolean
}

/** An event that its entity can take now. */
interface Ready {
  readonly unit: Unit
  readonly event: RecordedEvent
  /** When it was accepted. */
  readonly atMs: number
  /** false: an event that each arm makes by itself; it only moves the clock. */
  readonly own: boolean
}

type Side = 'baseline' | 'candidate'
type Turns = Readonly<Record<Side, Turn>>
const sides: readonly Side[] = ['baseline', 'candidate']
/** Of events on which the sides agree, one in so many is decided by the baseline twice all the same. */
const probeEvery = 16
/** Events that an arm takes before the next arm takes them. */
const chunkSize = 128
/** Events of a pair of times. */
const pairEventsMin = 50

/** One reading of a recording, for the entities that fall to it. */
export class ReplayPass {
  readonly #input: BacktestInput
  readonly #parts: PassParts
  readonly #arms: Readonly<Record<Side, Arm>>
  readonly #units = new Map<string, Unit>()
  #endMs = 0
  #turn = 0
  #compared = 0

  constructor(input: BacktestInput, parts: PassParts) {
    this.#input = input
    this.#parts = parts
    this.#arms = { baseline: new Arm(input.baseline), candidate: new Arm(input.candidate) }
  }

  /** Throws TooManyUnits. */
  async take(items: readonly RecordedItem[]): Promise<void> {
    const events = this.#readable(items)
    await this.#meet(events)
    const ready: Ready[] = []
    for (const event of events) this.#place(event, ready)
    // Few at a time: what a decision leaves behind is gone before it grows old in memory.
    for (let from = 0; from < ready.length; from += chunkSize) this.#play(ready.slice(from, from + chunkSize))
  }

  /** Lets what is still to come of timers come, and counts the entities. */
  finish(): void {
    const { tally, units } = this.#parts
    for (const unit of this.#units.values()) {
      for (const { id } of unit.waiting?.values() ?? []) tally.notReplayed('gap_before', id)
      const { states } = unit
      if ('unknown' in states) continue
      const end = (side: Side): Turn => this.#arms[side].finish(states[side], unit.tenantId, this.#endMs)
      const turns = { baseline: end('baseline'), candidate: end('candidate') }
      if (turns.baseline.decided.length > 0 || turns.candidate.decided.length > 0)
        this.#compare({ unit, event: unit.last, own: false }, turns, () => end('baseline'))
      units.add(unit, { baseline: turns.baseline.after, candidate: turns.candidate.after })
    }
    this.#units.clear()
  }

  #readable(items: readonly RecordedItem[]): readonly RecordedEvent[] {
    const { tally } = this.#parts
    const { tenant, workspace } = this.#input
    return items.flatMap((item): RecordedEvent[] => {
      if (item.state === 'unreadable') {
        tally.notReplayed('unreadable', item.place)
        return []
      }
      const { event } = item
      this.#endMs = Math.max(this.#endMs, Date.parse(event.acceptedAt))
      if (event.workspace !== workspace || (tenant.id !== null && event.tenantId !== tenant.id)) {
        tally.notReplayed('other_scope', event.id)
        return []
      }
      return [event]
    })
  }

  /** Finds out how entities stood that are seen for the first time. */
  async #meet(events: readonly RecordedEvent[]): Promise<void> {
    const fresh = new Map<string, RecordedEvent>()
    for (const event of events) {
      const key = entityKey(event.workspace, event.subject)
      if (this.#units.has(key)) continue
      const known = fresh.get(key)
      // The first in the entity's own order, which the order of commits may differ from a little.
      if (known === undefined || (event.entitySeq ?? Infinity) < (known.entitySeq ?? Infinity))
        fresh.set(key, event)
    }
    if (this.#units.size + fresh.size > this.#parts.unitsMax) throw new TooManyUnits()
    const asked = [...fresh].flatMap(([key, { entitySeq }]) =>
      entitySeq !== null && entitySeq > 1 ? [{ entityKey: key, seq: entitySeq }] : [],
    )
    const past = asked.length === 0 ? new Map<string, StateBefore>() : await this.#input.past.before(asked)
    for (const [key, event] of fresh) await this.#add(key, event, past.get(key))
  }

  async #add(key: string, event: RecordedEvent, before: StateBefore | undefined): Promise<void> {
    const { workspace, subject, entitySeq, tenantId } = event
    const isNew = entitySeq === null || entitySeq === 1
    const known: StateBefore = isNew
      ? { state: 'known', entity: newEntity(workspace, subject), instances: [] }
      : (before ?? { state: 'unknown' })
    let states: Unit['states']
    if (known.state === 'unknown') states = { unknown: 'state_unknown' }
    else if (known.state === 'workflows_unknown') states = { unknown: 'workflow_state_unknown' }
    else if (known.state === 'rule_waits_unknown') states = { unknown: 'rule_wait_unknown' }
    else {
      const state = armState(known.entity, known.instances)
      states = { baseline: state, candidate: state }
      if (known.instances.length > 0) {
        for (const side of ['baseline', 'candidate'] as const) {
          const { config, definitions } = this.#arms[side]
          for (const [digest, definition] of await this.#input.definitionsOf(known.instances, config))
            definitions.set(digest, definition)
        }
      }
    }
    this.#units.set(key, {
      key,
      tenantId,
      states,
      seq: entitySeq === null ? null : entitySeq - 1,
      waiting: null,
      recent: [],
      changed: false,
      last: withoutData(event),
    })
  }

  #place(event: RecordedEvent, ready: Ready[]): void {
    const { tally } = this.#parts
    const unit = this.#units.get(entityKey(event.workspace, event.subject))
    if (unit === undefined) return
    if ('unknown' in unit.states) return tally.notReplayed(unit.states.unknown, event.id)
    const placed = inOrder(unit, event)
    if (placed === 'repeated') return tally.notReplayed('repeated', event.id)
    if (placed === 'overflow') {
      for (const { id } of unit.waiting?.values() ?? []) tally.notReplayed('gap_before', id)
      unit.waiting = null
      unit.states = { unknown: 'gap_before' }
      return
    }
    for (const next of placed) {
      const made =
        // What somebody asked of a workflow is nothing that an arm comes to by itself.
        (next.origin === 'timer' && !isWorkflowAsk(next)) ||
        (next.origin === 'emitted' && next.causationId !== null && isRecent(unit, next.causationId))
      remember(unit, next.id)
      unit.last = withoutData(next)
      if (this.#isUnknown(next.type)) tally.notReplayed('type_unknown', next.id)
      else ready.push({ unit, event: next, atMs: Date.parse(next.acceptedAt), own: !made })
    }
  }

  #isUnknown(type: string): boolean {
    const { baseline, candidate } = this.#input
    return baseline.eventType(type) === null && candidate.eventType(type) === null
  }

  /** Lets the arms take a batch one after the other, in random but repeatable order, so that none always has the warmer caches. */
  #play(ready: readonly Ready[]): void {
    if (ready.length === 0) return
    this.#turn += 1
    const turns: Record<Side, Turn[]> = { baseline: [], candidate: [] }
    const times = { baseline: 0, candidate: 0 }
    const order = (crc32(`order ${this.#turn}`) >>> 7) % 2 === 0 ? sides : sides.toReversed()
    for (const side of order) {
      const from = this.#input.clock.monotonicMs()
      turns[side] = this.#playSide(side, ready)
      times[side] = this.#input.clock.monotonicMs() - from
    }
    if (ready.length >= pairEventsMin) this.#parts.latency.add(times.baseline, times.candidate, ready.length)
    const noisy = new Set<Unit>()
    for (const [index, next] of ready.entries()) {
      const pair = { baseline: turns.baseline[index] as Turn, candidate: turns.candidate[index] as Turn }
      // What follows a noisy event in the same entity rests on it.
      if (noisy.has(next.unit)) this.#parts.tally.noisy(next.event.id)
      else if (!this.#compare(next, pair, () => this.#again(next, pair.baseline.before))) noisy.add(next.unit)
    }
    for (const unit of new Set(ready.map((next) => next.unit))) {
      if ('baseline' in unit.states) {
        if (noisy.has(unit)) unit.states.candidate = unit.states.baseline
        share(unit.states)
      }
    }
  }

  #again({ event, atMs, own }: Ready, before: ArmState): Turn {
    return this.#arms.baseline.play(before, event, atMs, own)
  }

  #playSide(side: Side, ready: readonly Ready[]): Turn[] {
    const arm = this.#arms[side]
    const turns: Turn[] = []
    for (const { unit, event, atMs, own } of ready) {
      const states = unit.states as ArmStates
      const turn = arm.play(states[side], event, atMs, own)
      states[side] = turn.after
      turns.push(turn)
    }
    return turns
  }

  /**
   * Counts what both sides did. Where they differ the baseline decides once more from the same state, that of its teams included (and
   * elsewhere now and then): what it does differently from itself is noise and no difference. Returns false for noise.
   */
  #compare(
    { unit, event, own }: Pick<Ready, 'unit' | 'own'> & { readonly event: ComparedEvent },
    { baseline, candidate }: Turns,
    again: () => Turn,
  ): boolean {
    const { tally } = this.#parts
    const refused =
      baseline.refused !== null && baseline.refused === candidate.refused ? baseline.refused : null
    if (refused === 'data_unfit' || refused === 'result_of_other_command')
      tally.notReplayed(refused, event.id)
    else if (own) tally.replayed += 1
    const isSame = sameTurn(baseline, candidate)
    this.#compared += 1
    if (!isSame || this.#compared % probeEvery === 0) {
      tally.noise.checked += 1
      if (!sameTurn(baseline, this.#arms.baseline.again(baseline, again))) {
        tally.noisy(event.id)
        return false
      }
    }
    const facts = factsOf(baseline)
    if (isSame) {
      // What neither could take fails on neither side.
      if (refused === null) tally.same(facts)
      return true
    }
    tally.strayEmits += strayEmits(baseline, candidate)
    const turns = { event, baseline, candidate, facts: { baseline: facts, candidate: factsOf(candidate) } }
    if (tally.different(turns)) unit.changed = true
    return true
  }
}

/** Lets equal states be one object: an entity on which the configurations agree costs the memory of one. */
function share(states: ArmStates): void {
  if (states.candidate !== states.baseline && sameState(states.candidate, states.baseline))
    states.candidate = states.baseline
}

function sameState(a: ArmState, b: ArmState): boolean {
  return (
    sameEntity(a.entity, b.entity) &&
    equalJson(a.entity.marks, b.entity.marks) &&
    equalJson(a.waits, b.waits) &&
    equalJson(a.instances, b.instances) &&
    a.asked.size === b.asked.size &&
    [...a.asked].every((id) => b.asked.has(id))
  )
}

/** Events about other entities that one side emits and the other does not. */
function strayEmits(baseline: Turn, candidate: Turn): number {
  const own = entityKey(baseline.after.entity.workspace, baseline.after.entity.ref)
  const ids = (turn: Turn) =>
    turn.decided.flatMap(({ decision }) =>
      decision.emitted
        .filter(({ workspace, subject }) => entityKey(workspace, subject) !== own)
        .map(({ id }) => id),
    )
  const [left, right] = [new Set(ids(baseline)), new Set(ids(candidate))]
  return [...left].filter((id) => !right.has(id)).length + [...right].filter((id) => !left.has(id)).length
}
