import type { Operator } from '../../app/operator.ts'
import { plainLine } from '../text/plain-text.ts'
import { relativeTime } from '../text/relative-time.ts'
import type { Column } from './table.ts'

/** As src/sales-core describes them. */
type ScheduleView = Awaited<ReturnType<Operator['schedules']['pause']>>
type ScheduleRun = Awaited<ReturnType<Operator['schedules']['requestRun']>>

/** `paused`, `in trouble`, `running` or `waiting`. */
export function scheduleState({ pausedAt, trouble, lastRun }: ScheduleView): string {
  if (pausedAt !== null) return 'paused'
  if (trouble !== null) return 'in trouble'
  return lastRun?.status === 'running' ? 'running' : 'waiting'
}

export function scheduleColumns(now: Date): readonly Column<ScheduleView>[] {
  return [
    { title: 'NAME', value: (view) => view.name },
    { title: 'WORKSPACE', value: (view) => view.workspace },
    { title: 'TIMES', value: (view) => view.times },
    { title: 'STATE', value: scheduleState },
    { title: 'NEXT', value: (view) => view.nextAt },
    {
      title: 'LAST RUN',
      value: ({ lastRun }) =>
        lastRun === null ? null : `${lastRun.status.replace('_', ' ')} ${relativeTime(lastRun.dueAt, now)}`,
      shrink: true,
    },
  ]
}

export const runColumns: readonly Column<ScheduleRun>[] = [
  { title: 'ID', value: (run) => run.id },
  { title: 'DUE', value: (run) => run.dueAt },
  { title: 'CAUSE', value: (run) => run.cause },
  { title: 'STATUS', value: (run) => run.status.replace('_', ' ') },
  { title: 'LOOKED', value: (run) => run.looked, align: 'right' },
  { title: 'EVENTS', value: (run) => run.emitted, align: 'right' },
  { title: 'FAILED', value: (run) => run.failed, align: 'right' },
  { title: 'NOTE', value: (run) => plainLine(run.firstError ?? run.note ?? ''), shrink: true },
]

/** One schedule for a person, title and value. */
export function scheduleFacts(view: ScheduleView): ReadonlyArray<readonly [string, string | number | null]> {
  const { trouble } = view
  return [
    ['NAME', view.name],
    ['WORKSPACE', view.workspace],
    ['TIMES', view.times],
    ['STATE', scheduleState(view)],
    ['NEXT', view.nextAt],
    ['DOCUMENT', view.digest],
    ...(view.pausedAt === null
      ? []
      : ([['PAUSED', `${view.pausedAt} by ${view.pausedBy ?? 'nobody known'}`]] as const)),
    ...(trouble === null ? [] : ([['TROUBLE', plainLine(`${trouble.code}: ${trouble.message}`)]] as const)),
  ]
}
