import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { durationMsMax, formatDuration, parseDuration } from '../../../kernel/duration.ts'
import type { LeadScoreSpec } from '../../kinds/lead-score-shape.ts'
import { compileLeadScore } from '../../scoring/compile-lead-score.ts'
import { touchedCondition } from '../coverage/watch-coverage.ts'
import { mutateCondition } from '../../conditions/mutate-condition.ts'
import { mutateNumber } from '../../conditions/mutate-literal.ts'
import type { Mutant } from './mutant.ts'
import { withScore } from './mutant.ts'

type FactorSpec = LeadScoreSpec['factors'][number]

/** The changes of a LeadScore: conditions, points, borders of steps and bands, its range, factors left out. */
export function* mutateScore(
  typed: TypedDocument<LeadScoreSpec>,
  texts: readonly string[],
): Generator<Mutant> {
  const { document, spec } = typed
  const whole = `LeadScore/${spec.name}`
  const mutant = (
    changed: Partial<LeadScoreSpec>,
    path: DocumentPath,
    change: string,
    { touches = whole, offset = null }: { touches?: string; offset?: number | null } = {},
  ): Mutant => ({
    document,
    path,
    offset,
    change,
    cause: whole,
    touches,
    apply: (config) => {
      const { score, problems } = compileLeadScore({ document, spec: { ...spec, ...changed } }, config.types)
      return problems.length > 0 ? null : withScore(config, score)
    },
  })
  for (const [index, factor] of spec.factors.entries()) {
    const cause = `${whole}#${factor.id}`
    const path = ['factors', index]
    const put = (changed: FactorSpec) => ({ factors: spec.factors.with(index, changed) })
    for (const key of ['when', 'value'] as const) {
      const source = factor[key]
      if (source === undefined) continue
      for (const { offset, text, change } of mutateCondition(source, texts))
        yield mutant(put({ ...factor, [key]: text }), [...path, key], change, {
          offset,
          touches: touchedCondition(cause, [key]),
        })
    }
    for (const { changed, at, change } of mutateNumbers(factor))
      yield mutant(put(changed), [...path, ...at], change, { touches: cause })
    if (spec.factors.length > 1)
      yield mutant({ factors: spec.factors.toSpliced(index, 1) }, path, `without ${factor.id}`, {
        touches: cause,
      })
  }
  for (const [index, band] of spec.bands.entries()) {
    for (const key of ['from', 'leave_below'] as const) {
      const value = band[key]
      if (value === undefined) continue
      for (const number of mutateNumber(value)) {
        const bands = spec.bands.with(index, { ...band, [key]: number })
        yield mutant({ bands }, ['bands', index, key], `${value} to ${number}`)
      }
    }
  }
  for (const end of [0, 1] as const) {
    for (const number of mutateNumber(spec.range[end])) {
      const range: [number, number] = end === 0 ? [number, spec.range[1]] : [spec.range[0], number]
      yield mutant({ range }, ['range', end], `${spec.range[end]} to ${number}`)
    }
  }
}

function* mutateNumbers(
  factor: FactorSpec,
): Generator<{ readonly changed: FactorSpec; readonly at: DocumentPath; readonly change: string }> {
  const { points, bands } = factor
  for (const number of points === undefined ? [] : mutateNumber(points))
    yield { changed: { ...factor, points: number }, at: ['points'], change: `${points} to ${number}` }
  yield* mutateMemory(factor)
  for (const [from, value] of Object.entries(bands ?? {})) {
    const at = ['bands', from]
    for (const number of mutateNumber(value))
      yield {
        changed: { ...factor, bands: { ...bands, [from]: number } },
        at,
        change: `${value} to ${number}`,
      }
    for (const number of mutateNumber(Number(from))) {
      const moved = Object.fromEntries(
        Object.entries(bands ?? {}).map(([border, held]) => [
          border === from ? String(number) : border,
          held,
        ]),
      )
      yield { changed: { ...factor, bands: moved }, at, change: `from ${from} to from ${number}` }
    }
  }
}

/** Caps and decay: another limit, another window, another half-life, none at all. */
function* mutateMemory(
  factor: FactorSpec,
): Generator<{ readonly changed: FactorSpec; readonly at: DocumentPath; readonly change: string }> {
  const { cap, decay, ...rest } = factor
  if (cap !== undefined) {
    yield {
      changed: { ...rest, ...(decay === undefined ? {} : { decay }) },
      at: ['cap'],
      change: 'without its cap',
    }
    for (const points of mutateNumber(cap.points))
      if (points > 0)
        yield {
          changed: { ...factor, cap: { ...cap, points } },
          at: ['cap', 'points'],
          change: `${cap.points} to ${points}`,
        }
    if (cap.per !== undefined)
      yield {
        changed: { ...factor, cap: { ...cap, per: twice(cap.per) } },
        at: ['cap', 'per'],
        change: `${cap.per} to ${twice(cap.per)}`,
      }
  }
  if (decay === undefined) return
  const { half_life: halfLife } = decay
  yield {
    changed: { ...rest, ...(cap === undefined ? {} : { cap }) },
    at: ['decay'],
    change: 'without decay',
  }
  yield {
    changed: { ...factor, decay: { half_life: twice(halfLife) } },
    at: ['decay', 'half_life'],
    change: `${halfLife} to ${twice(halfLife)}`,
  }
}

function twice(duration: string): string {
  return formatDuration(Math.min(durationMsMax, parseDuration(duration) * 2))
}
