import type { KnownConnector } from '../../app/adapters/catalog/known-connectors.ts'
import type { AdapterStanding } from '../../app/adapters/catalog/list-adapters.ts'
import { relativeTime } from '../text/relative-time.ts'
import type { Column } from '../views/table.ts'

const proofWords: Readonly<Record<AdapterStanding['webhooks'], string | null>> = {
  none: null,
  signed: 'signed',
  unsigned: 'UNSIGNED',
  no_key: 'no key',
}

/** Integrations against a point in time. */
export function adapterColumns(now: Date): readonly Column<AdapterStanding>[] {
  return [
    { title: 'INTEGRATION', value: ({ name }) => name },
    { title: 'CONNECTOR', value: ({ connector }) => connector },
    { title: 'MODE', value: modeNow },
    { title: 'WEBHOOKS', value: ({ webhooks }) => proofWords[webhooks] },
    { title: 'CREDENTIALS', value: ({ credentials }) => credentials },
    {
      title: 'LAST CALL',
      value: ({ lastCallAt }) => (lastCallAt === null ? 'never' : relativeTime(lastCallAt, now)),
    },
    { title: 'BREAKER', value: ({ breaker }) => breaker },
    { title: 'WAITING', value: ({ open }) => open, align: 'right' },
    { title: 'WHY', value: (row) => whyShut(row, now), shrink: true },
  ]
}

function modeNow({ mode, off, readOnlySince }: AdapterStanding): string {
  if (off !== null) return `${mode}, OFF`
  return readOnlySince === null || mode !== 'live' ? mode : 'live, now read_only'
}

function whyShut({ off, shut }: AdapterStanding, now: Date): string | null {
  if (off !== null) return `${off.by}, ${relativeTime(off.at, now)}: ${off.reason}`
  return shut === null ? null : `${shut.reason ?? 'shut'}, until ${relativeTime(shut.until, now)}`
}

export const connectorColumns: readonly Column<KnownConnector>[] = [
  { title: 'CONNECTOR', value: ({ connector }) => connector },
  { title: 'VENDOR', value: ({ vendor }) => vendor },
  { title: 'CHANNELS', value: ({ channels }) => channels.join(', ') },
  { title: 'WEBHOOKS', value: ({ webhooks }) => (webhooks ? 'yes' : null) },
  {
    title: 'OPERATIONS',
    value: ({ operations }) => (operations.length === 0 ? "the document's own" : operations.join(', ')),
    shrink: true,
  },
]
