import type { Command } from '../../../../src/messaging/commands/command.ts'
import { keyOf } from '../../../fakes/log/memory-event-log.ts'
import type { AppliedEvent } from '../../../fakes/log/memory-entity-store.ts'
import type { LoggedEvent } from '../../../../src/messaging/events/event.ts'
import type { Decision } from '../../../../src/sales-core/decide/decision.ts'
import type { PastDecision } from '../../../../src/sales-core/explain/fold-history.ts'
import { stateDifference } from '../../../../src/sales-core/state/state-difference.ts'
import { foldState } from '../../../../src/sales-core/state/fold-state.ts'
import { epochMs } from '../world/simulated-process.ts'
import type { SimulatedDatabase } from '../world/simulated-database.ts'
import { calmMs, schedulesEndMs, silentMs } from './language-setup.ts'
import { languageConfig } from './language-setup.ts'

type Lives = ReadonlyMap<string, readonly AppliedEvent[]>

/** What the documents of the language setup promise, and was not kept at rest. Empty: all is well. `apartMs`: by how much the daemons' clocks are apart. */
export function checkLanguage(database: SimulatedDatabase, apartMs: number): readonly string[] {
  const lives = Map.groupBy(database.entities.applied, ({ event }) => keyOf(event))
  return [
    ...checkWaits(database),
    ...checkEnrolments(database, lives),
    ...checkCauses(database),
    ...checkSagas(database),
    ...checkMemory(lives, apartMs),
    ...checkAbsence(lives),
    ...checkSchedules(database),
    ...checkTeams(database),
    ...checkFolds(database, lives),
    ...database.entities.letters.map(
      ({ code, reason }) => `L0: an event became a dead letter: ${code} ${reason}`,
    ),
  ]
}

/** L1: whoever waits has a timer or awaits something that can still come. Every wait of the setup has an end, so nobody waits. */
function* checkWaits({ entities, timers }: SimulatedDatabase): Iterable<string> {
  for (const { id, workflow, entityKey, state } of entities.instances) {
    if (state.status === 'failed') yield `L1: ${workflow} of ${entityKey} failed: ${state.error}`
    if (state.status === 'waiting')
      yield `L1: ${workflow} of ${entityKey} waits at ${state.stepId} (${state.wait.kind}), timer: ${timers.has(id)}`
  }
  for (const { ref, dueAt } of entities.waits) yield `L1: rule ${ref} still waits, due ${dueAt}`
}

/** L2: every event that starts a workflow leads to one instance, and each of them to one of the child. */
function* checkEnrolments({ entities }: SimulatedDatabase, lives: Lives): Iterable<string> {
  for (const life of lives.values()) {
    const [first] = life
    if (first?.event.subject.kind !== 'lead') continue
    const own = entities.instances.filter(({ entityKey }) => keyOf(first.event).endsWith(`/${entityKey}`))
    // A queue that is full takes nobody in, and says so.
    const started = life.filter(
      ({ event, decision }) =>
        event.type === 'lead.created' &&
        decision?.trace.notes.some((note) => note.includes('wait for their turn')) === false,
    )
    for (const workflow of ['w', 'child']) {
      const count = own.filter((instance) => instance.workflow === workflow).length
      if (count !== started.length)
        yield `L2: ${keyOf(first.event)} has ${count} of ${workflow} after ${started.length} starts`
    }
  }
}

/** L3: one effect per cause: a step of an instance asks once, and no two commands are for one thing. */
function* checkCauses({ entities }: SimulatedDatabase): Iterable<string> {
  const commands = entities.applied.flatMap((one) => one.commands)
  const causeOf = ({ cause, instanceId, eventId, operation }: Command): string =>
    `${cause} ${operation} ${instanceId ?? eventId}`
  for (const [cause, given] of Map.groupBy(commands, causeOf))
    if (given.length > 1) yield `L3: ${cause} asked ${given.length} times`
  for (const [key, given] of Map.groupBy(commands, ({ idempotencyKey }) => idempotencyKey))
    if (given.length > 1) yield `L3: ${given.length} commands with the key ${key}`
  const greeted = commands.filter(({ cause }) => cause === 'Workflow/w#greet').length
  const instances = entities.instances.filter(({ workflow }) => workflow === 'w').length
  if (greeted !== instances) yield `L3: ${instances} instances greeted ${greeted} times`
}

/** L4: the saga always fails, so what it reserved is released, and what comes after it never asked for. */
function* checkSagas({ entities, queue }: SimulatedDatabase): Iterable<string> {
  const commands = entities.applied.flatMap((one) => one.commands)
  for (const { id, instanceId, operation } of commands) {
    if (operation === 'never') yield 'L4: a step after a saga that failed was carried out'
    if (operation !== 'reserve' || queue.stateOf(id) !== 'succeeded') continue
    if (!commands.some((other) => other.operation === 'release' && other.instanceId === instanceId))
      yield `L4: what instance ${instanceId} reserved was never released`
  }
}

const fired = (life: readonly AppliedEvent[], operation: string): readonly AppliedEvent[] =>
  life.filter(({ commands }) => commands.some((command) => command.operation === operation))

const acceptedMs = ({ event }: AppliedEvent): number => Date.parse(event.acceptedAt)

/** Until when the throttle that let this through lets nothing through; NaN: the decision does not say. */
function calmUntilMs({ decision }: AppliedEvent): number {
  const mark = decision?.trace.marks?.find(({ key }) => key.startsWith('throttle:r/calm'))
  return Date.parse(mark?.to?.until ?? '')
}

/** L5: `once` fires once, a throttle not twice within its time: by the clocks of those who decided. */
function* checkMemory(lives: Lives, apartMs: number): Iterable<string> {
  for (const [key, life] of lives) {
    const heard = life.filter(({ event, state }) => event.type === 'message.received' && state === 'decided')
    const once = fired(life, 'first').length
    if (once !== Math.min(1, heard.length)) yield `L5: once fired ${once} times for ${key}`
    const calm = fired(life, 'calm').map(calmUntilMs)
    if (calm.length === 0 && heard.length > 0) yield `L5: the throttle let nothing through for ${key}`
    if (!calm.every(Number.isFinite)) yield `L5: the throttle fired and does not say until when for ${key}`
    if (calm.some((ms, index) => index > 0 && ms - (calm[index - 1] ?? 0) < calmMs - apartMs))
      yield `L5: the throttle let two through within ${calmMs} ms for ${key}`
  }
}

/** L6: what was not followed in time has its effect once, what was followed has none. */
function* checkAbsence(lives: Lives): Iterable<string> {
  for (const [key, life] of lives) {
    const triggers = life.filter(
      ({ event, state }) => event.type === 'contact.unsubscribed' && state === 'decided',
    )
    const unfollowed = (isInTime: (other: AppliedEvent, dueMs: number) => boolean): number =>
      triggers.filter((trigger) => {
        const after = life.filter(({ event }) => event.entitySeq > trigger.event.entitySeq)
        return !after.some(
          (other) =>
            other.event.type === 'message.received' && isInTime(other, acceptedMs(trigger) + silentMs),
        )
      }).length
    const most = unfollowed((other, dueMs) => acceptedMs(other) <= dueMs)
    // What happened in time and came late counts only where nobody has acted yet.
    const least = unfollowed(
      (other, dueMs) => acceptedMs(other) <= dueMs || Date.parse(other.event.time) <= dueMs,
    )
    const lost = fired(life, 'lost').length
    if (lost < least || lost > most)
      yield `L6: ${key} was not followed ${least} to ${most} times and led to ${lost} effects`
  }
}

/** L7: each time of the schedule has one run, and in each run each lead that was there when it began got its event once. */
function* checkSchedules({ schedules, log, entities }: SimulatedDatabase): Iterable<string> {
  const dues = schedules.ended.map(({ dueAt }) => Date.parse(dueAt))
  const expected = duesOf(schedules)
  if (expected.length === 0) yield 'L7: the schedule was never due'
  if (dues.join() !== expected.join()) yield `L7: runs of ${dues.join()} instead of ${expected.join()}`
  const made = log.rows.filter(({ event }) => event.source === 'neuronx/schedules')
  const times = Map.groupBy(made, ({ event }) => event.externalId)
  for (const [id, rows] of times) if (rows.length > 1) yield `L7: ${id} was made ${rows.length} times`
  for (const { schedule, dueAt, id, there } of schedules.ended)
    for (const lead of there)
      if (!times.has(`${schedule}@${dueAt}#${id}/lead/${lead}`))
        yield `L7: the run of ${dueAt} left lead/${lead} out`
  const checked = entities.applied.filter(({ event }) => event.type === 'lead.checked')
  const asked = checked.flatMap(({ commands }) => commands.filter(({ operation }) => operation === 'checked'))
  if (asked.length !== made.length) yield `L7: ${made.length} checks led to ${asked.length} effects`
}

/** When the schedule was due, from the first time on until the schedules were paused. */
function duesOf({ firstAtMs }: SimulatedDatabase['schedules']): readonly number[] {
  const [schedule] = languageConfig().config.schedules
  const dues: number[] = []
  let at = firstAtMs.get(schedule?.name ?? '') ?? null
  for (; at !== null && at <= epochMs + schedulesEndMs; at = schedule?.nextAfter(at) ?? null) dues.push(at)
  return dues
}

/** L8: a team's turns are its picks, and nobody's turn was given twice. */
function* checkTeams({ entities }: SimulatedDatabase): Iterable<string> {
  const moves = entities.applied.flatMap(({ decision }) => decision?.teams?.moves ?? [])
  const turns = moves.flatMap((move) => (move.move === 'picked' ? [move.turn] : []))
  const turn = teamOf(entities)?.turn ?? 0
  if (turn !== turns.length) yield `L8: the team's turn is ${turn} after ${turns.length} picks`
  if (new Set(turns).size !== turns.length) yield 'L8: a turn was given twice'
}

function teamOf(entities: SimulatedDatabase['entities']): { readonly turn: number } | undefined {
  const [one] = entities.applied
  return one === undefined
    ? undefined
    : entities.teams.statesOf(one.event.tenantId, one.event.workspace).get('sdr')
}

/** L9: what the decisions say adds up to what the row says. */
function* checkFolds({ entities }: SimulatedDatabase, lives: Lives): Iterable<string> {
  for (const life of lives.values()) {
    const past = life.flatMap(({ event, decision }) =>
      decision === undefined ? [] : [pastOf(event, decision)],
    )
    const { workspace, subject } = (life[0] as AppliedEvent).event
    const entity = entities.entities.find(({ ref }) => ref.kind === subject.kind && ref.id === subject.id)
    const folded = foldState(workspace, subject, past, null)
    const name = `${subject.kind}/${subject.id}`
    if (entity === undefined || folded === null) yield `L9: ${name} has no row, or no past`
    else
      for (const difference of stateDifference(entity, folded))
        yield `L9: the decisions of ${name} do not add up to its row: ${JSON.stringify(difference)}`
  }
}

function pastOf(event: LoggedEvent, { entity, changes, trace }: Decision): PastDecision {
  const { scores, workflows, scored, marks } = trace
  const more = { ...(scored === undefined ? {} : { scored }), ...(marks === undefined ? {} : { marks }) }
  return { seq: event.entitySeq, version: entity.version, changes, scores, workflows, ...more }
}
