import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import type { CommandState, LeasedCommand } from '../../../messaging/commands/command.ts'
import type { CommandControl, ControlResult, SettledAs } from '../../../messaging/commands/command-control.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { commandOfRow } from '../commands/command-row.ts'
import type { CommandRow } from '../commands/command-row.ts'
import {
  commandsById,
  holdHeadsForControl,
  lanesForControl,
  lockForControl,
  outcomeStates,
} from './control-statements.ts'
import { endCommands } from '../commands/end-commands.ts'
import { nextLease } from '../commands/leased-row.ts'
import { endDoubt } from '../commands/settle-doubt.ts'
import type { DoubtEnd } from '../commands/settle-doubt.ts'
import { resolveLetters } from '../commands/settle-statements.ts'

interface LaneRow {
  readonly command_id: string
  readonly state: CommandState
  readonly attempt: number
  readonly run_lease: string
  readonly first_attempt_at: string | null
}

interface Held {
  readonly state: CommandState
  readonly leased: LeasedCommand
}

/** Commands in one transaction, which holds their lanes. */
const cancelMax = 100
/** Rounds in which the head of a lane ended while it was waited for. More means that something else is wrong. */
const roundsMax = 10

/** Steers commands by hand on Postgres. Row locks decide between a person and the dispatcher: who comes second sees it. */
export class PostgresCommandControl implements CommandControl {
  readonly #pool: pg.Pool
  readonly #clock: Clock

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  async settle(
    tenantId: string,
    id: string,
    as: SettledAs,
    by: string,
    evidence: string,
  ): Promise<ControlResult> {
    return this.#with(tenantId, [id], async (client, held, states) => {
      const command = held.get(id)
      if (command?.state !== 'in_doubt') {
        return { id, state: 'skipped', why: notInDoubt(command?.state ?? states.get(id)) }
      }
      await endDoubt(client, command.leased, endOf(as), { by, evidence }, this.#clock)
      return { id, state: 'done' }
    })
  }

  async cancel(
    tenantId: string,
    ids: readonly string[],
    by: string,
    reason: string,
  ): Promise<readonly ControlResult[]> {
    const wanted = [...new Set(ids)]
    const results: ControlResult[] = []
    for (let from = 0; from < wanted.length; from += cancelMax) {
      const chunk = wanted.slice(from, from + cancelMax)
      results.push(
        ...(await this.#with(tenantId, chunk, async (client, held, states) =>
          this.#cancelHeld(client, { tenantId, by, reason }, chunk, held, states),
        )),
      )
    }
    return results
  }

  async #cancelHeld(
    client: pg.ClientBase,
    { tenantId, by, reason }: { tenantId: string; by: string; reason: string },
    ids: readonly string[],
    held: ReadonlyMap<string, Held>,
    states: ReadonlyMap<string, CommandState>,
  ): Promise<readonly ControlResult[]> {
    const open = [...held.values()].filter(({ state }) => state === 'waiting' || state === 'ready')
    await endCommands(
      client,
      open.map(({ leased }) => ({
        leased: nextLease(leased),
        durationMs: 0,
        end: { state: 'cancelled', reason },
      })),
      this.#clock,
    )
    for (const { leased, state } of open) {
      const { id } = leased.command
      await run(client, resolveLetters, [tenantId, id])
      await writeAudit(client, {
        tenantId,
        actor: by,
        action: 'command.cancel',
        target: `command/${id}`,
        reason,
        before: { state },
        after: { state: 'cancelled' },
      })
    }
    const cancelled = new Set(open.map(({ leased }) => leased.command.id))
    return ids.map((id) =>
      cancelled.has(id)
        ? { id, state: 'done' }
        : { id, state: 'skipped', why: notOpen(held.get(id)?.state ?? states.get(id)) },
    )
  }

  async #with<T>(
    tenantId: string,
    ids: readonly string[],
    work: (
      client: pg.ClientBase,
      held: ReadonlyMap<string, Held>,
      ended: ReadonlyMap<string, CommandState>,
    ) => Promise<T>,
  ): Promise<T> {
    const known = ids.filter(isUuid)
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        await holdHeads(client, tenantId, known)
        const lanes = await run<LaneRow>(client, lockForControl, [tenantId, known])
        const rows = await run<CommandRow>(client, commandsById, [tenantId, known])
        const commands = new Map(rows.map((row) => [row.id, commandOfRow(row)]))
        const ended = await run<{ command_id: string; state: CommandState }>(client, outcomeStates, [
          tenantId,
          known,
        ])
        const held = new Map<string, Held>()
        for (const lane of lanes) {
          const command = commands.get(lane.command_id)
          if (command === undefined) continue
          const leased = {
            command,
            attempt: lane.attempt,
            runLease: lane.run_lease,
            firstAttemptAt: lane.first_attempt_at,
            leaseEndsMs: 0,
          }
          held.set(command.id, { state: lane.state, leased })
        }
        return work(client, held, new Map(ended.map((row) => [row.command_id, row.state])))
      }),
    )
  }
}

/** Only a new snapshot shows the next head of a lane whose head ended while it was waited for. */
async function holdHeads(client: pg.ClientBase, tenantId: string, ids: readonly string[]): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) {
    const lanes = await run<{ lane_key: string }>(client, lanesForControl, [tenantId, ids])
    const wanted = lanes.map((row) => row.lane_key)
    const held = await run<{ lane_key: string }>(client, holdHeadsForControl, [wanted])
    if (held.length >= wanted.length) return
  }
  throw new NxError('unavailable', 'NX-DB-RETRY', 'A lane changed too often while a command was steered', {
    retryable: true,
  })
}

function endOf(as: SettledAs): DoubtEnd {
  switch (as.outcome) {
    case 'succeeded':
      return { state: 'succeeded', result: as.result }
    case 'retry':
      return { state: 'retry', anew: true }
    case 'failed':
      return { state: 'failed' }
  }
}

function notInDoubt(state: CommandState | undefined): string {
  return state === undefined ? 'There is no command with this id.' : `It is not in doubt: it is ${state}.`
}

function notOpen(state: CommandState | undefined): string {
  switch (state) {
    case undefined:
      return 'There is no command with this id.'
    case 'leased':
      return 'It is at work right now.'
    case 'in_doubt':
      return 'Nobody knows whether it took effect; settle it instead.'
    default:
      return `It has ended already: ${state}.`
  }
}
