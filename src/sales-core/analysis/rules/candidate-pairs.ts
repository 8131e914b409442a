import type { ConstantValue } from '../../conditions/facts/value-set.ts'
import { listed } from '../../conditions/facts/value-set.ts'
import type { RuleFacts } from './rule-facts.ts'

/** Groups up to this size are compared each with each. */
const smallGroupMax = 48

/** More pairs than this of one group are not compared. */
export const pairsMax = 100_000

/**
 * The pairs of a group of rules that may hold together, each once, earlier member first. In a large group rules are first told apart
 * by the term that most of them compare with constants (`event.channel == "sms"`): those with different constants never meet, so that a
 * set of thousands of such rules is not compared each with each.
 */
export function* candidatePairs<T>(
  group: readonly T[],
  factsOf: (member: T) => RuleFacts,
): Generator<readonly [T, T]> {
  if (group.length <= smallGroupMax) {
    yield* allPairs(group)
    return
  }
  const pinned = group.map((member) => pinsOf(factsOf(member)))
  const term = mostPinned(pinned)
  const buckets = new Map<ConstantValue, number[]>()
  const loose: number[] = []
  for (const [index, pins] of pinned.entries()) {
    const constants = term === null ? undefined : pins.get(term)
    if (constants === undefined) loose.push(index)
    else for (const constant of constants) bucketOf(buckets, constant).push(index)
  }
  const looseSet = new Set(loose)
  const seen = new Set<number>()
  for (const bucket of buckets.values()) {
    for (const [left, right] of allPairs(bucket)) {
      const key = left * group.length + right
      if (seen.has(key)) continue
      seen.add(key)
      yield [group[left] as T, group[right] as T]
    }
  }
  for (const one of loose) {
    for (const [other, member] of group.entries()) {
      if (other === one || (looseSet.has(other) && other < one)) continue
      yield one < other ? [group[one] as T, member] : [member, group[one] as T]
    }
  }
}

function* allPairs<T>(group: readonly T[]): Generator<readonly [T, T]> {
  for (let left = 0; left < group.length; left += 1)
    for (let right = left + 1; right < group.length; right += 1) yield [group[left] as T, group[right] as T]
}

/** By term, the constants that it must have for the rule to hold; only terms that every one of its situations pins. */
function pinsOf({ when }: RuleFacts): ReadonlyMap<string, ReadonlySet<ConstantValue>> {
  const pins = new Map<string, ReadonlySet<ConstantValue>>()
  if (when === null || when === 'unknown') return pins
  const [first, ...others] = when.whenTrue
  for (const [term, { set }] of first ?? []) {
    const sets = [set, ...others.flatMap((situation) => situation.get(term)?.set ?? [])].map(listed)
    if (sets.length === others.length + 1 && sets.every((values) => values !== null))
      pins.set(term, new Set(sets.flat()))
  }
  return pins
}

function mostPinned(pinned: readonly ReadonlyMap<string, unknown>[]): string | null {
  const counts = new Map<string, number>()
  for (const pins of pinned) for (const term of pins.keys()) counts.set(term, (counts.get(term) ?? 0) + 1)
  return [...counts].toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))[0]?.[0] ?? null
}

function bucketOf(buckets: Map<ConstantValue, number[]>, constant: ConstantValue): number[] {
  const bucket = buckets.get(constant) ?? []
  buckets.set(constant, bucket)
  return bucket
}
