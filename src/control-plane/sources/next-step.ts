import type { DriftPolicy, SourceMemory, SourceState } from './source.ts'
import type { SourceHead } from './source-reader.ts'

/** Why what a source wants in a scope may not be applied, or null. */
export interface DifferingScope {
  readonly scope: string
  readonly wanted: string
  /** Null: nothing is active there. */
  readonly active: string | null
  /** Who made it active, in a sentence's words. */
  readonly by: string
  /** The wanted content was quarantined or rolled back: in a sentence's words. */
  readonly barred: string | null
}

/** What is known when a look has to be acted on. */
export interface LookFacts {
  readonly memory: SourceMemory
  readonly head: Pick<SourceHead, 'version' | 'name'>
  /** Scopes of `memory.wanted` in which something else is active. */
  readonly differing: readonly DifferingScope[]
  /** Rollouts of `memory.rollouts` that are under way, and those that are not any more. */
  readonly rolling: readonly string[]
  readonly ended: readonly string[]
  /** The plan that waits can be carried out, or cannot wait any longer. */
  readonly planReady: boolean
  readonly onDrift: DriftPolicy
  readonly forced: boolean
  readonly nowMs: number
}

export type NextStep =
  /** Plan the version and carry it out. `restore`: it was applied before, and is put back. */
  | { readonly step: 'take'; readonly restore: readonly DifferingScope[] }
  | { readonly step: 'keep' }
  | { readonly step: 'report'; readonly state: SourceState; readonly message: string }

/** What a look leads to. Pure. */
export function nextStep(facts: LookFacts): NextStep {
  const { memory, head, differing, rolling } = facts
  if (memory.wanted?.version !== head.version) return unplanned(facts)
  if (differing.length === 0) return { step: 'report', state: 'in_sync', message: `${head.name} is active` }
  if (rolling.length > 0)
    return { step: 'report', state: 'rolling', message: rollingText(head.name, rolling) }
  const barred = differing.find((one) => one.barred !== null)
  if (barred !== undefined)
    return { step: 'report', state: 'quarantined', message: barredText(head.name, barred) }
  if (memory.planId !== null)
    return facts.planReady || facts.forced ? { step: 'take', restore: [] } : { step: 'keep' }
  if (memory.applied?.version !== head.version) return { step: 'take', restore: [] }
  if (facts.ended.length > 0)
    return { step: 'report', state: 'drifted', message: endedText(head.name, facts.ended) }
  const again = differing.find(({ scope, active }) => memory.restored[scope] === (active ?? 'nothing'))
  if (facts.onDrift === 'restore' && again === undefined) return { step: 'take', restore: differing }
  return { step: 'report', state: 'drifted', message: driftText(differing, again !== undefined) }
}

/** A version that could not be planned is tried again after a while: a tenant may have been created since. */
function unplanned({ memory, head, forced, nowMs }: LookFacts): NextStep {
  const failedBefore = memory.seen === head.version && memory.retryAt !== null
  if (!failedBefore || forced || nowMs >= Date.parse(memory.retryAt)) return { step: 'take', restore: [] }
  return { step: 'keep' }
}

export function rollingText(name: string, rollouts: readonly string[]): string {
  return `${name} is being rolled out (${rollouts.join(', ')})`
}

function endedText(name: string, rollouts: readonly string[]): string {
  return `the rollout of ${name} ended and it is not active (${rollouts.join(', ')}); a newer commit is taken`
}

export function barredText(
  name: string,
  { scope, barred }: Pick<DifferingScope, 'scope' | 'barred'>,
): string {
  return `${name} is not applied: ${scope} ${barred ?? ''}; a commit that changes ${scope} will be`
}

function driftText(differing: readonly DifferingScope[], again: boolean): string {
  const [first] = differing
  const more = differing.length > 1 ? `, and ${differing.length - 1} scopes more` : ''
  const what = `${first?.scope ?? ''} has ${first?.active?.slice(0, 12) ?? 'nothing'} ${first?.by ?? ''}${more}`
  return again ? `${what}; it was put back once already and is left alone now` : what
}
