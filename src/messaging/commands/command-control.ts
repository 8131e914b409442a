import type { JsonValue } from '../../kernel/json.ts'

/** What a person found out about a command of which nobody knew whether it took effect. */
export type SettledAs =
  | { readonly outcome: 'succeeded'; readonly result: JsonValue }
  /** It certainly had no effect: tried again. */
  | { readonly outcome: 'retry' }
  /** It had none and shall have none. */
  | { readonly outcome: 'failed' }

export type ControlResult =
  | { readonly id: string; readonly state: 'done' }
  | { readonly id: string; readonly state: 'skipped'; readonly why: string }

/** Steers single commands by hand. `by` names the actor; every change writes an audit row in its own transaction. */
export interface CommandControl {
  /** In doubt only. `evidence` says how it is known. The lane goes on, its letter is resolved, the result event is logged. */
  settle(tenantId: string, id: string, as: SettledAs, by: string, evidence: string): Promise<ControlResult>
  /** Waiting or ready ones: never sent. Those at work or in doubt are skipped. The result event (`command.cancelled`) is logged. */
  cancel(
    tenantId: string,
    ids: readonly string[],
    by: string,
    reason: string,
  ): Promise<readonly ControlResult[]>
}
