import type { Operator } from '../../app/operator.ts'
import type { Output } from '../output.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import { plainLine } from '../text/plain-text.ts'
import { relativeTime, shortDuration } from '../text/relative-time.ts'
import { renderFacts } from '../views/table.ts'
import type { Column } from '../views/table.ts'

/** A job as src/platform describes it. */
export type ShownJob = Awaited<ReturnType<Operator['jobs']['pause']>>
export type ShownJobItem = Awaited<ReturnType<Operator['jobs']['items']>>['items'][number]

/** Will nothing more happen to it? */
export function hasEnded({ status }: Pick<ShownJob, 'status'>): boolean {
  return status === 'succeeded' || status === 'partly_failed' || status === 'cancelled'
}

/** The exit code of who waited for the job: 0 all done, 3 some not, 1 none done, 8 it has not ended. */
export function jobExitCode(job: Pick<ShownJob, 'status' | 'counts'>): number {
  if (!hasEnded(job)) return exitCodes.pending
  const { done, skipped, failed, total } = job.counts
  if (job.status === 'succeeded' && skipped === 0 && failed === 0) return exitCodes.ok
  if (job.status === 'succeeded' && total === 0) return exitCodes.ok
  return done === 0 ? exitCodes.failed : exitCodes.partlyFailed
}

/** `398 done, 9 skipped, 5 failed`, and the kind's own sums. */
export function countsText({ counts, sums }: Pick<ShownJob, 'counts' | 'sums'>): string {
  const parts = [
    `${counts.done} done`,
    ...(counts.skipped > 0 ? [`${counts.skipped} skipped`] : []),
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...Object.entries(sums).map(([name, count]) => `${count} ${plainLine(name.replaceAll('_', ' '))}`),
  ]
  return parts.join(', ')
}

/** How far it is, shortest part last, within `columns`: `412/1204  34%  398 done, 14 failed  52/s  16s left`. */
export function progressText(
  job: Pick<ShownJob, 'counts' | 'sums' | 'status' | 'startedAt'>,
  now: Date,
  columns: number | null = null,
): string {
  const { counts } = job
  const ended = counts.done + counts.skipped + counts.failed
  const parts =
    counts.total > 0
      ? [`${ended}/${counts.total}`, `${Math.floor((ended / counts.total) * 100)}%`]
      : [`${ended}`]
  parts.push(countsText(job))
  const elapsedMs = job.startedAt === null ? 0 : now.getTime() - new Date(job.startedAt).getTime()
  if (job.status === 'running' && ended > 0 && elapsedMs >= 1_000) {
    const perSecond = ended / (elapsedMs / 1_000)
    parts.push(`${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`)
    if (counts.total > ended)
      parts.push(`${shortDuration(((counts.total - ended) / perSecond) * 1_000)} left`)
  } else if (job.status !== 'running') parts.push(job.status.replace('_', ' '))
  const text = parts.join('  ')
  if (columns === null || text.length <= columns) return text
  // What may go first: the sums, then the words of the counts.
  return parts
    .filter((_, index) => index !== 2)
    .join('  ')
    .slice(0, columns)
}

/** Below this many columns of the terminal the list of jobs shows only how far they are. */
const wideFrom = 110

/** `width`: columns of the terminal, null when everything may be shown. */
export function jobColumns(now: Date, width: number | null): readonly Column<ShownJob>[] {
  const short: readonly Column<ShownJob>[] = [
    { title: 'ID', value: (job) => job.id },
    { title: 'KIND', value: (job) => job.kind },
    { title: 'STATUS', value: (job) => job.status.replace('_', ' ') },
    { title: 'DONE', value: (job) => `${job.counts.done}/${job.counts.total}`, align: 'right' },
  ]
  if (width !== null && width < wideFrom) return short
  return [
    ...short,
    { title: 'SKIPPED', value: (job) => job.counts.skipped, align: 'right' },
    { title: 'FAILED', value: (job) => job.counts.failed, align: 'right' },
    { title: 'MADE', value: (job) => relativeTime(job.createdAt, now), shrink: true },
    { title: 'REASON', value: (job) => job.reason, shrink: true },
  ]
}

export const itemColumns: readonly Column<ShownJobItem>[] = [
  { title: 'ITEM', value: (item) => item.target },
  { title: 'RESULT', value: (item) => item.status },
  { title: 'NOTE', value: (item) => item.note, shrink: true },
]

/** One job for a person. */
export function renderJob(job: ShownJob, output: Pick<Output, 'theme'>): string {
  const { pace } = job
  const facts = [
    ['ID', job.id],
    ['KIND', job.kind],
    ['STATUS', job.status.replace('_', ' ')],
    ['PAUSED', job.pausedBecause],
    ['ITEMS', `${job.counts.total}: ${countsText(job)}`],
    ['FIRST ERROR', job.firstError],
    ['RATE', pace.perSecond === null ? null : `${Number(pace.perSecond.toFixed(3))}/s`],
    ['CANARY', pace.canary === 0 ? null : pace.canary],
    [
      'STOPS AT',
      pace.stopOnFailShare === null ? null : `${Number((pace.stopOnFailShare * 100).toFixed(2))}% failed`,
    ],
    ['NOT BEFORE', pace.startAt],
    ['BY', job.actor],
    ['REASON', job.reason],
    ['MADE', job.createdAt],
    ['BEGAN', job.startedAt],
    ['ENDED', job.endedAt],
    ['OPTIONS', JSON.stringify(job.options)],
  ] as const
  const always = new Set(['REASON', 'BEGAN', 'ENDED'])
  return renderFacts(
    facts.filter(([title, value]) => value !== null || always.has(title)),
    output,
  )
}

/** The lines that tell how a job that was waited for ended. */
export function endOfJob(job: ShownJob, tenantFlag: string): string {
  const lines = [`${job.kind} ${job.status.replace('_', ' ')}: ${countsText(job)}`]
  if (job.firstError !== null) lines.push(`first error: ${plainLine(job.firstError)}`)
  if (job.status === 'paused') {
    if (job.pausedBecause !== null) lines.push(`paused: ${plainLine(job.pausedBecause)}`)
    lines.push(`next  neuronx job resume ${job.id}${tenantFlag}`)
  } else if (!hasEnded(job)) lines.push(`next  neuronx job watch ${job.id}${tenantFlag}`)
  return lines.join('\n')
}
