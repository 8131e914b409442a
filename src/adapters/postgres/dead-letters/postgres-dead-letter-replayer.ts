import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { DeadLetterAction } from '../../../platform/dead-letters/dead-letter-operations.ts'
import type { DeadLetterReplayer, ReplayResult } from '../../../platform/dead-letters/dead-letter-replayer.ts'
import type { DeliveryTranslator } from '../../../platform/dead-letters/delivery-translator.ts'
import { inTenants, withRetries } from '../connection/transaction.ts'
import { leftAlone } from './judge-letters.ts'
import { lockLetter } from './lock-letter.ts'
import { markLetter } from './mark-letter.ts'
import { replayLetter } from './replay-letter.ts'

/** Who replays without a job has no configuration at hand to map deliveries with. */
const noConfiguration: DeliveryTranslator = {
  translate: async () => ({
    state: 'unmappable',
    code: 'NX-HOOK-UNMAPPABLE',
    reason: 'What came from outside must be translated again: replay it as a job.',
  }),
}

/** Puts dead letters back to work on Postgres: one transaction a letter, so that one bad letter does not hold up the rest. */
export class PostgresDeadLetterReplayer implements DeadLetterReplayer {
  readonly #pool: pg.Pool
  readonly #clock: Clock

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  async replay(
    tenantId: string,
    ids: readonly string[],
    options: { includeInDoubt: boolean },
    actor: Actor,
    reason: string | null,
  ): Promise<readonly ReplayResult[]> {
    const action = { kind: 'replay', newKey: false, order: 'strict', ...options } as const
    const by = { actor: actorName(actor), reason, job: null }
    const results: ReplayResult[] = []
    for (const id of new Set(ids)) {
      results.push(
        await withRetries(this.#pool, async () =>
          inTenants(this.#pool, [tenantId], async (client) =>
            this.#replayOne(client, tenantId, id, action, by),
          ),
        ),
      )
    }
    return results
  }

  async #replayOne(
    client: pg.ClientBase,
    tenantId: string,
    id: string,
    action: Extract<DeadLetterAction, { kind: 'replay' }>,
    by: Parameters<typeof markLetter>[3],
  ): Promise<ReplayResult> {
    const skipped = (why: string): ReplayResult => ({ id, state: 'skipped', why })
    const locked = isUuid(id) ? await lockLetter(client, tenantId, id, action) : null
    if (locked === null) return skipped('There is no dead letter with this id.')
    if (locked.why !== null) return skipped(leftAlone[locked.why])
    const dependencies = { clock: this.#clock, translator: noConfiguration }
    const replayed = await replayLetter(client, locked.letter, { newKey: false, by: by.actor }, dependencies)
    if (replayed.state === 'left_alone' || replayed.state === 'failed') return skipped(replayed.why)
    const { as, state } = replayed
    const resolution = state === 'resolved' ? { outcome: 'replayed', as } : null
    const change = { action: 'replay', status: state, resolution, replay: { as, job: null } } as const
    await markLetter(client, locked.letter, change, by)
    return { id, state: 'replayed', as }
  }
}
