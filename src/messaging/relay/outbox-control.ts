/** Publishing that a person stopped. `shards` null: all of them. Times RFC 3339. */
export interface OutboxPause {
  readonly shards: readonly number[] | null
  readonly by: string
  readonly reason: string
  readonly at: string
  /** It ends by itself then; null: not before somebody resumes. */
  readonly until: string | null
}

/** Stops and starts publishing, for all daemons. What is committed meanwhile waits in the log; nothing else stops. */
export interface OutboxControl {
  pause(pause: {
    readonly shards: readonly number[] | null
    readonly forMs: number | null
    readonly by: string
    readonly reason: string
  }): Promise<OutboxPause>
  /** Returns whether anything was paused. Writes an audit row, as pause does. */
  resume(by: string, reason: string | null): Promise<boolean>
  paused(): Promise<readonly OutboxPause[]>
}
