import type { LoggedEvent } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { Readings } from '../conditions/readings.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { Candidates } from '../rules/index/candidates.ts'
import { uncertain } from '../rules/index/candidates.ts'
import type { Judged } from './rules/judge-rules.ts'
import { judge } from './rules/judge-rules.ts'

/** Which rules hold, all of them judged on one snapshot. Order: rank, then id. `takes`: see `judge`. */
export function matchRules(
  event: LoggedEvent,
  config: SalesConfig,
  readings: Readings,
  takes: (rule: CompiledRule) => boolean = () => true,
): Judged {
  return judge(candidates(event, config, readings), event, readings, takes)
}

function candidates(event: LoggedEvent, config: SalesConfig, { values }: Readings): Candidates {
  if (event.only === undefined) return config.candidatesFor(event.type, values)
  const rule = config.rule(event.only)
  return uncertain(rule !== null && rule.on === event.type && rule.phase !== 'guard' ? [rule] : [])
}
