import { NxError } from './errors.ts'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const pattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Ten years: the longest wait that may be written down. */
export const durationMsMax = 3650 * unitMs.d

/**
 * Reads `90s`, `15m`, `2h`, `3d`, `1h30m`, `250ms` as milliseconds.
 * Throws NX-DURATION (invalid) for anything else, and above ten years.
 */
export function parseDuration(text: string): number {
  const parts = pattern.exec(text)
  if (text === '' || parts === null) {
    throw new NxError('invalid', 'NX-DURATION', `'${text}' is not a duration`, {
      fix: 'Write a number and a unit, largest first: 90s, 15m, 2h, 3d, 1h30m.',
    })
  }
  const [, d, h, m, s, ms] = parts
  const total =
    Number(d ?? 0) * unitMs.d +
    Number(h ?? 0) * unitMs.h +
    Number(m ?? 0) * unitMs.m +
    Number(s ?? 0) * unitMs.s +
    Number(ms ?? 0)
  if (total > durationMsMax) {
    throw new NxError('invalid', 'NX-DURATION', `'${text}' is longer than ten years`, {
      fix: 'Use at most 3650d.',
    })
  }
  return total
}

/** The shortest text that parseDuration reads back as `ms`: `1h30m`, `90s` prints `1m30s`, 0 prints `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms))
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit])
    rest -= count * unitMs[unit]
    if (count > 0) text += `${count}${unit}`
  }
  return text === '' ? '0s' : text
}
