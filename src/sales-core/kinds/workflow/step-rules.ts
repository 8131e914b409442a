import { parseDuration } from '../../../kernel/duration.ts'
import type { StepSpec } from './workflow-spec.ts'

/** Which fields of a step may not stand without, or beside, which others: the field and what is wrong with it. */
export function* stepRules(step: StepSpec): Generator<readonly [string, string]> {
  yield* commandRules(step)
  yield* waitRules(step)
  yield* blockRules(step)
  yield* targetRules(step)
}

function* commandRules(step: StepSpec): Generator<readonly [string, string]> {
  const isCommand = step.call !== undefined || step.send !== undefined
  if (step.with !== undefined && step.call === undefined) yield ['with', 'belongs to call']
  if (step.priority !== undefined && !isCommand) yield ['priority', 'belongs to call and send']
  if (step.fallback !== undefined && step.send === undefined) yield ['fallback', 'belongs to send']
  if (step.fallback !== undefined && step.wait === 'result')
    yield ['fallback', 'is sent without waiting: leave out wait: result']
  if (step.retry !== undefined && step.call === undefined) yield ['retry', 'belongs to call']
  if (step.undo !== undefined && step.call === undefined) yield ['undo', 'belongs to a call of a saga']
  const { backoff } = step.retry ?? {}
  const [min, max] = (backoff ?? '').split('..')
  if (min !== undefined && max !== undefined && msOf(min) > msOf(max))
    yield ['retry', `must have a backoff from the shorter to the longer: ${max}..${min}`]
}

function* waitRules(step: StepSpec): Generator<readonly [string, string]> {
  const isCommand = step.call !== undefined || step.send !== undefined
  if (step.wait === 'result' && !isCommand)
    yield ['wait', 'result belongs to call and send; write a duration such as 2d']
  if (step.wait === 'done' && step.task === undefined && step.start === undefined)
    yield ['wait', 'done belongs to task and start; write a duration such as 2d']
  const length = typeof step.wait === 'object' ? step.wait : undefined
  const waits = step.wait_for !== undefined || awaits(step) || step.call !== undefined
  if (step.up_to !== undefined && !waits)
    yield ['up_to', 'belongs to wait_for, and to steps with wait: result or done']
  const timed = length !== undefined || step.up_to !== undefined
  if (step.clock !== undefined && !timed) yield ['clock', 'belongs to wait and up_to']
  if (step.calendar !== undefined && step.clock !== 'business')
    yield ['calendar', 'belongs to clock: business']
  if (length === undefined) return
  if (
    length.duration !== undefined &&
    [length.days, length.hours, length.minutes, length.seconds].some((part) => part !== undefined)
  )
    yield ['wait', 'has a duration and parts of one: write one of them']
  if (
    length.at !== undefined &&
    (length.duration ?? length.hours ?? length.minutes ?? length.seconds) !== undefined
  )
    yield ['wait', 'with at counts whole days: write days']
  if (length.at !== undefined && !Number.isInteger(length.days ?? 0))
    yield ['wait', 'with at counts whole days']
  if (length.tz !== undefined && length.at === undefined && step.clock !== 'contact')
    yield ['wait', 'has a tz, which belongs to at and to clock: contact']
}

function* blockRules(step: StepSpec): Generator<readonly [string, string]> {
  if (step.join !== undefined && step.parallel === undefined) yield ['join', 'belongs to parallel']
  if (step.on_failure !== undefined && step.saga === undefined) yield ['on_failure', 'belongs to saga']
  if (step.on_failure !== undefined && step.on_failure.task === undefined && step.on_failure.go === undefined)
    yield ['on_failure', 'needs a task, or go: step']
  if (step.split !== undefined && Object.values(step.split).every((weight) => weight === 0))
    yield ['split', 'must have a weight above 0']
}

function* targetRules(step: StepSpec): Generator<readonly [string, string]> {
  if (step.else !== undefined && !mayGoElse(step)) yield ['else', elseText(step)]
  if (step.then !== undefined && step.go !== undefined)
    yield ['go', 'means the same as then: write one of them']
  const wrong = step.then === undefined ? 'go' : 'then'
  if (step.choose !== undefined && (step.then ?? step.go) !== undefined)
    yield [wrong, 'choose goes where its branches say']
}

function mayGoElse(step: StepSpec): boolean {
  if (step.wait_for !== undefined) return step.up_to !== undefined
  return step.assign !== undefined || awaits(step) || step.call !== undefined
}

function elseText(step: StepSpec): string {
  return step.wait_for === undefined
    ? 'belongs to wait_for, to assign, and to steps with wait: result or done'
    : 'is where a wait_for goes when up_to is over: it needs up_to'
}

/** Does the step wait for what comes of what it does? */
export function awaits(step: StepSpec): boolean {
  return step.wait === 'result' || step.wait === 'done' || step.retry !== undefined
}

function msOf(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    // Said by the shape.
    return 0
  }
}
