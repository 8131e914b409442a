import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { Readings } from '../../conditions/readings.ts'
import { uncertain } from '../../rules/index/candidates.ts'
import type { RuleTrace } from '../decision.ts'
import { firedTrace } from './act.ts'
import { judge } from './judge-rules.ts'

/** What the guards say of an event. */
export interface GuardOutcome {
  /** Why nothing follows from it; null: it goes on. */
  readonly dropped: string | null
  /** Why no send follows from it; null: they may. */
  readonly sendsBlocked: string | null
  readonly traces: readonly RuleTrace[]
}

const open: GuardOutcome = { dropped: null, sendsBlocked: null, traces: [] }

/**
 * The guard phase, on the entity with the event folded in, before anything is scored. A guard that fails cannot say that a send is
 * right: none follows from the event, and everything else does.
 */
export function runGuards(
  event: LoggedEvent,
  config: Pick<SalesConfig, 'guardsFor'>,
  readings: () => Readings,
): GuardOutcome {
  const guards = config.guardsFor(event.type)
  if (guards.length === 0) return open
  const { matched, failed } = judge(uncertain(guards), event, readings())
  let dropped: string | null = null
  let blocked: string | null = null
  for (const { cause, actions } of matched) {
    for (const { verb, ...action } of actions) {
      const reason = 'reason' in action ? `${cause}: ${action.reason}` : cause
      if (verb === 'drop') dropped ??= reason
      else if (verb === 'block_sends') blocked ??= reason
    }
  }
  const [failure] = failed
  if (failure !== undefined) blocked ??= `${failure.rule} failed, and without its word nothing is sent`
  return { dropped, sendsBlocked: blocked, traces: [...matched.map(firedTrace), ...failed] }
}
