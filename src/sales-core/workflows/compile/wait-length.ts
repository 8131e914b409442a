import { parseDuration } from '../../../kernel/duration.ts'
import type { StepSpec, WaitLengthSpec } from '../../kinds/workflow/workflow-spec.ts'
import type { WaitSpec } from '../../time/wait-spec.ts'
import { parseWaitLength } from '../../time/wait-spec.ts'

const dayMs = 86_400_000

/** The wait of a step, on the step's clock. */
export function waitOf(wait: WaitLengthSpec, step: StepSpec): WaitSpec {
  const base = {
    ...clockOf(step),
    zone: wait.tz ?? 'contact',
    unknownZone: wait.unknown_tz ?? 'tenant',
    spreadMs: wait.spread === undefined ? 0 : parseDuration(wait.spread),
  }
  const { days = 0, hours = 0, minutes = 0, seconds = 0 } = wait
  if (wait.at !== undefined) {
    const [hour = 0, minute = 0] = wait.at.split(':').map(Number)
    return { ...base, kind: 'at', days, minute: hour * 60 + minute }
  }
  if (wait.duration !== undefined) return { ...base, kind: 'for', ...parseWaitLength(wait.duration) }
  const whole = Math.floor(days)
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + (days - whole) * dayMs
  return { ...base, kind: 'for', days: whole, ms: Math.round(ms) }
}

/** `up_to` of a step, on the step's clock; null: it waits without end. */
export function upToOf(step: StepSpec): WaitSpec | null {
  if (step.up_to === undefined) return null
  return {
    kind: 'for',
    ...clockOf(step),
    ...parseWaitLength(step.up_to),
    zone: 'contact',
    unknownZone: 'tenant',
    spreadMs: 0,
  }
}

function clockOf({ clock = 'wall', calendar }: StepSpec): Pick<WaitSpec, 'clock' | 'calendar'> {
  return { clock, calendar: calendar ?? null }
}
