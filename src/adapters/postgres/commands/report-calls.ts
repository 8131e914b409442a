import type pg from 'pg'
import type { SettledAttempt } from '../../../messaging/commands/command-queue.ts'
import { defaultBreakerPolicy, gateAfter } from '../../../messaging/commands/gate.ts'
import type { BreakerPolicy, CallReports, Gate } from '../../../messaging/commands/gate.ts'
import { addReport, isUrgent, noReports } from '../../../messaging/commands/call-reports.ts'
import { jsonText } from '../connection/json-text.ts'
import { run } from '../connection/transaction.ts'
import { lockGates, writeGates } from './gate-statements.ts'

/** Good news is kept for so long before it is written: a gate that many calls go through is not worth a write for each batch. */
const holdMs = 1_000
const heldMax = 10_000

/** The reports of one batch about one integration. */
export interface GateReport {
  readonly tenantId: string
  readonly integration: string
  readonly reports: CallReports
}

/**
 * Adds up what attempts say about their integrations. Failures, pauses and probes are due at once; plain successes are
 * held back and go along later. What a process loses by dying is a second of successes.
 */
export class CallReporter {
  readonly #held = new Map<string, { since: number; report: GateReport }>()

  /** What is to be written with this batch. */
  add(attempts: readonly SettledAttempt[], nowMs: number): readonly GateReport[] {
    const touched = new Set<string>()
    for (const { leased, report } of attempts) {
      if (report === undefined) continue
      const { tenantId, integration } = leased.command
      const key = `${tenantId}/${integration}`
      const held = this.#held.get(key)
      const reports = addReport(held?.report.reports ?? noReports, report, leased.probe ?? false)
      this.#held.set(key, { since: held?.since ?? nowMs, report: { tenantId, integration, reports } })
      touched.add(key)
    }
    const due: GateReport[] = []
    for (const key of touched) {
      const held = this.#held.get(key)
      if (held === undefined || (!isUrgent(held.report.reports) && nowMs - held.since < holdMs)) continue
      this.#held.delete(key)
      due.push(held.report)
    }
    if (this.#held.size > heldMax) this.#held.clear()
    return due
  }
}

/** Writes reports to their gates: last in its transaction, for a gate under lock is passed over by claims. */
export async function reportCalls(
  client: pg.ClientBase,
  reports: readonly GateReport[],
  policy: BreakerPolicy = defaultBreakerPolicy,
): Promise<void> {
  if (reports.length === 0) return
  const rows = await run<GateRow>(client, lockGates, [
    reports.map((report) => report.tenantId),
    reports.map((report) => report.integration),
  ])
  const byKey = new Map(reports.map((report) => [`${report.tenantId}/${report.integration}`, report.reports]))
  const records = rows.map((row) => {
    const found = byKey.get(`${row.tenant_id}/${row.integration}`) ?? noReports
    return gateRecord(row, gateAfter(gateOfRow(row), found, policy, row.now))
  })
  await run(client, writeGates, [jsonText(records)])
}

/** A gate as `lockGates` selects it. */
export interface GateRow {
  readonly tenant_id: string
  readonly integration: string
  readonly breaker: Gate['breaker']
  readonly reason: string
  readonly opens: number
  readonly calls: number
  readonly failures: number
  readonly calls_before: number
  readonly failures_before: number
  readonly tokens: number
  readonly per_second: number
  readonly not_before: number
  readonly shut_since: number | null
  readonly ramp_from: number | null
  readonly window_at: number
  readonly tokens_at: number
  readonly now: number
}

export function gateOfRow(row: GateRow): Gate {
  return {
    breaker: row.breaker,
    notBeforeMs: row.not_before,
    reason: row.reason,
    opens: row.opens,
    shutSinceMs: row.shut_since,
    rampFromMs: row.ramp_from,
    windowAtMs: row.window_at,
    calls: row.calls,
    failures: row.failures,
    callsBefore: row.calls_before,
    failuresBefore: row.failures_before,
    tokens: row.tokens,
    tokensAtMs: row.tokens_at,
    perSecond: row.per_second,
  }
}

/** What `writeGates` takes. */
export function gateRecord({ tenant_id, integration }: GateRow, gate: Gate) {
  return {
    tenant_id,
    integration,
    breaker: gate.breaker,
    not_before: gate.notBeforeMs,
    reason: gate.reason,
    opens: gate.opens,
    shut_since: gate.shutSinceMs,
    ramp_from: gate.rampFromMs,
    window_at: gate.windowAtMs,
    calls: gate.calls,
    failures: gate.failures,
    calls_before: gate.callsBefore,
    failures_before: gate.failuresBefore,
    tokens: gate.tokens,
    tokens_at: gate.tokensAtMs,
  }
}
