import type { CapExceeded, ConfigError } from '../../../src/control-plane/rollout/judge/counts.ts'
import type { CountRow } from '../../../src/control-plane/rollout/observe/assemble-counts.ts'
import { capsOver } from '../../../src/control-plane/rollout/observe/caps-over.ts'
import { mergeObservations } from '../../../src/control-plane/rollout/observe/merge-observations.ts'
import type {
  CandidateError,
  EventTally,
  UnitCommand,
  UnitSighting,
} from '../../../src/control-plane/rollout/observe/merge-observations.ts'
import type { ResolvedPolicy } from '../../../src/control-plane/rollout/policy/resolved-policy.ts'
import type { UnitObservation } from '../../../src/control-plane/rollout/rollout.ts'

export interface SeenUnit extends UnitSighting {
  readonly firstMs: number
  failedOutside: boolean
}

export interface SeenCommand extends UnitCommand {
  readonly atMs: number
  state: string
}

const columnOf = { candidate: 'c', baseline: 'b', pair: 'p' } as const

/** What was observed, kept as it came and added up anew at every look: the plain meaning of what Postgres adds up bit by bit. */
export class MemoryObservations {
  readonly units: SeenUnit[] = []
  readonly commands: SeenCommand[] = []
  readonly errors: CandidateError[] = []
  readonly #tallies: EventTally[] = []

  add(observations: readonly UnitObservation[], nowMs: number): void {
    const merged = mergeObservations(observations)
    for (const sighting of merged.units) this.#see(sighting, nowMs)
    for (const command of merged.commands)
      if (!this.commands.some(({ commandId }) => commandId === command.commandId))
        this.commands.push({ ...command, atMs: nowMs, state: 'waiting' })
    for (const error of merged.errors)
      if (!this.errors.some(({ eventId }) => eventId === error.eventId)) this.errors.push(error)
    this.#tallies.push(...merged.tallies)
  }

  /** How a command ended. */
  settle(commandId: string, state: 'succeeded' | 'dead', outside = false): void {
    const command = this.commands.find((one) => one.commandId === commandId)
    if (command === undefined) return
    command.state = state
    if (state !== 'dead') return
    for (const unit of this.units) {
      if (!sameUnit(unit, command) || unit.step !== command.step || unit.arm !== command.arm) continue
      if (outside) unit.failedOutside = true
      else unit.failed = true
    }
  }

  rows(rolloutId: string, ripeBeforeMs: number, slugOf: (tenantId: string) => string): readonly CountRow[] {
    const own = this.units.filter((unit) => unit.rolloutId === rolloutId)
    const ripe = own.filter((unit) => unit.firstMs <= ripeBeforeMs)
    const counted = ripe.map((unit): CountRow => {
      const earlier = own.filter(
        (other) => sameUnit(other, unit) && other.arm === unit.arm && other.step < unit.step,
      )
      const failing = (one: SeenUnit): boolean => one.failed || one.failedOutside
      const failure = failing(unit) && !earlier.some(failing)
      const signals = [...unit.signals].filter((name) => !earlier.some((one) => one.signals.has(name)))
      return {
        ...none(unit.step, slugOf(unit.tenantId)),
        arm: columnOf[unit.arm],
        units: 1,
        distinct: earlier.length === 0 ? 1 : 0,
        failures: failure ? 1 : 0,
        outsideFailures: failure && !unit.failed ? 1 : 0,
        slow: unit.slow === true && !earlier.some(({ slow }) => slow === true) ? 1 : 0,
        fast: unit.slow === false ? 1 : 0,
        signals: Object.fromEntries(signals.map((name) => [name, 1])),
      }
    })
    const tallies = this.#tallies
      .filter((tally) => tally.rolloutId === rolloutId)
      .map(({ step, tenantId, events, unassignable, bothFailed }) => ({
        ...none(step, slugOf(tenantId)),
        ...{ events, unassignable, bothFailed },
      }))
    return [...counted, ...tallies]
  }

  bothArms(rolloutId: string, step: number): number {
    return this.units.filter((unit) => unit.rolloutId === rolloutId && unit.step === step && unit.bothArms)
      .length
  }

  examples(rolloutId: string): readonly ConfigError[] {
    return this.errors
      .filter((error) => error.rolloutId === rolloutId)
      .map(({ eventId, unit, document, code, message }) => ({ eventId, unit, document, code, message }))
  }

  caps(rolloutId: string, policy: ResolvedPolicy, weight: number): readonly CapExceeded[] {
    const most = (arm: string): number =>
      Math.max(
        0,
        ...this.units
          .filter((unit) => unit.rolloutId === rolloutId && unit.arm === arm)
          .map(({ actions }) => actions),
      )
    const all = (arm: string): number =>
      this.commands.filter((command) => command.rolloutId === rolloutId && command.arm === arm).length
    const both = (read: (arm: string) => number) => ({ c: read('candidate'), b: read('baseline') })
    return capsOver(policy, weight, { perUnit: both(most), perHour: both(all) })
  }

  forget(over: ReadonlySet<string>): number {
    const kept = this.units.filter(({ rolloutId, arm }) => arm === 'candidate' || !over.has(rolloutId))
    const gone = this.units.length - kept.length
    this.units.splice(0, this.units.length, ...kept)
    return gone
  }

  exposures(rolloutId: string, tenantId: string | null, limit: number, from: number) {
    const own = this.units.filter(
      (unit) =>
        unit.rolloutId === rolloutId &&
        unit.arm === 'candidate' &&
        (tenantId === null || unit.tenantId === tenantId),
    )
    const first = own.filter((unit, place) => own.findIndex((other) => sameUnit(other, unit)) === place)
    const exposures = first.slice(from, from + limit).map((unit) => ({
      tenantId: unit.tenantId,
      unit: unit.unit,
      entityKey: unit.entityKey,
      firstAt: new Date(unit.firstMs).toISOString(),
      actions: this.commands
        .filter((command) => command.arm === 'candidate' && sameUnit(command, unit))
        .map(({ commandId, eventId, state, atMs }) => ({
          ...{ commandId, eventId, state, integration: 'sink', operation: 'hit' },
          at: new Date(atMs).toISOString(),
        })),
    }))
    return { exposures, after: first.length > from + limit ? String(from + limit) : null }
  }

  #see(sighting: UnitSighting, nowMs: number): void {
    const known = this.units.find(
      (unit) =>
        sameUnit(unit, sighting) && unit.rolloutId === sighting.rolloutId && unit.step === sighting.step,
    )
    if (known === undefined) {
      this.units.push({ ...sighting, firstMs: nowMs, failedOutside: false })
      return
    }
    known.failed ||= sighting.failed
    if (known.arm !== 'pair' || known.slow === null)
      known.slow = sighting.slow === null ? known.slow : known.slow === true || sighting.slow
    for (const signal of sighting.signals) known.signals.add(signal)
    known.actions += sighting.actions
    known.bothArms ||= sighting.bothArms || known.arm !== sighting.arm
  }
}

export function sameUnit(
  a: Pick<UnitSighting, 'tenantId' | 'workspace' | 'unit'>,
  b: Pick<UnitSighting, 'tenantId' | 'workspace' | 'unit'>,
): boolean {
  return a.tenantId === b.tenantId && a.workspace === b.workspace && a.unit === b.unit
}

function none(step: number, tenant: string): CountRow {
  return {
    step,
    tenant,
    arm: '*',
    units: 0,
    distinct: 0,
    failures: 0,
    outsideFailures: 0,
    slow: 0,
    fast: 0,
    signals: {},
    events: 0,
    unassignable: 0,
    bothFailed: 0,
  }
}
