import type pg from 'pg'
import { addReport, noReports } from '../../../messaging/commands/call-reports.ts'
import { rateAt, tokensAt } from '../../../messaging/commands/gate.ts'
import type { CallReport } from '../../../messaging/commands/gate.ts'
import type { ReadBudget, ReadLimits, ReadPermit } from '../../../messaging/dispatch/read-budget.ts'
import { jsonText } from '../connection/json-text.ts'
import { inRole, run, withRetries } from '../connection/transaction.ts'
import { makeGates } from './claim-statements.ts'
import { lockGates, writeGates } from './gate-statements.ts'
import { gateOfRow, gateRecord, reportCalls } from './report-calls.ts'
import type { GateRow } from './report-calls.ts'

/** What reads leave to commands, of a full bucket. */
const keptShare = 0.2
/** So long after the end of its time a gate is left to the commands that try it; later there is none, and reads are made again. */
const untriedMs = 60_000

/** Reads through the gates that commands are claimed through, as neuronx_relay. */
export class PostgresReadBudget implements ReadBudget {
  readonly #relay: pg.Pool

  constructor(relay: pg.Pool) {
    this.#relay = relay
  }

  async take(tenantId: string, integration: string, limits: ReadLimits): Promise<ReadPermit> {
    return await withRetries(this.#relay, async () =>
      inRole(this.#relay, async (client) => {
        await run(client, makeGates, [[tenantId], [integration], [limits.perSecond], [limits.burst]])
        const [row] = await run<GateRow>(client, lockGates, [[tenantId], [integration]])
        return row === undefined
          ? ({ state: 'wait', waitMs: 1_000, reason: null } as const)
          : await takeFrom(client, row, limits)
      }),
    )
  }

  async report(tenantId: string, integration: string, report: CallReport): Promise<void> {
    await withRetries(this.#relay, async () =>
      inRole(this.#relay, async (client) =>
        reportCalls(client, [{ tenantId, integration, reports: addReport(noReports, report, false) }]),
      ),
    )
  }
}

async function takeFrom(client: pg.ClientBase, row: GateRow, limits: ReadLimits): Promise<ReadPermit> {
  const gate = gateOfRow(row)
  const { now } = row
  // A read that goes well says nothing of sends: it is no probe, and closes nothing.
  const readableMs = gate.notBeforeMs + (gate.breaker === 'closed' ? 0 : untriedMs)
  if (readableMs > now) return { state: 'wait', waitMs: Math.ceil(readableMs - now), reason: gate.reason }
  const tokens = tokensAt(gate, limits, now)
  // On the ramp nothing is saved up of which a share could be kept.
  const kept = gate.rampFromMs === null ? keptShare * limits.burst : 0
  const needed = Math.min(limits.burst, 1 + kept)
  if (tokens < needed) {
    const rate = Math.max(0.0001, rateAt(gate, limits.perSecond, now))
    return { state: 'wait', waitMs: Math.ceil(((needed - tokens) / rate) * 1_000), reason: null }
  }
  const taken = { ...gate, tokens: tokens - 1, tokensAtMs: Math.max(now, gate.tokensAtMs) }
  await run(client, writeGates, [jsonText([gateRecord(row, taken)])])
  return { state: 'granted' }
}
