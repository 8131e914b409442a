import type { Command } from '../../../messaging/commands/command.ts'
import type { EntityRef, LoggedEvent, NxEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import { loopStoppedType } from '../../compile/type-catalog.ts'
import type { Effects } from '../effects.ts'
import type { MarkDraft } from '../marks.ts'
import type { RuleWaitChange } from '../rule-wait.ts'
import { rateCode } from './act.ts'
import type { Chain } from './chain.ts'
import { readEffectRate, writeEffectRate } from './effect-rate.ts'
import type { MarkWrite } from './firing.ts'
import type { RuleStageOutcome } from './settle-rules.ts'
import type { TakenRules } from './take-rules.ts'

export interface Remembered {
  readonly event: LoggedEvent
  readonly config: Pick<SalesConfig, 'mayRecur'>
  readonly marks: MarkDraft
  readonly chain: Chain
  readonly taken: TakenRules
  readonly ruled: RuleStageOutcome
  readonly effects: Effects
  readonly now: Date
  /** Everything that the event led to, workflows included. */
  readonly commands: readonly Command[]
  readonly emitted: readonly NxEvent[]
}

/**
 * What the entity remembers of an event: marks of the rules that fired or were held, its chain, its rate. Returns the event that
 * tells of a chain that was stopped, once for a chain and an entity, and for a cap once in its hour.
 */
export function remember(remembered: Remembered): readonly NxEvent[] {
  const { marks, taken, ruled, chain, event, config, commands, emitted, now } = remembered
  for (const { key, to } of taken.marks) write(marks, key, to)
  for (const firing of ruled.fired) for (const { key, to } of firing.marks) write(marks, key, to)
  const told = toldOfLoop(remembered)
  const fired = ruled.fired.filter(({ rule }) => config.mayRecur(rule.on)).map(({ rule }) => rule.ref)
  const routed = commands.filter(({ routeResult }) => routeResult).map(({ id }) => id)
  const goesOn = emitted.length > 0 || routed.length > 0
  const isStopped = told !== null && told.reason !== 'rate'
  if (isStopped || (goesOn && (fired.length > 0 || chain.isKnown)))
    chain.remember(marks, fired, routed, isStopped, now)
  const count = ruled.acted.commands.length + ruled.acted.emitted.length
  if (count > 0 || told?.reason === 'rate') {
    const rate = readEffectRate(marks, now)
    const isTold = rate.told || told?.reason === 'rate'
    writeEffectRate(marks, { ...rate, count: rate.count + count, told: isTold })
  }
  return told === null ? [] : [loopEvent(remembered, told, event.subject)]
}

/** Nothing fired, nothing came of it and nothing failed, as for most events: there is nothing to remember. */
export function isQuiet(
  taken: TakenRules,
  ruled: RuleStageOutcome,
  commands: readonly Command[],
  emitted: readonly NxEvent[],
): boolean {
  const led = ruled.fired.length + ruled.failed.length + commands.length + emitted.length
  return led === 0 && taken.marks.length === 0 && taken.repeated === null
}

function write(marks: MarkDraft, key: string, to: MarkWrite['to']): void {
  if (to === null) marks.drop(key)
  else marks.set(key, to.value, to.until)
}

interface Loop {
  readonly reason: 'repeated' | 'depth' | 'rate'
  readonly rule: string
}

function toldOfLoop({ event, chain, taken, ruled, marks, now }: Remembered): Loop | null {
  // Whoever listens to it must not set it off again.
  if (event.type === loopStoppedType || event.only !== undefined) return null
  const refused = (code: string): string | null => {
    const entry = ruled.failed.find((failure) => failure.outcome === 'failed' && failure.code === code)
    return entry?.rule ?? null
  }
  const rated = refused(rateCode)
  if (rated !== null) return readEffectRate(marks, now).told ? null : { reason: 'rate', rule: rated }
  if (chain.isStopped) return null
  if (taken.repeated !== null) return { reason: 'repeated', rule: taken.repeated.cause }
  const deep = refused('NX-CHAIN-DEPTH')
  return deep === null ? null : { reason: 'depth', rule: deep }
}

function loopEvent({ event, chain, effects }: Remembered, loop: Loop, subject: EntityRef): NxEvent {
  const path = [...chain.way()]
  return effects.notice(loopStoppedType, subject, { ...loop, path, root: event.rootId }, 'automation')
}

/** Closes the waits of rules that fired, keeps those of rules that failed for a replay. */
export function waitChanges(taken: TakenRules, ruled: RuleStageOutcome): readonly RuleWaitChange[] {
  if (taken.firings.length === 0) return taken.waits
  const done = new Set(ruled.fired.map(({ wait }) => wait?.id))
  const kept = taken.firings.flatMap(({ wait }) =>
    wait === null || done.has(wait.id) ? [] : [{ change: 'open' as const, wait: { ...wait, failed: true } }],
  )
  const keptIds = new Set(kept.map(({ wait }) => wait.id))
  return [...taken.waits.filter((change) => change.change === 'open' || !keptIds.has(change.id)), ...kept]
}

/** Commands without the sends, when a guard blocked them, and what was left out. */
export function withoutSends(
  commands: readonly Command[],
  sends: ReadonlySet<string>,
  sendsBlocked: string | null,
): { readonly commands: readonly Command[]; readonly notes: readonly string[] } {
  if (sendsBlocked === null || commands.length === 0) return { commands, notes: [] }
  const blocked = commands.filter(({ id }) => sends.has(id))
  const notes = blocked.map(({ cause }) => `${cause} did not send: ${sendsBlocked}`)
  return { commands: commands.filter(({ id }) => !sends.has(id)), notes }
}
