import type pg from 'pg'
import type { CapExceeded } from '../../../control-plane/rollout/judge/counts.ts'
import type { ConfigError, RolloutCounts } from '../../../control-plane/rollout/judge/counts.ts'
import type { JudgeFacts } from '../../../control-plane/rollout/judge/facts.ts'
import { assembleCounts, isOutside } from '../../../control-plane/rollout/observe/assemble-counts.ts'
import type { CountRow } from '../../../control-plane/rollout/observe/assemble-counts.ts'
import { observedStep, weightOf } from '../../../control-plane/rollout/changed-rollout.ts'
import { capsOver } from '../../../control-plane/rollout/observe/caps-over.ts'
import { factsOf } from '../../../control-plane/rollout/observe/facts-of.ts'
import type { RawFacts } from '../../../control-plane/rollout/observe/facts-of.ts'
import { maturityOf } from '../../../control-plane/rollout/policy/resolved-policy.ts'
import type { RolloutObserved } from '../../../control-plane/rollout/rollout-store.ts'
import type { Rollout } from '../../../control-plane/rollout/rollout.ts'
import { jsonText } from '../connection/json-text.ts'
import { inReadOnlyRole, inRole, inTenants, run, runAlone, withRetries } from '../connection/transaction.ts'
import type { Statement } from '../connection/transaction.ts'
import { oldestUnpublished } from '../alerts/facts-statements.ts'
import * as sql from './observe-statements.ts'

interface ObservingPools {
  readonly app: pg.Pool
  readonly relay: pg.Pool
  readonly control: pg.Pool
}

/** Rows counted by one statement, and how many statements a look takes at most: what is left makes the counts stale, and says so. */
const foldMax = 5_000
const foldRounds = 10
const examplesMax = 20
/** Commands looked at in a round. */
const commandsMax = 2_000

/** Counts what has ripened and reads all that the judge needs. */
export async function observeRollout(pools: ObservingPools, rollout: Rollout): Promise<RolloutObserved> {
  const step = observedStep(rollout.state)
  if (step !== null) await bringUpToDate(pools, rollout, step)
  return await inReadOnlyRole(pools.control, async (client) => {
    const rows = await run<CountRow>(client, sql.counts, [rollout.id])
    const raw = (await run<RawFacts>(client, sql.facts, [rollout.id, step ?? -1]))[0] as RawFacts
    const counts = await countsOf(client, rollout, rows)
    const facts: JudgeFacts = factsOf(rollout, rows, raw)
    const ownedByOne = rollout.scopes.every(({ tenantId }) => tenantId !== null)
    const suspended = ownedByOne ? raw.suspended : []
    return { counts, facts, nowMs: raw.nowMs, suspended, movedTo: raw.moved, waiting: raw.waiting }
  })
}

async function bringUpToDate(pools: ObservingPools, { id, policy }: Rollout, step: number): Promise<void> {
  const settled = await settleCommands(pools, id)
  // A pair has no effects that could fail later.
  const ripeMs = step === -1 ? 0 : maturityOf(policy)
  let all = settled
  for (const [statement, values] of [
    [sql.foldUnits, [id, ripeMs, foldMax]],
    [sql.foldTallies, [id, foldMax]],
  ] as const) {
    all = (await drained(pools.control, id, statement, values)) && all
  }
  if (!all) return
  const [oldest] = await runAlone<{ ms: number | null }>(pools.relay, oldestUnpublished, [])
  await runAlone(pools.control, sql.noteCounted, [id, oldest?.ms ?? 0])
}

async function drained(
  pool: pg.Pool,
  id: string,
  statement: Statement,
  values: readonly unknown[],
): Promise<boolean> {
  for (let round = 0; round < foldRounds; round += 1) {
    const [row] = await counting(pool, id, statement, values)
    if ((row?.folded ?? 0) < foldMax) return true
  }
  return false
}

/** A statement that changes what is counted, while nobody else counts this rollout. */
async function counting(
  pool: pg.Pool,
  id: string,
  statement: Statement,
  values: readonly unknown[],
): Promise<readonly { folded?: number }[]> {
  return await withRetries(pool, async () =>
    inRole(pool, async (client) => {
      await run(client, sql.holdCounting, [id])
      return await run<{ folded?: number }>(client, statement, values)
    }),
  )
}

/** Finds out how commands ended; true: none is left that would have to be looked at now. */
async function settleCommands({ app, control }: ObservingPools, id: string): Promise<boolean> {
  type Open = { readonly command_id: string; readonly tenant_id: string }
  type End = {
    readonly command_id: string
    readonly state: string
    readonly error: Parameters<typeof isOutside>[0]
  }
  for (let round = 0; round < foldRounds; round += 1) {
    const open = await runAlone<Open>(control, sql.openCommands, [id, commandsMax])
    if (open.length === 0) return true
    const ids = open.map((row) => row.command_id)
    const tenants = open.map((row) => row.tenant_id)
    const ends = await inTenants(app, tenants, async (client) => run<End>(client, sql.commandEnds, [ids]))
    const found = ends.map(({ command_id, state, error }) => ({
      command_id,
      state,
      outside: isOutside(error),
    }))
    await counting(control, id, sql.settleCommands, [id, ids, jsonText(found)])
    if (open.length < commandsMax) return true
  }
  return false
}

async function countsOf(
  client: pg.ClientBase,
  rollout: Rollout,
  rows: readonly CountRow[],
): Promise<RolloutCounts> {
  const { id, policy } = rollout
  const examples = await run<ConfigError>(client, sql.configErrors, [id, examplesMax])
  let candidateOnly = examples.length
  if (candidateOnly === examplesMax) {
    const [all] = await run<{ count: number }>(client, sql.configErrorCount, [id])
    candidateOnly = all?.count ?? candidateOnly
  }
  const capsExceeded = await readCaps(client, rollout)
  return assembleCounts(policy, rows, { examples, candidateOnly, capsExceeded })
}

async function readCaps(
  client: pg.ClientBase,
  { id, policy, state }: Rollout,
): Promise<readonly CapExceeded[]> {
  const { actionsPerUnit, actionsPerHour } = policy.caps
  const most = async (arm: string): Promise<number> =>
    (await run<{ actions: number }>(client, sql.mostActions, [id, arm]))[0]?.actions ?? 0
  const ofHour = async (arm: string): Promise<number> =>
    (await run<{ count: number }>(client, sql.actionsOfHour, [id, arm, hourlyMax]))[0]?.count ?? 0
  const perUnit = actionsPerUnit === null ? null : { c: await most('c'), b: await most('b') }
  const perHour = actionsPerHour === null ? null : { c: await ofHour('c'), b: await ofHour('b') }
  return capsOver(policy, weightOf(policy, state) / 10_000, { perUnit, perHour })
}

/** Actions of an hour that are counted: more than any cap. */
const hourlyMax = 100_000_001
