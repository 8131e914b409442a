import type { JsonObject } from '../../kernel/json.ts'
import type { DaySpan } from '../kinds/people/week-hours.ts'
import { contactZone } from '../time/contact-zone.ts'
import { openSpans } from '../time/open-spans.ts'
import type { WorkingHours } from '../time/open-spans.ts'
import type { QuietHours } from './compiled-policy.ts'
import { usPlace } from './places/contact-place.ts'
import { usFederal, usNarrower, usPackVersion } from './places/us-pack.ts'
import { usStates, usZones } from './places/us-states.ts'

/** Hours that somebody may be written to in, and who says so. */
export interface AllowedHours {
  readonly hours: WorkingHours
  /** For a person: `America/New_York, FL (Fla. Stat. …)`. */
  readonly why: string
}

/** How far ahead a time is looked for: beyond a week hours repeat. */
const lookAheadMs = 15 * 86_400_000
const noHolidays: WorkingHours['holidays'] = new Map()

/** The hours of a policy for this contact; a word (`defer`, `skip`, `block`): its zone is unknown, and that is what is to be done. */
export function quietHoursOf(
  quiet: QuietHours,
  fields: JsonObject,
  homeZone: string | null,
): readonly AllowedHours[] | 'defer' | 'skip' | 'block' {
  if (quiet.tz === 'tenant')
    return homeZone === null ? 'block' : inZones([homeZone], quiet.open, "the tenant's")
  if (quiet.tz !== 'contact') return inZones([quiet.tz], quiet.open, 'the policy’s')
  const zones = zonesOfContact(fields)
  if (zones.length > 0) return inZones(zones, quiet.open, "the contact's")
  const { unknownTz } = quiet
  if (unknownTz === 'defer' || unknownTz === 'skip' || unknownTz === 'block') return unknownTz
  if (unknownTz !== 'tenant') return inZones([unknownTz], quiet.open, 'the one for unknown zones')
  return homeZone === null ? 'block' : inZones([homeZone], quiet.open, "the tenant's")
}

/** The hours that the law of the United States allows for this contact; none: it is elsewhere. */
export function usHoursOf(fields: JsonObject): readonly AllowedHours[] {
  const place = usPlace(fields)
  if (place === null) return []
  const zones = ownZone(fields) ?? zonesOfStates(place.states)
  const rules = [
    { name: 'US', ...usFederal },
    ...place.states.flatMap((state) => {
      const narrower = usNarrower[state]
      return narrower === undefined ? [] : [{ name: state, ...narrower }]
    }),
  ]
  return rules.flatMap(({ name, week, source }) =>
    zones.map((zone) => ({
      hours: { zone, week, holidays: noHolidays },
      why: `${zone}, ${name} (pack us ${usPackVersion}: ${source})`,
    })),
  )
}

/** The first instant from `fromMs` on that all of them allow; null: there is none within two weeks. */
export function nextAllowedMs(all: readonly AllowedHours[], fromMs: number): number | null {
  const limitMs = fromMs + lookAheadMs
  let at = fromMs
  for (;;) {
    const before = at
    for (const { hours } of all) {
      const next = openSpans(hours, at, limitMs).next()
      if (next.done === true) return null
      at = next.value.from
    }
    if (at === before) return at
  }
}

function inZones(
  zones: readonly string[],
  week: ReadonlyArray<readonly DaySpan[]>,
  whose: string,
): readonly AllowedHours[] {
  return zones.map((zone) => ({ hours: { zone, week, holidays: noHolidays }, why: `${zone}, ${whose} zone` }))
}

/** One zone when it is known; all that the contact may be in when only its state is; none when nothing is. */
function zonesOfContact(fields: JsonObject): readonly string[] {
  const known = contactZone(fields)
  if (known !== null) return [known.zone]
  const states = usPlace(fields)?.states ?? []
  return states.length === 0 ? [] : zonesOfStates(states)
}

function ownZone(fields: JsonObject): readonly string[] | null {
  const found = contactZone(fields)
  return found?.source === 'tz' ? [found.zone] : null
}

function zonesOfStates(states: readonly string[]): readonly string[] {
  const zones = new Set(states.flatMap((state) => usStates[state]?.slice(1) ?? []))
  return zones.size === 0 ? usZones : [...zones]
}
