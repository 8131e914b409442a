import { digestOfParts } from '../../../kernel/digest.ts'
import { derivedId } from '../../../kernel/ids.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { isJsonObject, readPath } from '../../../kernel/json.ts'
import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { CompiledRule, CompiledThrottle, RuleMemory, ValuePath } from '../../rules/compiled-rule.ts'
import type { MarkDraft } from '../marks.ts'
import type { RuleWait } from '../rule-wait.ts'
import type { MarkWrite } from './firing.ts'
import { waitEventOf } from './firing.ts'

/** What a rule whose condition holds does now, by what its entity remembers. */
export type RuleVerdict =
  | { readonly state: 'fires'; readonly marks: readonly MarkWrite[] }
  /** It fires later, if nothing comes between. */
  | { readonly state: 'waits'; readonly wait: RuleWait; readonly marks: readonly MarkWrite[] }
  | { readonly state: 'held'; readonly marks: readonly MarkWrite[]; readonly why: string }

export interface VerdictContext {
  readonly event: LoggedEvent
  readonly marks: Pick<MarkDraft, 'read'>
  /** Of the entity. */
  readonly waits: readonly RuleWait[]
  readonly values: VariableValues
  readonly now: Date
  readonly sendsBlocked: string | null
}

const fires: RuleVerdict = { state: 'fires', marks: [] }

/**
 * `once` first, then `throttle`, then what the rule waits for. A rule that waits is remembered as having fired when it does. Pure;
 * the same event decided again on the same memory gives the same verdict.
 */
export function verdictOf(rule: CompiledRule, context: VerdictContext): RuleVerdict {
  const { memory } = rule
  if (memory === null) return fires
  const once = onceVerdict(rule, memory, context)
  if (once.state === 'held') return once
  const throttled = memory.throttle === null ? fires : throttleVerdict(rule, memory.throttle, context)
  if (throttled.state !== 'fires') return throttled
  if (memory.absence === null) return { state: 'fires', marks: [...once.marks, ...throttled.marks] }
  // From when it was accepted: what comes late from the queue waits no longer for it.
  const dueMs = Date.parse(context.event.acceptedAt) + memory.absence.withinMs
  return { state: 'waits', wait: waitOf(rule, 'absence', '', dueMs, context), marks: throttled.marks }
}

/** A rule whose wait is over: `once` is asked again, for it may have fired meanwhile. */
export function dueVerdict(rule: CompiledRule, context: VerdictContext): RuleVerdict {
  return rule.memory === null ? fires : onceVerdict(rule, rule.memory, context)
}

function onceVerdict(rule: CompiledRule, { once }: RuleMemory, context: VerdictContext): RuleVerdict {
  if (once === null) return fires
  const key = markKey('once', rule, once.per, context.values)
  if (context.marks.read(key) !== undefined)
    return { state: 'held', marks: [], why: 'it fired before, and fires once' }
  const until = once.withinMs === null ? null : after(context.now, once.withinMs)
  return { state: 'fires', marks: [{ key, to: { value: true, until } }] }
}

function throttleVerdict(
  rule: CompiledRule,
  throttle: CompiledThrottle,
  context: VerdictContext,
): RuleVerdict {
  const { now, marks, values } = context
  const key = markKey('throttle', rule, throttle.per, values)
  const until = after(now, throttle.windowMs)
  switch (throttle.way) {
    case 'once_within':
      if (marks.read(key) !== undefined)
        return { state: 'held', marks: [], why: 'it fired a short while ago' }
      return { state: 'fires', marks: [{ key, to: { value: true, until } }] }
    case 'accumulate_within': {
      const times = [...timesSince(marks.read(key), now.getTime() - throttle.windowMs), now.getTime()]
      if (times.length >= throttle.count) return { state: 'fires', marks: [{ key, to: null }] }
      const why = `it has held ${times.length} of ${throttle.count} times`
      return { state: 'held', marks: [{ key, to: { value: times, until } }], why }
    }
    case 'once_after': {
      const open = context.waits.find(
        (wait) => wait.kind === 'burst' && !wait.failed && wait.ref === rule.ref && wait.key === key,
      )
      const wait = waitOf(rule, 'burst', key, now.getTime() + throttle.windowMs, context)
      return {
        state: 'waits',
        wait:
          open === undefined
            ? wait
            : { ...wait, id: open.id, dueAt: open.dueAt, correlationId: open.correlationId },
        marks: [],
      }
    }
  }
}

function timesSince(value: JsonValue | undefined, sinceMs: number): readonly number[] {
  if (!Array.isArray(value)) return []
  return (value as readonly JsonValue[]).filter((at): at is number => typeof at === 'number' && at > sinceMs)
}

function waitOf(
  { ref }: CompiledRule,
  kind: RuleWait['kind'],
  key: string,
  dueMs: number,
  { event, sendsBlocked }: VerdictContext,
): RuleWait {
  return {
    id: derivedId('rule-wait', event.tenantId, event.id, ref, key),
    ref,
    key,
    kind,
    dueAt: new Date(dueMs).toISOString(),
    event: waitEventOf(event),
    correlationId: event.correlationId,
    sendsBlocked,
    failed: false,
  }
}

function after(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString()
}

/** `once:<rule>`, or with a digest of the values that are counted apart: they may be long, or personal. */
function markKey(
  name: 'once' | 'throttle',
  { ref }: CompiledRule,
  per: readonly ValuePath[],
  values: VariableValues,
): string {
  if (per.length === 0) return `${name}:${ref}`
  const parts = per.map(({ root, path }) => JSON.stringify(valueAt(values, root, path)))
  return `${name}:${ref}:${digestOfParts(parts).slice(0, 16)}`
}

/** What is absent and null are one value. */
function valueAt(values: VariableValues, root: string, path: string): JsonValue {
  const from = Object.hasOwn(values, root) ? values[root] : undefined
  return isJsonObject(from) ? (readPath(from, path) ?? null) : null
}
