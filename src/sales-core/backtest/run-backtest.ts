import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { NxError } from '../../kernel/errors.ts'
import type { BacktestInput } from './backtest-input.ts'
import type { BacktestGates } from './gates.ts'
import { judgeGates } from './gates.ts'
import { LatencyPairs } from './latency.ts'
import { ReplayPass, TooManyUnits } from './replay-pass.ts'
import { backtestId, backtestSchema } from './report.ts'
import type { BacktestReport } from './report.ts'
import { Tally } from './tally.ts'
import { UnitTally } from './unit-tally.ts'

export interface BacktestOptions {
  /** Share of the entities to look at, by hash of their key. Default 1. */
  readonly sample?: number
  /** Entities held in memory at once; with more the recording is read in several passes. Default 100,000. */
  readonly unitsMax?: number
  /** Divergences that the report explains, 0 to 200. Default 20. */
  readonly divergencesMax?: number
  /** Put event data and text values into the report. Default false: ids and figures only. */
  readonly showPayload?: boolean
  readonly gates?: BacktestGates
  /** Told after every batch: events read so far in this pass. */
  readonly onProgress?: (progress: {
    readonly pass: number
    readonly passes: number
    readonly read: number
  }) => void
  readonly signal?: AbortSignal
}

export const unitsDefault = 100_000
const passesMax = 1_024

/**
 * Replays a recording through two configurations and reports on what they do differently. Nothing can be sent: `decide` returns
 * data. Memory is bounded by `unitsMax` entities, not by the number of events: with more entities the recording is read again for
 * each part of them. The same inputs give the same report, but for its latency. Throws NX-BACKTEST-UNITS when not even
 * 1,024 passes suffice, and what reading throws; the signal's reason when aborted.
 */
export async function runBacktest(
  input: BacktestInput,
  options: BacktestOptions = {},
): Promise<BacktestReport> {
  for (let passes = 1; passes <= passesMax; passes *= 4) {
    try {
      return await replay(input, options, passes)
    } catch (error) {
      if (!(error instanceof TooManyUnits)) throw error
    }
  }
  throw new NxError('invalid', 'NX-BACKTEST-UNITS', 'There are too many entities to replay', {
    fix: 'Look at a share of them: --sample 0.1',
  })
}

async function replay(
  input: BacktestInput,
  options: BacktestOptions,
  passes: number,
): Promise<BacktestReport> {
  const { baseline, candidate, recording } = input
  const { sample = 1, unitsMax = unitsDefault, divergencesMax = 20, showPayload = false } = options
  const tally = new Tally({ baseline, candidate, divergencesMax, showPayload })
  const units = new UnitTally()
  const latency = new LatencyPairs()
  const ids = createHash('sha256')
  const window = { read: 0, from: null as string | null, to: null as string | null }
  for (let pass = 0; pass < passes; pass += 1) {
    const current = new ReplayPass(input, { tally, units, latency, unitsMax, isFirst: pass === 0 })
    for await (const items of recording.read()) {
      options.signal?.throwIfAborted()
      const mine = items.filter((item) => {
        if (item.state === 'unreadable') return pass === 0
        const { workspace, subject, id, acceptedAt } = item.event
        const hash = crc32(`${workspace}/${subject.kind}/${subject.id}`) >>> 0
        // High bits for the sample, low ones for the pass: a sample is spread over all passes.
        if (hash / 2 ** 32 >= sample) return false
        if (pass === 0) {
          ids.update(`${id}\n`)
          window.from ??= acceptedAt
          window.to = window.to === null || acceptedAt > window.to ? acceptedAt : window.to
        }
        return hash % passes === pass
      })
      if (pass === 0) window.read += items.length
      await current.take(mine)
      options.onProgress?.({ pass: pass + 1, passes, read: window.read })
    }
    current.finish()
  }
  return reportOf(input, options, { tally, units, latency, digest: ids.digest('hex'), window, sample })
}

interface Outcome {
  readonly tally: Tally
  readonly units: UnitTally
  readonly latency: LatencyPairs
  readonly digest: string
  readonly window: { readonly read: number; readonly from: string | null; readonly to: string | null }
  readonly sample: number
}

function reportOf(
  { tenant, workspace, baseline, candidate }: BacktestInput,
  { gates }: BacktestOptions,
  { tally, units, latency, digest, window, sample }: Outcome,
): BacktestReport {
  const reasons = tally.reasons()
  const report = {
    schema: backtestSchema,
    id: backtestId({ baseline: baseline.digest, candidate: candidate.digest, events: digest }),
    tenant: tenant.slug,
    workspace,
    baseline: { digest: baseline.digest },
    candidate: { digest: candidate.digest },
    events: { digest, read: window.read, replayed: tally.replayed, from: window.from, to: window.to, sample },
    units: units.count,
    notReplayed: { events: reasons.reduce((sum, { events }) => sum + events, 0), byReason: reasons },
    notes: notesOf(tally, units),
    noise: tally.noise,
    decisions: {
      changedEvents: tally.changedEvents,
      changedUnits: units.changed,
      changedUnitShare: units.count === 0 ? 0 : units.changed / units.count,
    },
    bands: units.transitions(),
    rules: tally.rules(),
    actions: tally.actions(),
    signals: units.signals(tally.actions()),
    errors: { newlyFailing: tally.newlyFailing, fixed: tally.fixed, parts: tally.errors() },
    divergences: tally.divergences,
    latency: latency.ratio(),
    gates: [],
  } satisfies BacktestReport
  return gates === undefined ? report : { ...report, gates: judgeGates(report, gates) }
}

function notesOf(tally: Tally, units: UnitTally): readonly string[] {
  const notes: string[] = []
  if (tally.unansweredCommands > 0)
    notes.push(
      `${tally.unansweredCommands} commands are asked for by the candidate only: what their results would lead to is not known`,
    )
  if (tally.strayEmits > 0)
    notes.push(
      `${tally.strayEmits} events about other entities are emitted by one side only: what they would lead to there is not known`,
    )
  if (units.unordered > 0)
    notes.push(
      `For ${units.unordered} entities the recording does not say where it begins: they were taken as new at their first event`,
    )
  return notes
}
