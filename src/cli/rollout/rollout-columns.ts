import type { RolloutStatus } from '../../app/rollout/rollout-status.ts'
import { relativeTime } from '../text/relative-time.ts'
import type { Column } from '../views/table.ts'
import { percent, stepLabel } from './status-words.ts'

/** What a list says of a rollout; a part of its status. */
export type ListedRollout = Pick<
  RolloutStatus,
  'id' | 'scopes' | 'state' | 'percent' | 'step' | 'since' | 'startedAt' | 'startedBy' | 'reason' | 'policy'
>

/** Below this many columns of the terminal the list shows only where they are. */
const wideFrom = 110

/** `width`: columns of the terminal, null when everything may be shown. */
export function rolloutColumns(now: Date, width: number | null): readonly Column<ListedRollout>[] {
  const short: readonly Column<ListedRollout>[] = [
    { title: 'ID', value: ({ id }) => id },
    { title: 'SCOPE', value: ({ scopes }) => scopes.join(' '), shrink: true },
    { title: 'STATE', value: ({ state }) => state.replaceAll('_', ' ') },
    { title: 'SHARE', value: (one) => percent(one.percent), align: 'right' },
  ]
  if (width !== null && width < wideFrom) return short
  return [
    ...short,
    { title: 'STEP', value: ({ step }) => (step === null ? null : stepLabel(step)) },
    { title: 'SINCE', value: ({ since }) => relativeTime(since, now) },
    { title: 'STARTED', value: ({ startedAt }) => relativeTime(startedAt, now) },
    { title: 'BY', value: ({ startedBy }) => startedBy, shrink: true },
    { title: 'REASON', value: ({ reason }) => reason, shrink: true },
  ]
}
