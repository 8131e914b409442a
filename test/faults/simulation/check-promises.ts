import { laneKey } from '../../../src/messaging/commands/command.ts'
import type { Command } from '../../../src/messaging/commands/command.ts'
import { keyOf } from '../../fakes/log/memory-event-log.ts'
import type { FaultGroup } from './fault-schedule.ts'
import type { ProducerLog } from './producer.ts'
import type { SimulatedDatabase } from './world/simulated-database.ts'
import type { Effect, Vendor } from './world/vendor.ts'

export interface Outcome {
  readonly database: SimulatedDatabase
  readonly vendor: Vendor
  readonly producer: ProducerLog
  readonly drained: boolean
  readonly daemons: number
  /** Kinds of faults that were there. */
  readonly groups: ReadonlySet<FaultGroup>
  /** Running totals of all daemons that there ever were. */
  readonly counters: {
    readonly repaired: number
    readonly gapsFilled: number
    readonly staleRejected: number
    readonly duplicates: number
  }
}

/** What was promised and not kept: I1 to I8 of the fault suite. Empty: all is well. */
export function checkPromises(outcome: Outcome): readonly string[] {
  return [
    ...checkEvents(outcome),
    ...checkOrder(outcome),
    ...checkEffects(outcome),
    ...checkLanes(outcome),
    ...checkConservation(outcome),
    ...checkLayers(outcome),
    ...(outcome.drained ? [] : [`I8: not drained in time: ${standing(outcome)}`]),
  ]
}

/** I1: acknowledged is logged once; logged is applied once; nothing else is. */
function* checkEvents({ database, producer }: Outcome): Iterable<string> {
  const logged = Map.groupBy(database.log.rows, ({ event }) => event.id)
  const external = Map.groupBy(
    database.log.rows.filter(({ event }) => event.origin === 'external'),
    ({ event }) => event.externalId,
  )
  const applied = Map.groupBy(database.entities.applied, ({ event }) => event.id)
  for (const id of producer.accepted)
    if (!external.has(id)) yield `I1: ${id} was acknowledged and is not logged`
  for (const [id, rows] of external) {
    if (rows.length > 1) yield `I1: ${id} is logged ${rows.length} times`
    if (!producer.invoked.has(id)) yield `I1: ${id} is logged and was never sent`
  }
  for (const [id, rows] of logged) {
    const times = applied.get(id)?.length ?? 0
    if (rows.length > 1) yield `I1: event ${id} is logged ${rows.length} times`
    if (times !== 1)
      yield `I1: event ${id} (${keyOf(rows[0]!.event)} ${rows[0]!.event.entitySeq}) is applied ${times} times`
  }
  for (const id of applied.keys()) if (!logged.has(id)) yield `I1: event ${id} is applied and not logged`
}

/** I2: an entity's events are applied 1, 2, 3 … */
function* checkOrder({ database }: Outcome): Iterable<string> {
  for (const [key, applied] of Map.groupBy(database.entities.applied, ({ event }) => keyOf(event))) {
    const order = applied.map(({ event }) => event.entitySeq)
    if (order.some((seq, index) => seq !== index + 1))
      yield `I2: ${key} was applied in the order ${order.join()}`
  }
}

/** I3 and I5: what succeeded had its effect once; what may not be repeated never had it twice; nothing came from nowhere. */
function* checkEffects({ database, vendor }: Outcome): Iterable<string> {
  const effects = Map.groupBy(vendor.effects, ({ commandId }) => commandId)
  const commands = new Map(commandsOf(database).map((command) => [command.id, command]))
  for (const [id, { integration, operation }] of commands) {
    const times = effects.get(id)?.length ?? 0
    const state = database.queue.stateOf(id)
    if (times > 1) yield `I3: ${integration}.${operation} ${id} took effect ${times} times`
    if (state === 'succeeded' && times !== 1) yield `I3: ${integration} ${id} succeeded with ${times} effects`
  }
  for (const id of effects.keys()) if (!commands.has(id)) yield `I5: an effect of ${id}, which is no command`
}

/** I4: effects of a lane come in the order in which its commands were queued. */
function* checkLanes({ database, vendor }: Outcome): Iterable<string> {
  const at = new Map<string, Effect>()
  for (const effect of vendor.effects) if (!at.has(effect.commandId)) at.set(effect.commandId, effect)
  for (const [lane, commands] of Map.groupBy(commandsOf(database), laneKey)) {
    const times = commands.flatMap(({ id }) => at.get(id)?.atMs ?? [])
    if (times.some((time, index) => index > 0 && time < (times[index - 1] ?? 0)))
      yield `I4: effects of ${lane} came in another order than its commands`
  }
}

/** I6: every command is somewhere, and at rest nobody works on any. */
function* checkConservation({ database, drained }: Outcome): Iterable<string> {
  const letters = Map.groupBy(
    database.queue.letters.filter(({ status }) => status === 'open'),
    ({ commandId }) => commandId ?? '',
  )
  for (const { id } of commandsOf(database)) {
    const state = database.queue.stateOf(id)
    if (state === null) yield `I6: command ${id} is nowhere`
    if (drained && (state === 'leased' || state === 'ready')) yield `I6: command ${id} is still ${state}`
    if ((state === 'dead' || state === 'in_doubt') && !letters.has(id))
      yield `I6: command ${id} is ${state} and nobody is told`
  }
}

/** I7: a defence that has nothing to defend against stands still. */
function* checkLayers({ daemons, groups, counters }: Outcome): Iterable<string> {
  const { repaired, gapsFilled, staleRejected, duplicates } = counters
  if (!groups.has('bus') && repaired > 0)
    yield `I7: the reconciler repaired ${repaired} and the bus had no fault`
  // Where several daemons begin together shards change hands, and what was under way then comes twice.
  if (daemons > 1 || groups.has('bus') || groups.has('daemon') || groups.has('database')) return
  if (gapsFilled > 0) yield `I7: ${gapsFilled} gaps without a fault`
  if (staleRejected > 0) yield `I7: ${staleRejected} stale ends without a fault`
  if (duplicates > 0) yield `I7: ${duplicates} duplicates without a fault`
}

function commandsOf(database: SimulatedDatabase): readonly Command[] {
  return database.entities.applied.flatMap(({ commands }) => commands)
}

function standing({ database }: Outcome): string {
  const behind = [...database.log.heads()].filter(([key, head]) => appliedSeq(database, key) < head)
  const open = commandsOf(database).filter(({ id }) =>
    ['ready', 'leased'].includes(database.queue.stateOf(id) ?? ''),
  )
  return `${behind.map(([key, head]) => `${key} ${appliedSeq(database, key)} of ${head}`).join('; ')}; ${open.length} commands open`
}

/** `key` as the log's heads are named. */
export function appliedSeq(database: SimulatedDatabase, key: string): number {
  const slash = key.indexOf('/')
  return database.entities.appliedSeq(key.slice(0, slash), key.slice(slash + 1))
}

/** Is everything that was logged applied, and does no command wait for anything but a person? */
export function isAtRest(database: SimulatedDatabase): boolean {
  for (const [key, head] of database.log.heads()) if (appliedSeq(database, key) < head) return false
  if (database.timers.pending > 0 || !database.schedules.isIdle) return false
  return commandsOf(database).every(
    ({ id }) => !['ready', 'leased'].includes(database.queue.stateOf(id) ?? ''),
  )
}
