import { z } from 'zod'
import { nearestName } from '../../kernel/nearest-name.ts'

const known = new Map<string, boolean>()

/** Is it the name of a time zone (IANA), such as Asia/Dubai, or UTC? Offsets such as +04:00 are not: they know no summer time. */
export function isTimeZone(name: string): boolean {
  const earlier = known.get(name)
  if (earlier !== undefined) return earlier
  const is = /^[A-Za-z][\w+/-]{1,63}$/.test(name) && accepted(name)
  // Names come from documents: what is kept about them must not grow without end.
  if (known.size >= 2_000) known.clear()
  known.set(name, is)
  return is
}

function accepted(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

/** The zone that a name may have meant; null when none is near. */
export function nearestTimeZone(name: string): string | null {
  return nearestName(name, Intl.supportedValuesOf('timeZone'))
}

/** The name of a time zone in a document. */
export const timeZoneName = z.string().superRefine((name, context) => {
  if (isTimeZone(name)) return
  const near = nearestTimeZone(name)
  const hint = near === null ? 'write an IANA name such as Asia/Dubai or UTC' : `did you mean '${near}'?`
  context.addIssue({ code: 'custom', message: `must be a time zone; ${hint}` })
})
