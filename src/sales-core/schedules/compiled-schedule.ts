import type { Condition } from '../conditions/condition-compiler.ts'
import type { ValueTemplate } from '../templates/compile-value.ts'

/** What becomes of runs that were missed. */
export type MissedRuns = 'latest' | 'all' | 'skip'

/** A Schedule of one (tenant, workspace), ready to run. */
export interface CompiledSchedule {
  readonly name: string
  /** Digest of the document. */
  readonly digest: string
  /** Digest of when it runs: as long as it stays, an edit moves no run. */
  readonly timing: string
  /** The kind of entity each of which gets the event; null: one event for the tenant. */
  readonly entityKind: string | null
  /** Which of them; null: all. */
  readonly where: Condition | null
  readonly emit: { readonly type: string; readonly data: ValueTemplate }
  readonly missed: MissedRuns
  /** For people: `every 1h`, `0 7 * * 1 Europe/Berlin`. */
  readonly times: string
  /** The first time after an instant, milliseconds since 1970; null: never again. */
  nextAfter(ms: number): number | null
}
