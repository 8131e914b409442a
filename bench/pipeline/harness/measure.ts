import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningContestant } from '../contestants/contestant.ts'
import type { Child } from './child-process.ts'
import type { LeadEvents } from './lead-events.ts'
import type { Failures, LoadGeneratorHandlers } from './load-generator.ts'
import type { CpuSeconds, Idle, Latency, Throughput } from './measurement.ts'
import { monotonicMs } from './monotonic-ms.ts'
import { percentile } from './percentile.ts'
import { cpuSeconds, peakMemoryMiB, resetPeakMemory } from './process-usage.ts'
import type { SinkCount, SinkHandlers } from './sink.ts'
import type { ServicePids } from './surroundings.ts'
import { verdictOf } from './verdict.ts'

/** The system under test with everything that measures it. */
export interface Bench {
  readonly system: RunningContestant
  readonly services: ServicePids
  readonly sink: Child<SinkHandlers>
  readonly load: Child<LoadGeneratorHandlers>
}

const batch = 50
const connections = 8

/** No further call for so long: the rest is not coming. Sooner when requests were refused, as then it cannot. */
const stalledMs = { allAccepted: 30_000, someRefused: 3_000 }
/** So long after the last call a repeated one would have shown, and the ends of jobs are written. */
const quietMs = 1_500

/** Everything at once: batches of 50 over 8 connections, each sending as soon as it was answered. */
export async function measureThroughput(bench: Bench, events: LeadEvents): Promise<Throughput> {
  const { system, sink, load } = bench
  await sink.request('expect', events)
  await resetPeakMemory(system.pid)
  const before = await usage(bench)
  const sent = await load.request('flood', { ...events, target: system.target, batch, connections })
  const count = await untilQuiet(sink, events.count, sent.failures)
  const after = await usage(bench)
  const seconds = (count.lastHitMs - sent.firstPostMs) / 1_000
  return {
    events: events.count,
    seconds,
    eventsPerSecond: count.distinct / seconds,
    acceptSeconds: (sent.lastAnswerMs - sent.firstPostMs) / 1_000,
    cpuPer1000: cpuBetween(before, after, events.count / 1_000),
    peakMemoryMiB: await peakMemoryMiB(system.pid),
    verdict: verdictOf(events.count, count, sent.failures),
  }
}

/** A steady rate, one event a request. */
export async function measureLatency(bench: Bench, events: LeadEvents, perSecond: number): Promise<Latency> {
  const { system, sink, load } = bench
  await sink.request('expect', events)
  await resetPeakMemory(system.pid)
  const before = await usage(bench)
  const sent = await load.request('pace', { ...events, target: system.target, perSecond })
  const count = await untilQuiet(sink, events.count, sent.failures)
  const after = await usage(bench)
  const arrived = await sink.request('arrivals', null)
  const since = (from: Float64Array): number[] =>
    Array.from(arrived, (at, index) => Math.max(0, at - (from[index] ?? Number.NaN))).filter(Number.isFinite)
  const fromSent = since(sent.dueMs)
  const fromAccepted = since(sent.acceptedMs)
  return {
    perSecond,
    seconds: events.count / perSecond,
    sentToDelivered: {
      p50: percentile(fromSent, 0.5),
      p99: percentile(fromSent, 0.99),
      max: percentile(fromSent, 1),
    },
    acceptToDelivered: { p50: percentile(fromAccepted, 0.5), p99: percentile(fromAccepted, 0.99) },
    cpuPer1000: cpuBetween(before, after, events.count / 1_000),
    peakMemoryMiB: await peakMemoryMiB(system.pid),
    verdict: verdictOf(events.count, count, sent.failures),
  }
}

/** What it costs while nothing happens. */
export async function measureIdle(bench: Bench, seconds: number): Promise<Idle> {
  const before = await usage(bench)
  const startMs = monotonicMs()
  await sleep(seconds * 1_000)
  const after = await usage(bench)
  const elapsed = (monotonicMs() - startMs) / 1_000
  return {
    seconds,
    cpuShares: cpuBetween(before, after, elapsed),
  }
}

async function usage({ system, services }: Bench): Promise<CpuSeconds> {
  return {
    system: await cpuSeconds(system.pid),
    postgres: await cpuSeconds(services.postgres),
    nats: services.nats === null ? 0 : await cpuSeconds(services.nats),
  }
}

function cpuBetween(before: CpuSeconds, after: CpuSeconds, per: number): CpuSeconds {
  return {
    system: (after.system - before.system) / per,
    postgres: (after.postgres - before.postgres) / per,
    nats: (after.nats - before.nats) / per,
  }
}

/** Waits until every lead was heard of and then nothing more, or until nothing has come for long. */
async function untilQuiet(
  sink: Child<SinkHandlers>,
  expected: number,
  failures: Failures,
): Promise<SinkCount> {
  const giveUpMs = failures.count > 0 ? stalledMs.someRefused : stalledMs.allAccepted
  const startMs = monotonicMs()
  for (;;) {
    const count = await sink.request('count', null)
    const silentMs = monotonicMs() - Math.max(count.lastHitMs, startMs)
    if (silentMs > (count.distinct < expected ? giveUpMs : quietMs)) return count
    await sleep(50)
  }
}
