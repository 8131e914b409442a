import type pg from 'pg'
import { NxError } from '../../../../kernel/errors.ts'
import type { EventBus } from '../../../../messaging/bus/event-bus.ts'
import { sortOut } from '../../../../messaging/bus/publication.ts'
import { shardCount } from '../../../../messaging/events/entity-key.ts'
import type { JobHandler, JobLease, JobStep } from '../../../../platform/jobs/job-handler.ts'
import type { JobPace } from '../../../../platform/jobs/job.ts'
import type { OutboxSelection } from '../../../../platform/jobs/outbox-replays.ts'
import { jsonText } from '../../connection/json-text.ts'
import { runAlone } from '../../connection/transaction.ts'
import { outgoingEvent } from '../../events/outgoing-event.ts'
import * as sql from './outbox-walk.ts'
import type { OutboxWalk, WalkRow } from './outbox-walk.ts'

const rowsMax = 500
const pausedMs = 5_000

/**
 * Publishes a part of the log to the bus once more, a stretch at a time. What dies between publishing a stretch and noting it
 * publishes it again under the same number, which the bus swallows; whatever comes twice, the consumer suppresses.
 */
export class OutboxReplayHandler implements JobHandler {
  readonly kind = 'outbox.replay'
  readonly #relay: pg.Pool
  readonly #bus: Pick<EventBus, 'publish'>

  /** `relay` works as neuronx_relay. */
  constructor(relay: pg.Pool, bus: Pick<EventBus, 'publish'>) {
    this.#relay = relay
    this.#bus = bus
  }

  async step(lease: JobLease, leaseMs: number): Promise<JobStep> {
    const { id, pace } = lease.job
    const key = [id, lease.run]
    const [state] = await runAlone<{ walk: OutboxWalk; wait_ms: number; publishing_paused: boolean }>(
      this.#relay,
      sql.readWalk,
      key,
    )
    if (state === undefined) return { state: 'over' }
    if (state.publishing_paused) return { state: 'later', ms: pausedMs }
    if (state.wait_ms > 0) {
      await runAlone(this.#relay, sql.renewWalk, [...key, leaseMs])
      return { state: 'wait', ms: Math.ceil(state.wait_ms) }
    }
    const limit = stretch(pace)
    const rows = await this.#rows(lease, state.walk, limit)
    const { published, suppressed, pending, to } = await this.#publish(lease, rows)
    const walk =
      rows.length < limit && to === rows.at(-1) ? nextShard(lease, state.walk) : moved(state.walk, to)
    if (walk === null && published + pending === 0) {
      await runAlone(this.#relay, sql.endWalk, key)
      return { state: 'over' }
    }
    // At the end the position stays behind the last row, and the next look finds nothing.
    const next = walk ?? moved(state.walk, to)
    await runAlone(this.#relay, sql.moveWalk, [
      ...key,
      jsonText(next),
      published,
      suppressed,
      pending,
      leaseMs,
    ])
    return { state: 'went_on' }
  }

  async #rows(lease: JobLease, walk: OutboxWalk, limit: number): Promise<readonly WalkRow[]> {
    const { tenantId, options } = lease.job
    const selection = options['selection'] as unknown as OutboxSelection
    const statement = tenantId === null ? sql.nextOfShard : sql.nextOfTenant
    return runAlone<WalkRow>(this.#relay, statement, [
      ...sql.walkValues(selection),
      tenantId ?? walk.shard,
      walk.txid,
      walk.pos,
      walk.fence,
      limit,
    ])
  }

  /** What is not behind the relay's cursor yet is the relay's to publish. `to`: the last row that is dealt with. */
  async #publish(
    lease: JobLease,
    rows: readonly WalkRow[],
  ): Promise<{ published: number; suppressed: number; pending: number; to: WalkRow | undefined }> {
    const matching = rows.filter((row) => row.matches)
    const due = matching.filter((row) => row.published)
    const pending = matching.length - due.length
    if (due.length === 0) return { published: 0, suppressed: 0, pending, to: rows.at(-1) }
    // Milliseconds: far from the numbers that the reconciler counts up from.
    const publishNumber = Date.parse(lease.job.createdAt)
    const events = due.map(outgoingEvent)
    const { stopped } = sortOut(events, await this.#bus.publish(events, publishNumber))
    // The walk goes through all shards in one order: it comes as far as the first of their stops.
    const gaps = new Set(stopped.map(({ event }) => event.eventId))
    const gap = due.findIndex((row) => gaps.has(row.event_id))
    const stored = gap === -1 ? due.length : gap
    if (stored === 0) {
      throw new NxError('unavailable', 'NX-BUS-NOT-STORED', 'The bus stored none of the events', {
        detail: `Event ${due[0]?.event_id ?? ''}: ${stopped[0]?.stop.why ?? 'no answer'}`,
        retryable: true,
      })
    }
    const last = due[stored - 1]
    const to = stored === due.length ? rows.at(-1) : last
    const upTo = to === undefined ? 0 : rows.indexOf(to)
    const passed = rows.slice(0, upTo + 1).filter((row) => row.matches && !row.published)
    const suppressed = due.slice(0, stored).filter((row) => row.applied).length
    return { published: stored, suppressed, pending: passed.length, to }
  }
}

/** At a rate, half a second's worth at a time. */
function stretch({ perSecond }: JobPace): number {
  return perSecond === null ? rowsMax : Math.max(1, Math.min(rowsMax, Math.ceil(perSecond / 2)))
}

function moved(walk: OutboxWalk, to: WalkRow | undefined): OutboxWalk {
  return to === undefined ? walk : { ...walk, txid: to.txid, pos: to.pos }
}

/** null: it has come to the end. */
function nextShard(lease: JobLease, walk: OutboxWalk): OutboxWalk | null {
  if (lease.job.tenantId !== null || walk.shard + 1 >= shardCount) return null
  return { ...walk, shard: walk.shard + 1, txid: '0', pos: '0' }
}
