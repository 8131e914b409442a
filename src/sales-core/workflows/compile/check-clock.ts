import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { hasCalendar } from '../../compile/has-calendar.ts'
import type { ProblemLog } from '../../compile/problem-log.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import type { StepSpec } from '../../kinds/workflow/workflow-spec.ts'

/**
 * A wait that needs a default Calendar where there is none fails every instance that comes to it: business hours without a
 * calendar of their own, and a time of day in the tenant's zone. A Calendar that is named is a reference, checked as such.
 */
export function checkClock(
  { clock, calendar, wait }: StepSpec,
  path: DocumentPath,
  { types, log }: { readonly types: TypeCatalog; readonly log: ProblemLog },
): void {
  if (hasCalendar(types.people.calendars, null)) return
  if (clock === 'business' && calendar === undefined)
    log.add({
      code: 'NX-CALENDAR-UNKNOWN',
      message: 'Business hours have no default calendar here',
      fix: 'Add a Calendar named default in this scope or above it, or name one: calendar: office.',
      path: [...path, 'clock'],
    })
  if (typeof wait === 'object' && wait.at !== undefined && wait.tz === 'tenant')
    log.add({
      code: 'NX-CALENDAR-UNKNOWN',
      message: "The tenant's time zone is nowhere declared",
      fix: 'Add a Calendar named default, or name a zone: tz: Europe/Berlin.',
      path: [...path, 'wait', 'tz'],
    })
}
