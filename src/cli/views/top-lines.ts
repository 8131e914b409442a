import type { TopSample, TopTenant } from '../../app/top-sample.ts'
import { plainLine } from '../text/plain-text.ts'
import { shortDuration } from '../text/relative-time.ts'
import { cutTo, padTo } from '../text/text-width.ts'

/** What is on the screen: the last sample, and why there is no newer one. */
export interface TopShown {
  readonly sample: TopSample | null
  readonly trouble: string | null
}

export interface TopLine {
  readonly text: string
  readonly bold: boolean
  readonly faint: boolean
}

const columns = [
  { title: 'TENANT', width: 20, value: (tenant: TopTenant) => nameOf(tenant) },
  { title: 'EV/S', width: 7, value: (tenant: TopTenant) => numberText(tenant.eventsPerSecond) },
  { title: 'EVENTS', width: 9, value: (tenant: TopTenant) => String(tenant.eventsAccepted) },
  {
    title: 'READY',
    width: 6,
    value: (tenant: TopTenant) => String(tenant.commands.ready + tenant.commands.waiting),
  },
  { title: 'LEASED', width: 6, value: (tenant: TopTenant) => String(tenant.commands.leased) },
  { title: 'DONE', width: 8, value: (tenant: TopTenant) => String(tenant.commands.succeeded) },
  { title: 'DOUBT', width: 5, value: (tenant: TopTenant) => String(tenant.commands.in_doubt) },
  { title: 'DLQ', width: 5, value: (tenant: TopTenant) => String(tenant.deadLettersOpen) },
] as const

/** The screen as lines; pure, so that a test can read it. */
export function topLines({ sample, trouble }: TopShown): readonly TopLine[] {
  const line = (text: string, style: { bold?: boolean; faint?: boolean } = {}): TopLine => ({
    text,
    bold: style.bold ?? false,
    faint: style.faint ?? false,
  })
  const notice = trouble === null ? [] : [line(`no answer: ${trouble}; trying again`, { bold: true })]
  if (sample === null)
    return [line('neuronx top', { bold: true }), ...notice, line('q quits', { faint: true })]
  const oldest = sample.outboxOldestMs === null ? '' : ` (oldest ${shortDuration(sample.outboxOldestMs)})`
  const stale = trouble !== null
  return [
    line(`neuronx top   ${sample.at}`, { bold: true, faint: stale }),
    line(
      `events ${numberText(sample.eventsPerSecond)}/s   outbox ${sample.outboxPending}${oldest}   dead letters ${sample.deadLettersOpen}`,
      { faint: stale },
    ),
    line(`commands ${commandsText(sample)}   workflows waiting ${sample.workflowsWaiting}`, { faint: stale }),
    ...notice,
    line(''),
    line(
      columns
        .map(({ title, width }) => padTo(title, width))
        .join(' ')
        .trimEnd(),
      { faint: true },
    ),
    ...sample.tenants.map((tenant) => line(rowText(tenant), { faint: stale })),
    line('q quits', { faint: true }),
  ]
}

function rowText(tenant: TopTenant): string {
  return columns
    .map(({ width, value }) => padTo(cutTo(plainLine(value(tenant)), width), width))
    .join(' ')
    .trimEnd()
}

function commandsText({ commands }: TopSample): string {
  const shown = Object.entries(commands).filter(([, count]) => count > 0)
  return shown.length === 0 ? 'none' : shown.map(([state, count]) => `${state} ${count}`).join(', ')
}

function numberText(value: number | null): string {
  return value === null ? '-' : String(value)
}

function nameOf(tenant: TopTenant): string {
  return tenant.status === 'active' ? tenant.slug : `${tenant.slug} (${tenant.status})`
}
