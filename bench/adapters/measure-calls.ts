import { OutgoingClient } from '../../src/adapters/http/outgoing-client.ts'
import { startChild } from '../pipeline/harness/child-process.ts'
import { monotonicMs } from '../pipeline/harness/monotonic-ms.ts'
import { median } from '../pipeline/harness/percentile.ts'
import { BareUndici } from './bare-undici.ts'
import { connectorsUnderTest, prepareConnector } from './connectors-under-test.ts'
import type { Prepared } from './connectors-under-test.ts'
import type { VendorHandlers } from './vendor-process.ts'

/** One connector, all rounds: medians. */
export interface CallFigures {
  readonly connector: string
  /** CPU time of this process for one call, microseconds: the same bytes by bare undici, and a command through the executor. */
  readonly bareUs: number
  readonly executorUs: number
  /** What the executor adds, round by round. */
  readonly addedUs: number
  readonly barePerSecond: number
  readonly commandsPerSecond: number
  /** Commands that did not end well; none, when the figures say anything. */
  readonly failed: number
}

/** Calls under way at once. */
const underWay = 64
const warmUpCalls = 1_500

/**
 * Translating, signing, sending and judging beside bare undici, in this process and in turn, against a vendor in a process of its own
 * that answers at once.
 */
export async function measureCalls(commands: number, rounds: number): Promise<readonly CallFigures[]> {
  await using vendor = startChild<VendorHandlers>(new URL('vendor-process.ts', import.meta.url))
  const origin = await vendor.request('listen', null)
  await using client = new OutgoingClient({ allowPrivate: true })
  await using bare = new BareUndici(origin, underWay)
  const all = await Promise.all(
    connectorsUnderTest.map(async (one) => ({
      name: one.connector,
      prepared: await prepareConnector(one, origin, client),
      rows: [] as RoundFigures[],
    })),
  )
  for (const { prepared } of all) await oneRound(prepared, bare, warmUpCalls)
  for (let round = 0; round < rounds; round += 1)
    for (const { prepared, rows } of all) rows.push(await oneRound(prepared, bare, commands, round % 2 === 1))
  return all.map(({ name, rows }) => ({
    connector: name,
    bareUs: median(rows.map(({ bareUs }) => bareUs)),
    executorUs: median(rows.map(({ executorUs }) => executorUs)),
    addedUs: median(rows.map(({ bareUs, executorUs }) => executorUs - bareUs)),
    barePerSecond: median(rows.map(({ barePerSecond }) => barePerSecond)),
    commandsPerSecond: median(rows.map(({ commandsPerSecond }) => commandsPerSecond)),
    failed: rows.reduce((sum, { failed }) => sum + failed, 0),
  }))
}

type RoundFigures = Omit<CallFigures, 'connector' | 'addedUs'>

/** Both, one after the other; which comes first changes from round to round. */
async function oneRound(
  { executor, commands, request }: Prepared,
  bare: BareUndici,
  count: number,
  ownFirst = false,
): Promise<RoundFigures> {
  const cleared = await commands(count)
  const never = new AbortController().signal
  let failed = 0
  const runBare = async () => await measured(count, async () => void (await bare.call(request)))
  const runOwn = async () =>
    await measured(count, async (index) => {
      const command = cleared[index]
      const outcome = command === undefined ? null : await executor.execute(command, never)
      if (outcome?.state !== 'succeeded') failed += 1
    })
  const first = ownFirst ? await runOwn() : await runBare()
  const second = ownFirst ? await runBare() : await runOwn()
  const [own, other] = ownFirst ? [first, second] : [second, first]
  return {
    bareUs: other.cpuUs,
    executorUs: own.cpuUs,
    barePerSecond: other.perSecond,
    commandsPerSecond: own.perSecond,
    failed,
  }
}

/** Does something so many times, `underWay` at once: CPU microseconds of each, and how many a second. */
async function measured(
  count: number,
  work: (index: number) => Promise<void>,
): Promise<{ readonly cpuUs: number; readonly perSecond: number }> {
  const before = process.cpuUsage()
  const began = monotonicMs()
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: underWay }, worker))
  const { user, system } = process.cpuUsage(before)
  return { cpuUs: (user + system) / count, perSecond: (count / (monotonicMs() - began)) * 1_000 }
}
