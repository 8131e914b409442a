import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { neuronxStart } from '../outbox/contestants/neuronx.ts'
import { install } from '../pipeline/contestants/installation.ts'
import { startChild } from '../pipeline/harness/child-process.ts'
import type { Child } from '../pipeline/harness/child-process.ts'
import { median, percentile } from '../pipeline/harness/percentile.ts'
import { cpuSeconds } from '../pipeline/harness/process-usage.ts'
import { openSurroundings } from '../pipeline/harness/surroundings.ts'
import type { AdaptersOptions } from './adapters-options.ts'
import type { DispatchHandlers } from './dispatch-process.ts'
import type { VendorHandlers } from './vendor-process.ts'

export interface DispatchFigures {
  readonly commands: number
  readonly commandsPerSecond: number
  /** CPU seconds per 1,000 commands. */
  readonly cpuPer1000: { readonly dispatcher: number; readonly postgres: number }
}

/** Milliseconds from put in to the vendor's door. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

export interface SlowFigures {
  readonly perSecond: number
  /** Calls that the slow vendor had in one phase. */
  readonly slowCalls: number
  /** Medians of the rounds. */
  readonly alone: Latency
  readonly beside: Latency
  /** p99 beside over p99 alone, round by round: the median. */
  readonly ratio: number
}

export interface DispatcherFigures {
  readonly drain: DispatchFigures | null
  readonly slow: SlowFigures | null
  /** What was lost or repeated; empty when every command had one effect. */
  readonly failures: readonly string[]
}

const configFolder = fileURLToPath(new URL('config', import.meta.url))
const warmUp = 1_000
/** What one integration may have under way, and how long each of these takes: see vendor-process.ts. */
const slowUnderWay = 64
const slowSeconds = 10

interface World {
  readonly vendor: Child<VendorHandlers>
  readonly dispatcher: Child<DispatchHandlers>
  readonly postgresPid: number
  readonly failures: string[]
}

/** The daemon's dispatcher with gate, executor and Postgres in a process of its own, one tenant, vendors on loopback. */
export async function measureDispatcher(
  { dispatched, perSecond, seconds, rounds, only }: AdaptersOptions,
  folder: string,
): Promise<DispatcherFigures> {
  await using surroundings = await openSurroundings(folder, '', true)
  await using vendor = startChild<VendorHandlers>(new URL('vendor-process.ts', import.meta.url))
  const origin = await vendor.request('listen', null)
  const installation = await install(surroundings.given)
  const start = await neuronxStart(
    surroundings.given,
    installation,
    await withAddress(surroundings.given.folder, origin),
  )
  await using dispatcher = startChild<DispatchHandlers>(new URL('dispatch-process.ts', import.meta.url))
  await dispatcher.request('start', start)
  const world: World = {
    vendor,
    dispatcher,
    postgresPid: surroundings.services.postgres,
    failures: [],
  }
  await drain(world, 'warm', warmUp)
  const wants = (part: string): boolean => only?.includes(part) ?? true
  return {
    drain: wants('dispatch') ? await drain(world, 'load', dispatched) : null,
    slow: wants('slow') ? await besideSlow(world, perSecond, seconds, Math.ceil(rounds / 3)) : null,
    failures: world.failures,
  }
}

async function withAddress(folder: string, origin: string): Promise<string> {
  const copy = join(folder, 'adapters-config')
  await mkdir(copy)
  await cp(configFolder, copy, { recursive: true })
  const file = join(copy, 'tenants', 'bench', 'vendors.yaml')
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('http://127.0.0.1:9999', origin))
  return copy
}

async function drain(world: World, phase: string, count: number): Promise<DispatchFigures> {
  const { vendor, dispatcher, postgresPid } = world
  await vendor.request('expect', { phase, count })
  const postgresBefore = await cpuSeconds(postgresPid)
  const { ms, cpuSeconds: own } = await dispatcher.request('drain', { phase, count })
  const postgres = (await cpuSeconds(postgresPid)) - postgresBefore
  await check(world, phase, count)
  return {
    commands: count,
    commandsPerSecond: (count / ms) * 1_000,
    cpuPer1000: { dispatcher: (own / count) * 1_000, postgres: (postgres / count) * 1_000 },
  }
}

async function besideSlow(
  world: World,
  perSecond: number,
  seconds: number,
  rounds: number,
): Promise<SlowFigures> {
  const slowCalls = slowUnderWay * Math.ceil(seconds / slowSeconds)
  const all: { alone: Latency; beside: Latency }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const alone = await latency(world, `alone${letter(round)}`, perSecond, seconds, 0)
    const beside = await latency(world, `beside${letter(round)}`, perSecond, seconds, slowCalls)
    all.push({ alone, beside })
  }
  const middle = (pick: (one: (typeof all)[number]) => number): number => median(all.map(pick))
  return {
    perSecond,
    slowCalls,
    alone: { p50: middle(({ alone }) => alone.p50), p99: middle(({ alone }) => alone.p99) },
    beside: { p50: middle(({ beside }) => beside.p50), p99: middle(({ beside }) => beside.p99) },
    ratio: middle(({ alone, beside }) => beside.p99 / alone.p99),
  }
}

async function latency(
  world: World,
  phase: string,
  perSecond: number,
  seconds: number,
  slow: number,
): Promise<Latency> {
  const { vendor, dispatcher } = world
  const count = perSecond * seconds
  await vendor.request('expect', { phase, count })
  const sentMs = await dispatcher.request('steady', { phase, perSecond, seconds, slow })
  // The last slow calls are answered before the next phase begins.
  await dispatcher.request('quiet', null)
  await check(world, phase, count, slow)
  const arrivedMs = await vendor.request('arrivals', null)
  const ms = [...sentMs].map((sent, index) => (arrivedMs[index] ?? Number.NaN) - sent)
  return { p50: percentile(ms, 0.5), p99: percentile(ms, 0.99) }
}

async function check({ vendor, failures }: World, phase: string, count: number, slow = 0): Promise<void> {
  const found = await vendor.request('count', null)
  if (found.heard !== count || found.repeated > 0)
    failures.push(`${phase}: ${found.heard} calls of ${count}, ${found.repeated} repeated`)
  if (found.slow !== slow) failures.push(`${phase}: ${found.slow} slow calls of ${slow}`)
}

function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + (index % 26))
}
