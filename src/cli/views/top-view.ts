import { setTimeout as pause } from 'node:timers/promises'
import { Box, Text, render, useApp, useInput } from 'ink'
import { createElement as h, useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import type { TopSample, TopTenant } from '../../app/top-sample.ts'
import { errorText } from '../../kernel/errors.ts'
import { plainLine, withoutPasswords } from '../plain-text.ts'
import { shortDuration } from '../relative-time.ts'
import { cutTo, padTo } from '../text-width.ts'

export interface TopViewOptions {
  readonly sample: () => Promise<TopSample>
  readonly intervalMs: number
  /** Ends the view when it is aborted. */
  readonly stop: AbortSignal
}

/** What is on the screen: the last sample, and why there is no newer one. */
interface Shown {
  readonly sample: TopSample | null
  readonly trouble: string | null
}

/** Shows samples on the terminal until q, Ctrl-C or `stop`. A sample that fails is said and tried again. */
export async function showTop(options: TopViewOptions): Promise<void> {
  const app = render(h(TopView, options), { exitOnCtrlC: true })
  options.stop.addEventListener('abort', () => app.unmount(), { once: true })
  await app.waitUntilExit()
}

function TopView({ sample, intervalMs, stop }: TopViewOptions): ReactElement {
  const [shown, setShown] = useState<Shown>({ sample: null, trouble: null })
  const { exit } = useApp()
  useInput((input) => {
    if (input === 'q') exit()
  })
  useEffect(() => {
    const leaving = new AbortController()
    const signal = AbortSignal.any([leaving.signal, stop])
    void keepSampling({ sample, intervalMs, signal, show: setShown })
    return () => leaving.abort()
  }, [sample, intervalMs, stop])
  return h(
    Box,
    { flexDirection: 'column' },
    ...topLines(shown).map((line, index) =>
      h(Text, { key: index, bold: line.bold, dimColor: line.faint }, line.text),
    ),
  )
}

interface SamplingOptions {
  readonly sample: () => Promise<TopSample>
  readonly intervalMs: number
  readonly signal: AbortSignal
  readonly show: (update: (before: Shown) => Shown) => void
}

async function keepSampling({ sample, intervalMs, signal, show }: SamplingOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const next = await sample()
      show(() => ({ sample: next, trouble: null }))
    } catch (error) {
      const trouble = plainLine(withoutPasswords(errorText(error)))
      show((before) => ({ sample: before.sample, trouble }))
    }
    await pause(intervalMs, null, { signal }).catch(() => {})
  }
}

export interface TopLine {
  readonly text: string
  readonly bold: boolean
  readonly faint: boolean
}

const columns = [
  { title: 'TENANT', width: 20, value: (tenant: TopTenant) => tenant.slug },
  { title: 'EV/S', width: 8, value: (tenant: TopTenant) => numberText(tenant.eventsPerSecond) },
  { title: 'EVENTS', width: 10, value: (tenant: TopTenant) => String(tenant.eventsAccepted) },
  {
    title: 'READY',
    width: 7,
    value: (tenant: TopTenant) => String(tenant.commands.ready + tenant.commands.waiting),
  },
  { title: 'LEASED', width: 7, value: (tenant: TopTenant) => String(tenant.commands.leased) },
  { title: 'DONE', width: 9, value: (tenant: TopTenant) => String(tenant.commands.succeeded) },
  { title: 'DOUBT', width: 6, value: (tenant: TopTenant) => String(tenant.commands.in_doubt) },
  { title: 'DLQ', width: 6, value: (tenant: TopTenant) => String(tenant.deadLettersOpen) },
  { title: 'WAITING', width: 8, value: (tenant: TopTenant) => String(tenant.workflowsWaiting) },
  { title: 'STATE', width: 10, value: (tenant: TopTenant) => tenant.status },
] as const

/** The screen as lines; pure, so that a test can read it. */
export function topLines({ sample, trouble }: Shown): readonly TopLine[] {
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
