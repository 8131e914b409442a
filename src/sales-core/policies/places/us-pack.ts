import type { DaySpan } from '../../kinds/people/week-hours.ts'

/** When a contact may be written to or called, and where that is said. Hours are the contact's; Monday first. */
export interface JurisdictionHours {
  readonly week: ReadonlyArray<readonly DaySpan[]>
  readonly source: string
}

const hour = 60
const span = (from: number, to: number): readonly DaySpan[] => [{ from: from * hour, to: to * hour }]
const days = (weekdays: readonly DaySpan[], saturday = weekdays, sunday = weekdays) => [
  weekdays,
  weekdays,
  weekdays,
  weekdays,
  weekdays,
  saturday,
  sunday,
]

/** Bumped when an entry changes; shown with the reasons. */
export const usPackVersion = '2025-1'

/** 47 CFR 64.1200(c)(1): no solicitation before 8 or after 21, local time of the called party. */
export const usFederal: JurisdictionHours = { week: days(span(8, 21)), source: '47 CFR 64.1200(c)(1)' }

/**
 * States that are known to have narrower hours; others may have them as well. A safeguard, not advice: laws change and have
 * exceptions; verify with counsel before relying on it. Public holidays, which some of them except, are not in it. What is missing
 * is added by a Policy of one's own with `quiet_hours`.
 */
export const usNarrower: Readonly<Record<string, JurisdictionHours>> = {
  CT: { week: days(span(9, 20)), source: 'Conn. Gen. Stat. 42-288a; verify with counsel' },
  FL: { week: days(span(8, 20)), source: 'Fla. Stat. 501.059, 501.616; verify with counsel' },
  MD: { week: days(span(8, 20)), source: 'Md. Code Com. Law 14-4502; verify with counsel' },
  MS: { week: days(span(8, 20)), source: 'Miss. Code 77-3-723; verify with counsel' },
  NJ: { week: days(span(8, 20)), source: 'N.J. Stat. 56:8-130; verify with counsel' },
  OK: { week: days(span(8, 20)), source: 'Okla. Stat. 15 775C.3; verify with counsel' },
  RI: {
    week: days(span(9, 18), span(10, 17), []),
    source: 'R.I. Gen. Laws 5-61-3.6; verify with counsel',
  },
  TX: {
    week: days(span(9, 21), span(9, 21), span(12, 21)),
    source: 'Tex. Bus. & Com. Code 301.051; verify with counsel',
  },
}
