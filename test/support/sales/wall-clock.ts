const formats = new Map<string, Intl.DateTimeFormat>()

/** What a clock on the wall of a zone shows: asked of the runtime's own tables for every instant, slowly and without cleverness. */
export function wallClock(
  zone: string,
  ms: number,
): { readonly day: number; readonly minute: number; readonly localMs: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      },
    })
  formats.set(zone, format)
  const part = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const of = (name: Intl.DateTimeFormatPartTypes): number => part.get(name) ?? 0
  const midnight = Date.UTC(of('year'), of('month') - 1, of('day'))
  const localMs = midnight + of('hour') * 3_600_000 + of('minute') * 60_000 + of('second') * 1_000
  return { day: midnight / 86_400_000, minute: of('hour') * 60 + of('minute'), localMs }
}

/** Zones that change their clocks, at different hours and by different steps, and some that do not; each with days of change. */
export const changingZones: ReadonlyArray<{ readonly zone: string; readonly around: readonly string[] }> = [
  { zone: 'Europe/Berlin', around: ['2026-03-29', '2026-10-25'] },
  { zone: 'America/New_York', around: ['2026-03-08', '2026-11-01'] },
  { zone: 'Australia/Lord_Howe', around: ['2026-04-05', '2026-10-04'] },
  { zone: 'Africa/Casablanca', around: ['2026-02-15', '2026-03-22'] },
  { zone: 'America/St_Johns', around: ['2026-03-08', '2026-11-01'] },
  { zone: 'Asia/Beirut', around: ['2026-03-29', '2026-10-25'] },
  { zone: 'Pacific/Apia', around: ['2011-12-30'] },
  { zone: 'Asia/Dubai', around: ['2026-06-01'] },
  { zone: 'Asia/Kathmandu', around: ['2026-06-01'] },
]
