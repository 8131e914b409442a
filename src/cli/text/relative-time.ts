import { formatDuration } from '../../kernel/duration.ts'

/** How long before `now` a time was, in its two largest units at most: `3m20s ago`; `in 5m` when it is ahead; `-` for none. */
export function relativeTime(time: string | null, now: Date): string {
  if (time === null) return '-'
  const ms = now.getTime() - new Date(time).getTime()
  if (Number.isNaN(ms)) return time
  const text = shortDuration(Math.abs(ms))
  return ms < 0 ? `in ${text}` : `${text} ago`
}

/** A duration with the precision a person reads: `250ms`, `3.2s`, `4m10s`, `2h5m`, `3d4h`. */
export function shortDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`
  const parts = formatDuration(Math.round(ms / 1_000) * 1_000).match(/\d+[a-z]+/g) ?? ['0s']
  return parts.slice(0, 2).join('')
}
