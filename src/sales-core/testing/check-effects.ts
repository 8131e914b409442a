import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import type { NxEvent } from '../../messaging/events/event.ts'
import type { ExpectationSpec } from '../kinds/test-shape.ts'
import { fits, isMatcher } from './matchers.ts'
import { failure } from './test-failure.ts'
import type { ExpectationUpdate, TestFailure } from './test-failure.ts'
import type { TestWindow } from './test-window.ts'
import { commandEffect, pickPattern, picksOf, stopEffect, taskPattern, tasksOf } from './shown-effects.ts'
import type { ShownEffect } from './shown-effects.ts'
import type { StoppedSend } from './world/test-gate.ts'

type EffectKey = 'sent' | 'deferred' | 'suppressed' | 'called' | 'emitted' | 'tasks' | 'assigned'

/** What is said of what came: `nothing like this was …`. */
const participles: Readonly<Record<EffectKey, string>> = {
  sent: 'sent',
  deferred: 'deferred',
  suppressed: 'suppressed',
  called: 'called',
  emitted: 'emitted',
  tasks: 'done with tasks',
  assigned: 'assigned',
}

/** Sends, calls and emitted events: each wanted one takes one that is there; an empty list wants none at all. */
export function checkEffects(
  expect: ExpectationSpec,
  { commands, emitted, stopped, happened, world }: TestWindow,
): readonly TestFailure[] {
  const sends = commands.filter(isSend).map(commandEffect)
  const calls = commands.filter((command) => !isSend(command)).map(commandEffect)
  const events = emitted.map(eventEffect)
  const stops = (outcome: StoppedSend['outcome']) =>
    stopped.filter((one) => one.outcome === outcome).map(stopEffect)
  const sent = (list: ExpectationSpec['sent']) => list?.map((wanted) => wanted as JsonObject)
  return [
    ...wantedEffects('sent', sent(expect.sent), sends),
    ...wantedEffects('deferred', sent(expect.deferred), stops('deferred')),
    ...wantedEffects('suppressed', sent(expect.suppressed), stops('suppressed')),
    ...wantedEffects('tasks', expect.tasks?.map(taskPattern), tasksOf(happened, world)),
    ...wantedEffects('assigned', expect.assigned?.map(pickPattern), picksOf(happened)),
    ...wantedEffects('called', expect.called?.map(callPattern), calls),
    ...wantedEffects('emitted', expect.emitted?.map(eventPattern), events),
    ...unwantedEffects('sent', sent(expect.not_sent), sends),
    ...unwantedEffects('deferred', sent(expect.not_deferred), stops('deferred')),
    ...unwantedEffects('suppressed', sent(expect.not_suppressed), stops('suppressed')),
    ...unwantedEffects('called', expect.not_called?.map(callPattern), calls),
    ...unwantedEffects('emitted', expect.not_emitted?.map(eventPattern), events),
  ]
}

function isSend({ input }: Command): boolean {
  return typeof input['channel'] === 'string'
}

function callPattern(wanted: NonNullable<ExpectationSpec['called']>[number]): JsonObject {
  if (typeof wanted === 'string') return { call: wanted }
  const { with: input, ...rest } = wanted
  return { ...rest, ...(input as JsonObject | undefined) } as JsonObject
}

function eventPattern(wanted: NonNullable<ExpectationSpec['emitted']>[number]): JsonObject {
  return typeof wanted === 'string' ? { type: wanted } : (wanted as JsonObject)
}

function eventEffect({ type, subject, data }: NxEvent): ShownEffect {
  const about = `${subject.kind}/${subject.id}`
  return {
    cause: null,
    shown: { type, subject: about, ...data },
    fits: ({ type: wantedType, subject: wantedSubject, data: nested, ...rest }) =>
      wantedType === type &&
      (wantedSubject === undefined || wantedSubject === about || wantedSubject === subject.kind) &&
      fits(isJsonObject(nested) ? { ...rest, ...nested } : rest, data),
  }
}

function wantedEffects(
  key: EffectKey,
  wanted: readonly JsonObject[] | undefined,
  actual: readonly ShownEffect[],
): readonly TestFailure[] {
  if (wanted === undefined) return []
  const all = actual.map(({ shown }) => shown)
  if (wanted.length === 0 && actual.length > 0) {
    const message = `Nothing should have been ${participles[key]}, and ${actual.length} ${actual.length === 1 ? 'was' : 'were'}`
    return [failure([key], message, { expected: [], actual: all }, { cause: actual[0]?.cause ?? null })]
  }
  const free = new Set(actual)
  const missing: Array<{ pattern: JsonObject; index: number }> = []
  for (const [index, pattern] of wanted.entries()) {
    const found = [...free].find((effect) => effect.fits(pattern))
    if (found === undefined) missing.push({ pattern, index })
    else free.delete(found)
  }
  return missing.map(({ pattern, index }) => {
    const near = [...free].find((effect) => effect.fits(identityOf(pattern)))
    if (near !== undefined) free.delete(near)
    return failure(
      [key, index],
      `Nothing like this was ${participles[key]}`,
      { expected: pattern, actual: all },
      {
        cause: near?.cause ?? null,
        updates: near === undefined ? [] : nearUpdates(key, index, pattern, near.shown),
      },
    )
  })
}

/** What makes a pattern be about one effect rather than another; the rest says what that effect is like. */
function identityOf({ call, rule, step, channel, type, subject }: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries({ call, rule, step, channel, type, subject }).filter(([, value]) => value !== undefined),
  )
}

/** The leaves of a pattern that are not as they are in the effect; a matcher is for a person to correct. */
function corrections(
  wanted: JsonValue | undefined,
  actual: JsonValue | undefined,
  path: DocumentPath,
): readonly ExpectationUpdate[] {
  if (wanted === undefined || isMatcher(wanted) || fits(wanted, actual)) return []
  if (!isJsonObject(wanted) || !isJsonObject(actual)) return [{ path, value: actual ?? null }]
  return Object.entries(wanted).flatMap(([name, value]) =>
    corrections(value, Object.hasOwn(actual, name) ? actual[name] : undefined, [...path, name]),
  )
}

function nearUpdates(
  key: EffectKey,
  index: number,
  pattern: JsonObject,
  shown: JsonObject,
): readonly ExpectationUpdate[] {
  const identity = identityOf(pattern)
  // What a call was given stands below a key of its own; the data of an event may.
  const path = key === 'called' ? [key, index, 'with'] : [key, index]
  return Object.entries(pattern).flatMap(([name, value]) => {
    if (Object.hasOwn(identity, name)) return []
    const isData = key === 'emitted' && name === 'data' && isJsonObject(value)
    return corrections(value, isData ? shown : (shown[name] ?? null), [...path, name])
  })
}

function unwantedEffects(
  key: EffectKey,
  unwanted: readonly JsonObject[] | undefined,
  actual: readonly ShownEffect[],
): readonly TestFailure[] {
  return (unwanted ?? []).flatMap((pattern, index) => {
    const found = actual.find((effect) => effect.fits(pattern))
    if (found === undefined) return []
    const path = [`not_${key}`, index]
    const values = { expected: null, actual: found.shown }
    return [failure(path, `This should not have been ${participles[key]}`, values, { cause: found.cause })]
  })
}
