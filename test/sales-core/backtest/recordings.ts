import { derivedId } from '../../../src/kernel/ids.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import type { EventOrigin } from '../../../src/messaging/events/event.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import type { RecordedEvent, Recording } from '../../../src/sales-core/backtest/recorded-events.ts'
import { noPastStates } from '../../../src/sales-core/backtest/recorded-events.ts'
import { runBacktest } from '../../../src/sales-core/backtest/run-backtest.ts'
import type { BacktestInput } from '../../../src/sales-core/backtest/backtest-input.ts'
import type { BacktestOptions } from '../../../src/sales-core/backtest/run-backtest.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'

const startMs = Date.parse('2026-03-02T08:00:00Z')
export const tenantId = '00000000-0000-8000-8000-000000000001'

export interface Given {
  readonly lead: string
  readonly seq: number | null
  readonly type: string
  readonly data?: JsonObject
  /** Minutes after the beginning; default: one a place in the list. */
  readonly minute?: number
  readonly origin?: EventOrigin
  readonly id?: string
  readonly causationId?: string
}

export function recorded(list: readonly Given[]): readonly RecordedEvent[] {
  return list.map(({ lead, seq, type, data = {}, minute, origin = 'external', id, causationId }, index) => {
    const at = new Date(startMs + (minute ?? index) * 60_000).toISOString()
    const own = id ?? derivedId('recorded-test', lead, String(seq), type, String(index))
    return {
      id: own,
      tenantId,
      workspace: 'default',
      type,
      subject: { kind: 'lead', id: lead },
      source: 'test',
      externalId: own,
      time: at,
      data,
      origin,
      correlationId: own,
      causationId: causationId ?? null,
      rootId: own,
      depth: 0,
      entitySeq: seq,
      acceptedAt: at,
    }
  })
}

/** In batches of `size`, as often as it is read. */
export function recordingOf(events: readonly RecordedEvent[], size = 1_000): Recording {
  return {
    read: async function* () {
      for (let from = 0; from < events.length; from += size)
        yield await Promise.resolve(
          events.slice(from, from + size).map((event) => ({ state: 'event' as const, event })),
        )
    },
  }
}

export function backtestOf(
  baseline: string,
  candidate: string,
  events: readonly RecordedEvent[],
  options: BacktestOptions & { readonly batch?: number; readonly past?: BacktestInput['past'] } = {},
) {
  const { batch, past = noPastStates, ...rest } = options
  const sides = { baseline: salesConfig(baseline), candidate: salesConfig(candidate) }
  return runBacktest({ ...inputOf(events, batch), ...sides, past }, rest)
}

/** Everything but the configurations. */
export function inputOf(events: readonly RecordedEvent[], batch?: number) {
  return {
    tenant: { id: tenantId, slug: 'acme' },
    workspace: 'default',
    recording: recordingOf(events, batch),
    past: noPastStates,
    definitionsOf: async () => Promise.resolve(new Map<string, never>()),
    clock: systemClock,
  }
}
