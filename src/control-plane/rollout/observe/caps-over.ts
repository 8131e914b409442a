import type { CapExceeded } from '../judge/counts.ts'
import type { ResolvedPolicy } from '../policy/resolved-policy.ts'

interface OfArms {
  readonly c: number
  readonly b: number
}

/**
 * The policy's caps that the candidate's traffic went over. `weight`: the candidate's share, 0 to 1: the baseline's actions of an
 * hour are compared as if it had the candidate's share of the traffic.
 */
export function capsOver(
  { caps }: ResolvedPolicy,
  weight: number,
  seen: { readonly perUnit: OfArms | null; readonly perHour: OfArms | null },
): readonly CapExceeded[] {
  const over: CapExceeded[] = []
  const { actionsPerUnit, actionsPerHour } = caps
  if (actionsPerUnit !== null && seen.perUnit !== null && seen.perUnit.c > actionsPerUnit) {
    const baselineToo = seen.perUnit.b > actionsPerUnit
    over.push({ cap: 'actionsPerUnit', limit: actionsPerUnit, observed: seen.perUnit.c, baselineToo })
  }
  if (actionsPerHour !== null && seen.perHour !== null && seen.perHour.c > actionsPerHour) {
    const share = weight < 1 ? weight / (1 - weight) : 0
    const baselineToo = seen.perHour.b * share > actionsPerHour
    over.push({ cap: 'actionsPerHour', limit: actionsPerHour, observed: seen.perHour.c, baselineToo })
  }
  return over
}
