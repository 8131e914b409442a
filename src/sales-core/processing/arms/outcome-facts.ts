import type { EventOutcome } from '../decision-store.ts'
import type { PartFailure } from './served-rollout.ts'

export interface OutcomeFailure extends PartFailure {
  /** The event does not fit its declared type: not a failure of the configuration unless only the candidate finds so. */
  readonly ofData: boolean
}

/** The first part of the configuration that failed on an event; null: none did. */
export function failureOf(outcome: EventOutcome): OutcomeFailure | null {
  if (outcome.state === 'dead') {
    const { code, reason } = outcome.deadLetter
    const ofData = outcome.deadLetter.class === 'invalid'
    return { document: `EventType/${outcome.event.type}`, code, message: reason, ofData }
  }
  for (const entry of outcome.decision.trace.rules)
    if (entry.outcome === 'failed')
      return { document: documentOf(entry.rule), code: entry.code, message: entry.error, ofData: false }
  return null
}

/** `RuleSet/hot#tell` is part of `RuleSet/hot`. */
function documentOf(part: string): string {
  const hash = part.indexOf('#')
  return hash < 0 ? part : part.slice(0, hash)
}

/**
 * Which of the watched signals an event showed, by the names of the backtest's report: `<band>_<kind>_share` and
 * `<model>.<band>_<kind>_share` (the entity is in that band now), `actions_per_unit`, `sends_per_unit`, `sends_per_unit.<channel>`,
 * `emitted_per_unit`, `starts_per_unit` (at least one).
 */
export function signalsShown(outcome: EventOutcome, watched: readonly string[]): readonly string[] {
  if (watched.length === 0 || outcome.state === 'dead') return []
  const { entity, commands, emitted, trace } = outcome.decision
  const shown = new Set<string>()
  for (const [model, { band }] of Object.entries(entity.scores)) {
    if (band === null) continue
    shown.add(`${band}_${entity.ref.kind}_share`)
    shown.add(`${model}.${band}_${entity.ref.kind}_share`)
  }
  if (commands.length > 0) shown.add('actions_per_unit')
  for (const { input } of commands) {
    if (typeof input['channel'] !== 'string') continue
    shown.add('sends_per_unit')
    shown.add(`sends_per_unit.${input['channel']}`)
  }
  if (emitted.length > 0) shown.add('emitted_per_unit')
  if (trace.workflows.some(({ from }) => from === null)) shown.add('starts_per_unit')
  return watched.filter((name) => shown.has(name))
}
