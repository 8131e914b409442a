import { boolean, integer, string } from '@oclif/core/flags'
import type { Operator } from '../../app/operator.ts'
import { parseDuration } from '../../kernel/duration.ts'
import { NxError } from '../../kernel/errors.ts'

/** How fast and how carefully a job goes, as src/platform describes it. */
export type Pace = Parameters<Operator['outboxReplays']['plan']>[2]

/** The most items a second that may be asked for. */
export const rateMax = 500
const canaryMax = 1_000

/** No limit, no canary, now: for bulk actions that call nobody. */
export const atOnce: Pace = { perSecond: null, canary: 0, stopOnFailShare: null, startAt: null }

/** `--rate`: how fast. */
export function rateFlag(defaultRate: string) {
  return {
    rate: string({
      default: defaultRate,
      summary: `How fast at most: 5/s, 300/m; up to ${rateMax}/s.`,
      helpValue: 'N/s',
    }),
  }
}

/** For jobs whose items call others: rate, canary, brake, begin. */
export const paceFlags = {
  ...rateFlag('20/s'),
  canary: integer({
    min: 0,
    max: canaryMax,
    default: 0,
    summary: 'Wait for the effects of so many before the rest begins.',
    helpValue: 'N',
  }),
  'stop-on-fail': string({
    default: 'never',
    summary: 'Pause when this share of what ended has failed: 20%.',
    helpValue: 'SHARE',
  }),
  at: string({ summary: 'Begin then: RFC 3339, or in how long (30m).', helpValue: 'TIME' }),
}

/** `--detach`: leave the job to the daemon. */
export const detachFlag = {
  detach: boolean({
    default: false,
    summary: 'Make the job and leave it to the daemon; ends with exit code 8.',
  }),
}

/** The pace that the flags describe. Throws NX-RATE, NX-SHARE, NX-TIME (usage). */
export function parsePace(
  flags: {
    readonly rate: string
    readonly canary: number
    readonly 'stop-on-fail': string
    readonly at?: string | undefined
  },
  now: Date,
): Pace {
  return {
    perSecond: parseRate(flags.rate),
    canary: flags.canary,
    stopOnFailShare: parseShare(flags['stop-on-fail']),
    startAt: flags.at === undefined ? null : parseStart(flags.at, now),
  }
}

/** `5/s`, `300/m`, `5` as items a second. Throws NX-RATE (usage) for anything else and outside of 1/m to `rateMax`/s. */
export function parseRate(text: string): number {
  const [, number, unit] = /^(\d{1,5}(?:\.\d{1,3})?)(?:\/(s|m))?$/.exec(text.trim()) ?? []
  const perSecond = number === undefined ? 0 : Number(number) / (unit === 'm' ? 60 : 1)
  if (perSecond >= 1 / 60 && perSecond <= rateMax) return perSecond
  throw new NxError('usage', 'NX-RATE', `'${text}' is not a rate`, {
    fix: `Write how many a second or a minute, such as 5/s or 300/m; at least 1/m, at most ${rateMax}/s.`,
  })
}

/** `20%` or `0.2` as a share; `never` as null. Throws NX-SHARE (usage). */
export function parseShare(text: string): number | null {
  if (text === 'never') return null
  const [, number, percent] = /^(\d{1,3}(?:\.\d{1,4})?)(%)?$/.exec(text.trim()) ?? []
  const share = number === undefined ? 0 : Number(number) / (percent === undefined ? 1 : 100)
  if (share > 0 && share <= 1) return share
  throw new NxError('usage', 'NX-SHARE', `'${text}' is not a share`, {
    fix: 'Write a percentage above 0, such as 20%, or never.',
  })
}

/** RFC 3339, or in how long; as RFC 3339. Throws NX-TIME (usage). */
function parseStart(text: string, now: Date): string {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const time = new Date(text)
    if (!Number.isNaN(time.getTime())) return time.toISOString()
  } else {
    try {
      return new Date(now.getTime() + parseDuration(text)).toISOString()
    } catch {
      // Neither form: said below, for both.
    }
  }
  throw new NxError('usage', 'NX-TIME', `'${text}' is not a time to begin at`, {
    fix: 'Write RFC 3339 (2026-01-31T12:00:00Z) or in how long (30m, 2h).',
  })
}
