/** What became of a message: the last word of `message.sent`, `message.deferred` and so on. */
export type MessageOutcome = 'sent' | 'deferred' | 'suppressed' | 'failed'

export const messageOutcomes: readonly MessageOutcome[] = ['sent', 'deferred', 'suppressed', 'failed']

/** An event to be logged with the end of an attempt. */
export interface MessageNotice {
  readonly outcome: MessageOutcome
  readonly channel: string | null
  /** Does anybody listen? Otherwise it is recorded and does not travel the bus. */
  readonly routed: boolean
}
