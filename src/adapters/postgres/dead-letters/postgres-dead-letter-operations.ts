import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type {
  DeadLetterAction,
  DeadLetterGroup,
  DeadLetterOperations,
  DeadLetterPlan,
  DeadLetterSelection,
} from '../../../platform/dead-letters/dead-letter-operations.ts'
import type {
  DeadLetterImport,
  DeadLetterTransfer,
} from '../../../platform/dead-letters/dead-letter-transfer.ts'
import { jobItemsMax } from '../../../platform/jobs/job.ts'
import type { Job, JobKind, JobPace } from '../../../platform/jobs/job.ts'
import { inTenants, run, withRetries } from '../connection/transaction.ts'
import { createJob, jobTooLarge, newJobId, requirePace } from '../jobs/create-job.ts'
import { exportLetters } from './export-letters.ts'
import { jsonChanges } from './json-changes.ts'
import { leftAlone } from './judge-letters.ts'
import { letterGroups } from './letter-groups.ts'
import {
  bindSelection,
  letterNotFound,
  noLetters,
  requireKnown,
  selectedLetters,
} from './letter-selection.ts'
import { lockLetter } from './lock-letter.ts'
import { markLetter } from './mark-letter.ts'
import { planLetters } from './plan-letters.ts'
import { commandOf, replaceCommand } from './replay-letter.ts'

const freezeOf = (by: 'filter' | 'ids', job: string) => `
insert into job_item (job_id, ord, tenant_id, target)
select ${job}::uuid, row_number() over (order by d.created_at, d.id), $1, d.id::text from (${selectedLetters[by]}) d`

const freeze = {
  filter: { name: 'letters_freeze_filter', text: freezeOf('filter', '$12') },
  ids: { name: 'letters_freeze_ids', text: freezeOf('ids', '$13') },
}

const countItems = {
  name: 'letters_frozen',
  text: 'select count(*) as total from job_item where job_id = $1',
}

const kinds: Readonly<Record<DeadLetterAction['kind'], JobKind>> = {
  replay: 'dlq.replay',
  resolve: 'dlq.resolve',
  discard: 'dlq.discard',
}

/** What a person does with dead letters, on Postgres. */
export class PostgresDeadLetterOperations implements DeadLetterOperations, DeadLetterTransfer {
  readonly #pool: pg.Pool
  readonly #clock: Clock

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  async groups(
    tenantId: string,
    filter: Parameters<DeadLetterOperations['groups']>[1],
  ): Promise<readonly DeadLetterGroup[]> {
    return inTenants(this.#pool, [tenantId], async (client) => letterGroups(client, tenantId, filter))
  }

  async plan(
    tenantId: string,
    selection: DeadLetterSelection,
    action: DeadLetterAction,
    pace: JobPace,
  ): Promise<DeadLetterPlan> {
    requirePace(pace)
    return inTenants(this.#pool, [tenantId], async (client) => {
      await requireKnown(client, tenantId, selection.ids)
      const plan = await planLetters(client, bindSelection(tenantId, selection), action, pace)
      if (plan.total > jobItemsMax) throw jobTooLarge()
      return plan
    })
  }

  async start(
    tenantId: string,
    selection: DeadLetterSelection,
    action: DeadLetterAction,
    pace: JobPace,
    actor: Actor,
    reason: string | null,
  ): Promise<Job> {
    const bound = bindSelection(tenantId, selection)
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        await requireKnown(client, tenantId, selection.ids)
        const id = newJobId()
        await run(client, freeze[bound.by], [...bound.values, id])
        const [row] = await run<{ total: number }>(client, countItems, [id])
        const total = row?.total ?? 0
        if (total === 0) throw noLetters()
        if (total > jobItemsMax) throw jobTooLarge()
        const { ids, ...filter } = selection
        // The items say which; a hundred thousand ids in the options would say it once more.
        const options = {
          action: { ...action },
          selection: { ...filter, ...(ids === undefined ? {} : { named: ids.length }) },
        }
        const job = { id, tenantId, kind: kinds[action.kind], options, pace, total, walk: null }
        return createJob(client, job, actor, reason)
      }),
    )
  }

  async edit(
    tenantId: string,
    id: string,
    input: JsonObject,
    actor: Actor,
    reason: string | null,
  ): Promise<{ readonly commandId: string; readonly parentId: string }> {
    const action = { kind: 'replay', includeInDoubt: true, newKey: true, order: 'strict' } as const
    return withRetries(this.#pool, async () =>
      inTenants(this.#pool, [tenantId], async (client) => {
        const locked = isUuid(id) ? await lockLetter(client, tenantId, id, action) : null
        if (locked === null) throw letterNotFound([id.slice(0, 60)])
        const { letter, why } = locked
        if (letter.source !== 'command') throw notACommand()
        if (why !== null) throw notOpen(leftAlone[why])
        const parent = await commandOf(client, letter)
        if (parent === null) throw notOpen(leftAlone['command gone'])
        const by = actorName(actor)
        const as = await replaceCommand(client, letter, parent, input, { by, clock: this.#clock })
        const resolution = { outcome: 'edited', as, changes: jsonChanges(parent.input, input) }
        const change = { action: 'edit', status: 'resolved', resolution, replay: { as, job: null } } as const
        await markLetter(client, letter, change, { actor: by, reason, job: null })
        return { commandId: as, parentId: parent.id }
      }),
    )
  }

  exportLetters(tenantId: string, selection: DeadLetterSelection): AsyncIterable<JsonObject> {
    return exportLetters(this.#pool, tenantId, selection)
  }

  async importLetters(
    tenantId: string,
    lines: AsyncIterable<string>,
    options: { readonly dryRun: boolean },
    actor: Actor,
    reason: string | null,
  ): Promise<DeadLetterImport> {
    // Its schema library is needed by nobody else who opens the stores.
    const { importLetters } = await import('./import-letters.ts')
    return importLetters(this.#pool, tenantId, lines, { ...options, actor: actorName(actor), reason })
  }
}

function notACommand(): NxError {
  return new NxError('invalid', 'NX-DLQ-NOT-A-COMMAND', 'Only the letter of a command can be edited', {
    detail: 'What came from outside is mapped again by a replay; an event is what it is.',
    fix: 'Mend the configuration and replay the letter, or resolve it.',
  })
}

function notOpen(why: string): NxError {
  return new NxError('conflict', 'NX-DLQ-NOT-OPEN', 'The letter cannot be edited now', { detail: why })
}
