import type { BusinessClock } from '../time/business-clock.ts'
import type { CompiledMember, CompiledTeam, PickRule } from './compiled-people.ts'
import type { RepState, TeamState } from './team-state.ts'
import { repState } from './team-state.ts'

/** Who was passed over and why: `omar: full (30 of 30)`. */
export interface PassedOver {
  readonly rep: string
  readonly why: string
}

/** Who gets it, and why; `rep: null`: nobody may take it now. */
export interface PickedRep {
  readonly rep: string | null
  /** For a person: `next in turn`, `fewest open (3)`, `nobody of closers may take it: sara is full (30 of 30)`. */
  readonly why: string
  readonly passed: readonly PassedOver[]
}

/** The members whose reasons an explanation spells out. */
const reasonsMax = 10

/**
 * Picks a member of a team. Pure: the same team, state, rule and instant give the same member.
 * Capacity and skills always hold; working hours and signed-off members count only with `onlyAvailable`. Round robin picks whoever
 * waited longest, so that members who can all take it differ by at most one, and one who comes back is not flooded.
 * `except`: somebody who must not get it (again).
 */
export function pickRep(
  team: CompiledTeam,
  state: TeamState,
  rule: PickRule,
  now: Date,
  except: string | null = null,
): PickedRep {
  const passed: PassedOver[] = []
  const isOpen = openAt(now)
  let best: { readonly member: CompiledMember; readonly state: RepState } | null = null
  for (const member of team.members) {
    const own = repState(state, member.rep)
    const why = member.rep === except ? 'has it now' : refusal(member, own, rule, isOpen)
    if (why !== null) passed.push({ rep: member.rep, why })
    // Members come in the order of the document: only a better one replaces.
    else if (best === null || isBetter(own, best.state, rule)) best = { member, state: own }
  }
  if (best === null) return { rep: null, why: nobody(team, passed), passed }
  const why = rule.by === 'least_busy' ? `fewest open (${best.state.open})` : 'next in turn'
  return { rep: best.member.rep, why, passed }
}

function isBetter(one: RepState, other: RepState, { by }: PickRule): boolean {
  if (by === 'least_busy' && one.open !== other.open) return one.open < other.open
  return one.lastTurn < other.lastTurn
}

/** Why the member may not take it; null: may. */
function refusal(
  member: CompiledMember,
  own: RepState,
  rule: PickRule,
  isOpen: (clock: BusinessClock) => boolean,
): string | null {
  if (member.capacity !== null && own.open >= member.capacity)
    return `is full (${own.open} of ${member.capacity})`
  const lacking = rule.skills.filter((skill) => !member.skills.has(skill))
  if (lacking.length > 0) return `lacks ${lacking.join(', ')}`
  if (!rule.onlyAvailable) return null
  if (!own.available) return 'has signed off'
  if (member.hours === null) return null
  const { calendar, clock } = member.hours
  if (clock === null) return `works by the Calendar ${calendar}, which is not there`
  return isOpen(clock) ? null : `is off (${calendar})`
}

/** Many members share a calendar: each is asked once. */
function openAt(now: Date): (clock: BusinessClock) => boolean {
  const known = new Map<BusinessClock, boolean>()
  return (clock) => {
    const open = known.get(clock) ?? clock.isOpen(now.getTime())
    known.set(clock, open)
    return open
  }
}

function nobody(team: CompiledTeam, passed: readonly PassedOver[]): string {
  const reasons = passed.slice(0, reasonsMax).map(({ rep, why }) => `${rep} ${why}`)
  const more = passed.length > reasonsMax ? `, and ${passed.length - reasonsMax} more` : ''
  return `nobody of ${team.name} may take it: ${reasons.join(', ')}${more}`
}
