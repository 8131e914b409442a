import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { eventBytesMax } from '../../../messaging/events/event.ts'
import type { ConfigProvider } from '../../../sales-core/processing/config-provider.ts'
import { collects, recollect } from '../../../sales-core/scoring/recollect.ts'
import { recomputedEvent } from '../../../sales-core/scoring/score-events.ts'
import { run } from '../connection/transaction.ts'
import { effectState } from '../dead-letters/letter-work.ts'
import { appendEvents } from '../events/append-events.ts'
import type { ItemWork } from '../jobs/item-work.ts'
import { pastOf } from './entity-past.ts'
import type { StateRow } from './entity-row.ts'
import { stateColumns, stateOfRow } from './entity-row.ts'

/** What a `score.recompute` job was asked for. */
export interface RecomputeOptions {
  readonly model: string
  readonly emit: boolean
  readonly all: boolean
}

/** Until the end of the transaction nothing is logged of the entity: what was collected up to here is what the event says. */
const holdHead = {
  name: 'recompute_head',
  text: `select seq from entity_head where tenant_id = $1 and entity_key = $2 for no key update`,
}

const stateByKey = {
  name: 'recompute_entity',
  text: `select ${stateColumns} from entity e where e.tenant_id = $1 and e.entity_key = $2`,
}

/** Logs a `score.recomputed` event for each entity of a `score.recompute` job. */
export function scoreRecomputeWork(configs: Pick<ConfigProvider, 'configFor'>, clock: Clock): ItemWork {
  return {
    kind: 'score.recompute',
    carryOut: async (client, job, item) => {
      const { model, emit, all } = job.options['recompute'] as unknown as RecomputeOptions
      const { tenantId } = job
      const [head] = await run<{ seq: number }>(client, holdHead, [tenantId, item.target])
      const [row] = await run<StateRow>(client, stateByKey, [tenantId, item.target])
      if (head === undefined || row === undefined) return skipped('It is gone.')
      const entity = stateOfRow(row)
      const { config } = await configs.configFor(tenantId, entity.workspace)
      const score = config.scoresFor(entity.ref.kind).find(({ name }) => name === model)
      if (score === undefined) return skipped(`${entity.workspace} has no LeadScore ${model} (any more).`)
      if (!all && entity.scores[model]?.model === score.digest)
        return skipped('An event has scored it by this model meanwhile.')
      const past = collects(score) ? await readPast(client, tenantId, row, head.seq) : null
      const collected = past === null ? null : recollect(score, entity, past, config)
      const owner = { tenantId, workspace: entity.workspace, ref: entity.ref, model }
      const event = recomputedEvent(owner, { job: job.id, emits: emit, collected }, clock.now().toISOString())
      if (JSON.stringify(event.data).length > eventBytesMax / 2)
        return { status: 'failed', note: 'What it collected is larger than an event may be.' }
      await appendEvents(client, [{ event, routed: true }])
      return { status: 'done', note: event.id }
    },
    settled: async (client, job, item) => await effectState(client, job.tenantId, item.note),
  }
}

async function readPast(client: pg.ClientBase, tenantId: string, row: StateRow, toSeq: number) {
  return pastOf(client, tenantId, row.entity_key, { appliedSeq: row.applied_seq, toSeq })
}

function skipped(note: string): { readonly status: 'skipped'; readonly note: string } {
  return { status: 'skipped', note }
}
