import type pg from 'pg'
import type { SentMessage, SentMessages } from '../../../../messaging/commands/sent-messages.ts'
import { inReadOnlyTenants, run } from '../../connection/transaction.ts'
import { findSentMessages } from './sent-message-statements.ts'

interface SentRow {
  readonly message_id: string
  readonly command_id: string
  readonly workspace: string
  readonly entity_key: string
  readonly correlation_id: string
  readonly instance_id: string | null
  readonly operation: string
  readonly cause: string
}

/** Ids of messages and the commands that sent them, on Postgres. */
export class PostgresSentMessages implements SentMessages {
  readonly #app: pg.Pool

  /** `app` works as neuronx_app. */
  constructor(app: pg.Pool) {
    this.#app = app
  }

  async find(
    tenantId: string,
    integration: string,
    messageIds: readonly string[],
  ): Promise<ReadonlyMap<string, SentMessage>> {
    if (messageIds.length === 0) return new Map()
    const rows = await inReadOnlyTenants(this.#app, [tenantId], async (client) =>
      run<SentRow>(client, findSentMessages, [tenantId, integration, messageIds]),
    )
    return new Map(
      rows.map((row) => [
        row.message_id,
        {
          commandId: row.command_id,
          workspace: row.workspace,
          entityKey: row.entity_key,
          correlationId: row.correlation_id,
          instanceId: row.instance_id,
          operation: row.operation,
          cause: row.cause,
        },
      ]),
    )
  }
}
