import { countKey, countWindowMsMax } from '../condition-compiler.ts'
import type { BusinessHours, CountNeed } from '../condition-compiler.ts'
import { formatDuration } from '../../../kernel/duration.ts'
import type { CelNode } from '../syntax/cel-node.ts'
import { Failure, isRecord, Span, Timestamp } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import { subtractTimes } from '../values/time-sums.ts'
import { boolType, durationType, isOpen, nullableIf, numberType, timestampType } from '../cel/cel-type.ts'
import type { Code, Elaborator, Op } from '../cel/code.ts'
import { code } from '../cel/code.ts'
import type { Frame } from '../cel/frame.ts'

/** Functions that need more than their arguments: the history of the entity, the calendars, the time. */
export const contextFunctions: ReadonlySet<string> = new Set(['count', 'business_hours', 'ago'])

/** What conditions need besides variables, found while they are checked. */
export interface ContextNeeds {
  readonly counts: CountNeed[]
  readonly calendars: Array<string | null>
}

type Args = readonly CelNode[]

/** Elaborates a call of one of `contextFunctions`. */
export function contextCall(
  node: CelNode,
  name: string,
  args: Args,
  needs: ContextNeeds,
  into: Elaborator,
): Code {
  if (name === 'count') return countCall(node, args, needs, into)
  return name === 'ago' ? agoCall(node, args, into) : businessHoursCall(node, args, needs, into)
}

const countUsage = 'Write `count("email.opened", days(7)) >= 3`.'

function countCall(node: CelNode, args: Args, needs: ContextNeeds, into: Elaborator): Code {
  const [type, window] = args
  if (type === undefined || window === undefined || args.length !== 2)
    return into.problem(node, 'NX-CONDITION-SYNTAX', 'count() takes an event type and a window', countUsage)
  const windowMs = constantSpanMs(into.elaborate(window))
  if (type.op !== 'value' || typeof type.args !== 'string' || type.args === '')
    return into.problem(
      type,
      'NX-CONDITION-TYPE',
      'The event type of count() is a text written out',
      countUsage,
    )
  if (windowMs === null)
    return into.problem(
      window,
      'NX-CONDITION-TYPE',
      'The window of count() is a duration written out',
      countUsage,
    )
  if (windowMs < 1 || windowMs > countWindowMsMax) {
    const message = `The window of count() is between 1ms and ${formatDuration(countWindowMsMax)}`
    return into.problem(window, 'NX-CONDITION-LIMIT', message, countUsage)
  }
  const need: CountNeed = { eventType: type.args, windowMs }
  if (!needs.counts.some((known) => countKey(known) === countKey(need))) needs.counts.push(need)
  return code(numberType, countOp(countKey(need)))
}

/** The value of `days(7)` and the like: they need no data. */
function constantSpanMs(part: Code): number | null {
  if (part.constant === null || !(part.constant.value instanceof Span)) return null
  return part.constant.value.ms
}

function countOp(key: string): Op {
  return ({ values }): Value => {
    const counts = Object.hasOwn(values, 'counts') ? (values.counts as Value) : null
    if (!isRecord(counts)) return new Failure('count() has no history of events here')
    const count = Object.hasOwn(counts, key) ? counts[key] : 0
    return typeof count === 'number' ? count : new Failure('A count of events should be a number')
  }
}

function agoCall(node: CelNode, args: Args, into: Elaborator): Code {
  const [only] = args
  if (only === undefined || args.length !== 1)
    return into.problem(
      node,
      'NX-CONDITION-SYNTAX',
      'ago() takes a time',
      'Write `ago(lead.seen) > days(3)`.',
    )
  const time = into.elaborate(only)
  const now = into.elaborate({ op: 'id', args: 'now', start: node.start, end: node.start + 3 })
  if (!isOpen(time.type) && time.type.kind !== 'timestamp')
    return into.problem(node, 'NX-CONDITION-TYPE', 'ago() takes a time', 'Write `ago(lead.seen) > days(3)`.')
  return code(nullableIf(durationType, time.type), agoOp(time.run, now.run))
}

function agoOp(time: Op, now: Op): Op {
  return (frame) => {
    const then = time(frame)
    if (then === null || then instanceof Failure) return then
    const at = now(frame)
    return at instanceof Failure ? at : (subtractTimes(at, then) ?? new Failure('Needs a time for ago()'))
  }
}

const hoursUsage = 'Write `business_hours(now)` or `business_hours(now, "dubai-office")`.'

function businessHoursCall(node: CelNode, args: Args, needs: ContextNeeds, into: Elaborator): Code {
  const [first, second] = args
  if (first === undefined || args.length > 2)
    return into.problem(
      node,
      'NX-CONDITION-SYNTAX',
      'business_hours() takes a time and a calendar',
      hoursUsage,
    )
  const time = into.elaborate(first)
  if (!isOpen(time.type) && time.type.kind !== timestampType.kind)
    return into.problem(first, 'NX-CONDITION-TYPE', 'business_hours() takes a time', hoursUsage)
  if (second !== undefined && (second.op !== 'value' || typeof second.args !== 'string'))
    return into.problem(second, 'NX-CONDITION-TYPE', 'The calendar is a name written out', hoursUsage)
  const calendar = second?.op === 'value' ? String(second.args) : null
  if (!needs.calendars.includes(calendar)) needs.calendars.push(calendar)
  return code(boolType, businessHoursOp(time.run, calendar))
}

function businessHoursOp(time: Op, calendar: string | null): Op {
  return (frame): Value => {
    const at = time(frame)
    if (at === null) return false
    if (!(at instanceof Timestamp))
      return at instanceof Failure ? at : new Failure('Needs a time for business_hours()')
    frame.spend(50)
    const isOpenAt = businessHoursOf(frame)?.isOpen(at.ms, calendar)
    if (typeof isOpenAt === 'boolean') return isOpenAt
    return new Failure(
      isOpenAt === undefined
        ? 'business_hours() has no calendars here'
        : `There is no calendar '${calendar ?? ''}' to ask for business hours`,
    )
  }
}

function businessHoursOf({ values }: Frame): BusinessHours | null {
  return Object.hasOwn(values, 'businessHours') ? (values.businessHours as BusinessHours) : null
}
