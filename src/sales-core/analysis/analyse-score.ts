import type { Problem, TypedDocument } from '../../control-plane/documents/document-kind.ts'
import type { LeadScoreSpec } from '../kinds/lead-score-shape.ts'
import { conditionFacts, isDead } from '../conditions/facts/condition-facts.ts'
import { conditionProblems } from './condition-problems.ts'

type FactorSpec = LeadScoreSpec['factors'][number]

/** The least and the most that something may come to. */
interface Bounds {
  readonly min: number
  readonly max: number
}

/** What can be said of a score without data: conditions that never hold, bands that no sum of factors reaches or that swallow others. */
export function scoreProblems({ spec }: TypedDocument<LeadScoreSpec>): readonly Problem[] {
  return [
    ...spec.factors.flatMap(({ when, value }, index) => {
      const field = when !== undefined ? 'when' : 'value'
      const facts = conditionFacts(when ?? value ?? '')
      const problems = facts === null ? [] : conditionProblems(facts, ['factors', index, field], 'The factor')
      // A value is a number: only its cost says anything.
      return field === 'value' ? problems.filter(({ code }) => code === 'NX-CONFIG-COST') : problems
    }),
    ...bandProblems(spec),
  ]
}

function bandProblems(spec: LeadScoreSpec): readonly Problem[] {
  const [low, high] = spec.range
  const sum = spec.factors.map(factorBounds).reduce((a, b) => ({ min: a.min + b.min, max: a.max + b.max }), {
    min: 0,
    max: 0,
  })
  const reach = { min: clamp(sum.min, low, high), max: clamp(sum.max, low, high) }
  const ascending = [...spec.bands.entries()].sort(([, a], [, b]) => a.from - b.from)
  return ascending.flatMap(([index, band], place) => {
    const next = ascending[place + 1]?.[1]
    const below = ascending[place - 1]?.[1]
    return [
      ...unreachable(band, next?.from ?? null, reach, ['bands', index]),
      ...(below !== undefined && band.leave_below !== undefined && band.leave_below <= below.from
        ? [swallows(band, below, index)]
        : []),
    ]
  })
}

function unreachable(
  band: LeadScoreSpec['bands'][number],
  nextFrom: number | null,
  reach: Bounds,
  path: readonly (string | number)[],
): readonly Problem[] {
  const isAbove = band.from > reach.max
  const isBelow = nextFrom !== null && reach.min >= nextFrom
  if (!isAbove && !isBelow) return []
  const why = isAbove
    ? `the score is ${shown(reach.max)} at most`
    : `the score is ${shown(reach.min)} at least, and the next band begins at ${shown(nextFrom ?? 0)}`
  return [
    {
      code: 'NX-CONFIG-BAND-UNREACHABLE',
      message: `No lead ever enters the band '${band.name}' (from ${shown(band.from)}): ${why}`,
      fix: 'Correct the band, the range or the points of the factors.',
      path: [...path, 'from'],
    },
  ]
}

function swallows(
  band: LeadScoreSpec['bands'][number],
  below: LeadScoreSpec['bands'][number],
  index: number,
): Problem {
  return {
    code: 'NX-CONFIG-BAND-OVERLAP',
    severity: 'warning',
    message: `'${band.name}' is held down to ${shown(band.leave_below ?? 0)}: a falling score passes all of '${below.name}' (from ${shown(below.from)}) by`,
    fix: `Let leave_below be above ${shown(below.from)}.`,
    path: ['bands', index, 'leave_below'],
  }
}

/** What a factor may add. An event factor collects without end in its own direction, unless a cap holds it. */
function factorBounds({ value, when, on, bands, points = 0, cap }: FactorSpec): Bounds {
  if (value !== undefined) {
    const steps = [0, ...Object.values(bands ?? {})]
    return { min: Math.min(...steps), max: Math.max(...steps) }
  }
  const facts = when === undefined ? null : conditionFacts(when)
  if (facts !== null && isDead(facts)) return { min: 0, max: 0 }
  const times = on === undefined ? 1 : Number.POSITIVE_INFINITY
  const held = cap !== undefined && cap.per === undefined ? Math.sign(points) * cap.points : points * times
  const most = points === 0 ? 0 : held
  // A condition that fails on the data counts nothing, so even one that is always true may add nothing.
  return { min: Math.min(0, most), max: Math.max(0, most) }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, Number.isNaN(value) ? low : value))
}

function shown(number: number): string {
  return String(number)
}
