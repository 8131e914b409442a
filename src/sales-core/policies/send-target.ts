/** live: calls are made; read_only: only those that read; sandbox: others end well without a call; disabled: none. */
export type IntegrationMode = 'live' | 'read_only' | 'sandbox' | 'disabled'

/** What the gate must know of an operation. */
export interface SendTarget {
  readonly mode: IntegrationMode
  readonly effect: 'read' | 'send' | 'call'
  /** Channels that it serves. */
  readonly channels: readonly string[]
  /** Members of its input that it reads; null: all. */
  readonly inputs: ReadonlySet<string> | null
}
