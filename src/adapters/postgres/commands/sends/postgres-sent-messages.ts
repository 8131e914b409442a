import type pg from 'pg'
import type { SentMessage, SentMessages } from '../../../../messaging/commands/sent-messages.ts'
import { inReadOnlyTenants, run } from '../../connection/transaction.ts'
import { findSentMessages } from './sent-message-statements.ts'

interface SentRow extends SentMessage {
  readonly messageId: string
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
    return new Map(rows.map(({ messageId, ...message }) => [messageId, message]))
  }
}
