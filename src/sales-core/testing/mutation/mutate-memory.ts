import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { mutateCondition } from '../../conditions/mutate-condition.ts'
import { mutateDuration, mutateNumber } from '../../conditions/mutate-literal.ts'
import type { AbsenceSpec, RuleSpec } from '../../kinds/rule-set-spec.ts'

/** A rule that remembers something else, or nothing. `path` is below the rule. */
export interface RuleChange {
  readonly rule: RuleSpec
  readonly path: DocumentPath
  readonly change: string
  /** Into the condition at `path`; left out: no condition is changed. */
  readonly offset?: number
}

const throttleTimes = ['once_within', 'once_after', 'accumulate_within'] as const

/**
 * The changes of what a rule remembers and waits for: each time half and twice as long, each count by one, the condition of what must
 * not follow, each part left out.
 */
export function* mutateMemory(rule: RuleSpec, texts: readonly string[]): Generator<RuleChange> {
  const { once, throttle, unless_followed_by: absence, final, ...rest } = rule
  if (once !== undefined) {
    yield { rule: { ...rule, once: undefined }, path: ['once'], change: 'without once' }
    for (const { text, change } of times(once.within))
      yield { rule: { ...rule, once: { ...once, within: text } }, path: ['once', 'within'], change }
  }
  if (throttle !== undefined) {
    yield { rule: { ...rule, throttle: undefined }, path: ['throttle'], change: 'without throttle' }
    for (const key of throttleTimes)
      for (const { text, change } of times(throttle[key]))
        yield { rule: { ...rule, throttle: { ...throttle, [key]: text } }, path: ['throttle', key], change }
    const { count } = throttle
    for (const other of count === undefined ? [] : mutateNumber(count).filter((number) => number >= 1))
      yield {
        rule: { ...rule, throttle: { ...throttle, count: other } },
        path: ['throttle', 'count'],
        change: `${count} to ${other}`,
      }
  }
  if (absence !== undefined) yield* mutateAbsence(rule, absence, texts)
  if (final === true)
    yield {
      rule: { ...rest, once, throttle, unless_followed_by: absence },
      path: ['final'],
      change: 'without final',
    }
}

function* mutateAbsence(
  rule: RuleSpec,
  absence: AbsenceSpec,
  texts: readonly string[],
): Generator<RuleChange> {
  const path = ['unless_followed_by']
  yield { rule: { ...rule, unless_followed_by: undefined }, path, change: 'without unless_followed_by' }
  const put = (changed: Partial<AbsenceSpec>): RuleSpec => ({
    ...rule,
    unless_followed_by: { ...absence, ...changed },
  })
  for (const { text, change } of times(absence.within))
    yield { rule: put({ within: text }), path: [...path, 'within'], change }
  const { where } = absence
  if (where === undefined) return
  const at = [...path, 'where']
  yield { rule: put({ where: undefined }), path: at, change: 'without where' }
  for (const { offset, text, change } of mutateCondition(where, texts))
    yield { rule: put({ where: text }), path: at, change, offset }
}

/** Other lengths of a time that is there. */
export function times(
  text: string | undefined,
): ReadonlyArray<{ readonly text: string; readonly change: string }> {
  return text === undefined
    ? []
    : mutateDuration(text).map((other) => ({ text: other, change: `${text} to ${other}` }))
}
