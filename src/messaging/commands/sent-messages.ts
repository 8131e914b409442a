/** A message that a command sent, as its receipts are matched with it. */
export interface SentMessage {
  readonly commandId: string
  readonly workspace: string
  /** Whom it was for: `<workspace>/<kind>/<id>`. */
  readonly entityKey: string
  readonly correlationId: string
  readonly instanceId: string | null
  readonly operation: string
  readonly cause: string
}

/** Finds the commands that sent messages, by the ids that vendors gave the messages. */
export interface SentMessages {
  /**
   * By id, those that are known: the ids that results of commands hold as `message_id`. What is being sent at this moment is not
   * known yet. Throws what the store throws.
   */
  find(
    tenantId: string,
    integration: string,
    messageIds: readonly string[],
  ): Promise<ReadonlyMap<string, SentMessage>>
}
