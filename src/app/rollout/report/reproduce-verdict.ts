import { judge } from '../../../control-plane/rollout/judge/judge.ts'
import type { Verdict } from '../../../control-plane/rollout/judge/verdict.ts'
import type { ResolvedPolicy } from '../../../control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutRecord } from '../../../control-plane/rollout/rollout.ts'

/** A place where the verdict made again is not the stored one. */
export interface VerdictDifference {
  /** `evidence.tests[0].e`. */
  readonly path: string
  readonly stored: unknown
  readonly again: unknown
}

export interface Reproduction {
  readonly verdict: Verdict
  readonly agrees: boolean
  /** At most 20. */
  readonly differences: readonly VerdictDifference[]
}

/** Runs the judge again over the counts of a record. Null: a person or the system acted, there was no verdict. */
export function reproduceVerdict(
  { judged, atMs }: Pick<RolloutRecord, 'judged' | 'atMs'>,
  policy: ResolvedPolicy,
): Reproduction | null {
  if (judged === null) return null
  const verdict = judge(judged.counts, policy, atMs, judged.facts)
  const differences: VerdictDifference[] = []
  compare(judged.verdict, verdict, '', differences)
  return { verdict, agrees: differences.length === 0, differences: differences.slice(0, differencesMax) }
}

const differencesMax = 20
/** Another machine may round a logarithm's last digit otherwise. */
const tolerance = 1e-9

function compare(stored: unknown, again: unknown, path: string, found: VerdictDifference[]): void {
  if (typeof stored === 'number' && typeof again === 'number') {
    if (!near(stored, again)) found.push({ path, stored, again })
    return
  }
  if (isRecord(stored) && isRecord(again)) {
    for (const key of new Set([...Object.keys(stored), ...Object.keys(again)])) {
      const place = Array.isArray(again) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
      compare(stored[key], again[key], place, found)
    }
    return
  }
  // JSON has no infinity.
  if (stored === null && typeof again === 'number' && !Number.isFinite(again)) return
  if (stored !== again) found.push({ path, stored: stored ?? null, again: again ?? null })
}

function near(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) <= tolerance * Math.max(Math.abs(one), Math.abs(other))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
