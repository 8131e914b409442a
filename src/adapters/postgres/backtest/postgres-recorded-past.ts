import type pg from 'pg'
import type {
  PastStates,
  RecordedDecision,
  RecordedPast,
  Recording,
} from '../../../sales-core/backtest/recorded-events.ts'
import { PostgresPastStates } from './postgres-past-states.ts'
import { PostgresRecording } from './postgres-recording.ts'
import type { RecordingWindow } from './postgres-recording.ts'
import { inReadOnlyTenants, run } from '../connection/transaction.ts'

const decisionAt = {
  name: 'recorded_decision',
  text: `
select event_id as "eventId", config_digest as "configDigest", changes, trace, decided_at as "decidedAt"
from decision where tenant_id = $1 and entity_key = $2 and entity_seq = $3 limit 1`,
}

/** The event log and the decisions, read back. Read-only throughout. */
export class PostgresRecordedPast implements RecordedPast {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_app. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  recording(window: RecordingWindow): Recording {
    return new PostgresRecording(this.#pool, window)
  }

  states(tenantId: string): PastStates {
    return new PostgresPastStates(this.#pool, tenantId)
  }

  async decision(tenantId: string, entityKey: string, seq: number): Promise<RecordedDecision | null> {
    const [row] = await inReadOnlyTenants(this.#pool, [tenantId], async (client) =>
      run<RecordedDecision>(client, decisionAt, [tenantId, entityKey, seq]),
    )
    return row ?? null
  }
}
