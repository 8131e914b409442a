import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { DeadLetterAction } from '../../../platform/dead-letters/dead-letter-operations.ts'
import type { Job, JobItem } from '../../../platform/jobs/job.ts'
import type { DoubtEnd } from '../commands/settle-doubt.ts'
import { run } from '../connection/transaction.ts'
import type { ItemResult, ItemWork } from '../jobs/item-work.ts'
import { endDoubtOf } from './end-doubt.ts'
import { leftAlone } from './judge-letters.ts'
import { lockLetter } from './lock-letter.ts'
import type { LockedLetter } from './lock-letter.ts'
import { markLetter } from './mark-letter.ts'
import { replayLetter } from './replay-letter.ts'
import type { ReplayDependencies } from './replay-letter.ts'

type TenantJob = Job & { readonly tenantId: string }

/** How what a letter was put back as is doing: a command, or an event. */
const effectOf = {
  name: 'letter_effect',
  text: `
select coalesce(o.state, l.state) as command_state, e.entity_seq, coalesce(n.applied_seq, 0) >= e.entity_seq as applied, d.id is not null as dead
from (select $2::uuid as id) x
left join lateral (select state from command_outcome o where o.command_id = x.id limit 1) o on true
left join lateral (select state from command_lane l where l.command_id = x.id limit 1) l on true
left join lateral (select tenant_id, entity_key, entity_seq from event_log e where e.tenant_id = $1 and e.event_id = x.id limit 1) e on true
left join lateral (
  select applied_seq from entity n where n.tenant_id = e.tenant_id and n.entity_key = e.entity_key limit 1) n on true
left join lateral (
  select id from dead_letter d where d.tenant_id = $1 and d.event_id = x.id and d.source in ('event', 'rule') limit 1) d on true`,
}

interface EffectRow {
  readonly command_state: string | null
  readonly entity_seq: number | null
  readonly applied: boolean | null
  readonly dead: boolean
}

/** Has a command or event that was put to work ended, and well? */
export async function effectState(
  client: pg.ClientBase,
  tenantId: string,
  id: string | null,
): Promise<'done' | 'failed' | 'pending'> {
  if (id === null || !isUuid(id)) return 'done'
  const [row] = await run<EffectRow>(client, effectOf, [tenantId, id])
  if (row === undefined) return 'done'
  if (row.command_state !== null) {
    if (row.command_state === 'succeeded') return 'done'
    return ['dead', 'cancelled', 'in_doubt'].includes(row.command_state) ? 'failed' : 'pending'
  }
  if (row.dead) return 'failed'
  return row.entity_seq !== null && row.applied !== true ? 'pending' : 'done'
}

/** Replays the letters of a `dlq.replay` job. */
export function replayWork(dependencies: ReplayDependencies): ItemWork {
  return {
    kind: 'dlq.replay',
    carryOut: async (client, job, item) => {
      const action = actionOf(job)
      if (action.kind !== 'replay') throw wrongAction(job)
      return await withLetter(client, job, item, action, async (letter) => {
        const replayed = await replayLetter(
          client,
          letter,
          { newKey: action.newKey, by: job.actor },
          dependencies,
        )
        if (replayed.state === 'left_alone') return { status: 'skipped', note: replayed.why }
        if (replayed.state === 'failed') return { status: 'failed', note: replayed.why }
        const { as, state } = replayed
        const resolution = state === 'resolved' ? { outcome: 'replayed', as } : null
        const replay = { as, job: job.id }
        await markLetter(client, letter, { action: 'replay', status: state, resolution, replay }, byJob(job))
        return { status: 'done', note: as }
      })
    },
    settled: async (client, job, item) => await effectState(client, job.tenantId, item.note),
  }
}

/** Settles the letters of a `dlq.resolve` job by what a person found out. */
export function resolveWork(clock: Clock): ItemWork {
  return {
    kind: 'dlq.resolve',
    carryOut: async (client, job, item) => {
      const action = actionOf(job)
      if (action.kind !== 'resolve') throw wrongAction(job)
      const { outcome, evidence } = action
      return await withLetter(client, job, item, action, async (letter) => {
        const end: DoubtEnd =
          outcome === 'done_elsewhere' ? { state: 'succeeded', result: { evidence } } : { state: 'failed' }
        await settleDoubt(client, letter, end, { by: job.actor, evidence }, clock)
        const resolution = { outcome, evidence }
        await markLetter(
          client,
          letter,
          { action: 'resolve', status: 'resolved', resolution, replay: null },
          byJob(job),
        )
        return { status: 'done', note: outcome }
      })
    },
  }
}

/** Gives up the letters of a `dlq.discard` job. */
export function discardWork(clock: Clock): ItemWork {
  return {
    kind: 'dlq.discard',
    carryOut: async (client, job, item) => {
      const action = actionOf(job)
      return await withLetter(client, job, item, action, async (letter) => {
        const evidence = job.reason ?? 'Its letter was discarded'
        await settleDoubt(client, letter, { state: 'failed' }, { by: job.actor, evidence }, clock)
        const resolution = { outcome: 'discarded' }
        await markLetter(
          client,
          letter,
          { action: 'discard', status: 'discarded', resolution, replay: null },
          byJob(job),
        )
        return { status: 'done', note: 'discarded' }
      })
    },
  }
}

async function withLetter(
  client: pg.ClientBase,
  job: TenantJob,
  item: JobItem,
  action: DeadLetterAction,
  work: (letter: LockedLetter) => Promise<ItemResult>,
): Promise<ItemResult> {
  const locked = await lockLetter(client, job.tenantId, item.target, action)
  if (locked === null) return { status: 'skipped', note: 'There is no dead letter with this id.' }
  if (locked.why !== null) return { status: 'skipped', note: leftAlone[locked.why] }
  return await work(locked.letter)
}

/** A command in doubt holds up its lane until somebody says what became of it. */
async function settleDoubt(
  client: pg.ClientBase,
  letter: LockedLetter,
  end: DoubtEnd,
  by: { readonly by: string; readonly evidence: string },
  clock: Clock,
): Promise<void> {
  if (letter.source === 'command' && letter.command_id !== null)
    await endDoubtOf(client, letter.command_id, end, by, clock)
}

function byJob(job: Job): { actor: string; reason: string | null; job: string } {
  return { actor: job.actor, reason: job.reason, job: job.id }
}

/** The action as the job keeps it in its options. */
function actionOf(job: Job): DeadLetterAction {
  return job.options['action'] as unknown as DeadLetterAction
}

function wrongAction(job: Job): NxError {
  return new NxError('bug', 'NX-JOB-OPTIONS', `A job of kind ${job.kind} does not hold its action`)
}
