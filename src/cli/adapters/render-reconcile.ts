import type { ReconcileDescription } from '../../app/adapters/catalog/describe-adapter.ts'
import type { FoundEvent } from '../../app/reconcile/poll-stream.ts'
import type { StreamSync, SyncReport } from '../../app/reconcile/sync-adapter.ts'
import { formatDuration } from '../../kernel/duration.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderFacts, renderTable } from '../views/table.ts'

type Theming = Pick<Output, 'columns' | 'theme'>
type Standing = ReconcileDescription['standings'][number]

/** What is polled for what webhooks lost, and where each stream stands. */
export function renderReconcile(
  { everyMs, streams, standings }: ReconcileDescription,
  output: Theming,
): string {
  const often = everyMs === null ? 'off' : `every ${formatDuration(everyMs)}`
  const facts = renderFacts([['Polls', `${often}: ${streams.join(', ')}`]], output)
  return standings.length === 0 ? facts : `${facts}\n\n${renderTable(standings, standingColumns, output)}`
}

const count = <Row>(title: string, value: (row: Row) => number) => ({
  title,
  value,
  align: 'right' as const,
})

const standingColumns = [
  { title: 'STREAM', value: ({ stream }: Standing) => stream },
  { title: 'LAST POLL', value: ({ lastAt }: Standing) => lastAt },
  { title: 'READ UNTIL', value: ({ readUntil }: Standing) => readUntil },
  { title: 'NEXT', value: ({ nextAt }: Standing) => nextAt },
  count<Standing>('FOUND', ({ found }) => found),
  count<Standing>('MISSED', ({ missed }) => missed),
  count<Standing>('UNREADABLE', ({ unmapped }) => unmapped),
  {
    title: 'TROUBLE',
    value: ({ error }: Standing) => (error === null ? null : `${error.code}: ${error.message}`),
    shrink: true,
  },
]

/** What a sync found, one line for each stream, and the events that nothing had told of. */
export function renderSync({ streams, dryRun }: SyncReport, output: Theming): string {
  const blocks = [renderTable(streams, syncColumns(dryRun), output)]
  const missed = streams.flatMap(({ events }) => events.filter(({ isKnown }) => !isKnown))
  if (missed.length > 0) blocks.push(renderTable(missed, eventColumns, output))
  const unread = streams.flatMap(({ stream, unmapped }) => unmapped.map((why) => `- ${stream}: ${why}`))
  if (unread.length > 0) blocks.push(['Could not be made an event of', ...unread].map(plainLine).join('\n'))
  return blocks.join('\n\n')
}

const syncColumns = (dryRun: boolean) => [
  { title: 'STREAM', value: ({ stream }: StreamSync) => stream },
  { title: 'STATE', value: ({ state }: StreamSync) => state },
  { title: 'SINCE', value: ({ since }: StreamSync) => since },
  count<StreamSync>('READ', ({ items }) => items),
  count<StreamSync>(dryRun ? 'WOULD PUBLISH' : 'PUBLISHED', ({ missed }) => missed),
  count<StreamSync>('UNREADABLE', ({ unmapped }) => unmapped.length),
  {
    title: 'TROUBLE',
    value: ({ error }: StreamSync) => (error === null ? null : `${error.code}: ${error.message}`),
    shrink: true,
  },
]

const eventColumns = [
  { title: 'EVENT', value: ({ type }: FoundEvent) => type },
  { title: 'ABOUT', value: ({ subject }: FoundEvent) => subject },
  { title: 'HAPPENED', value: ({ time }: FoundEvent) => time },
]
