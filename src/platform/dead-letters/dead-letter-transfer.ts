import type { JsonObject } from '../../kernel/json.ts'
import type { Actor } from '../access/actor.ts'
import type { DeadLetterSelection } from './dead-letter-operations.ts'

export interface DeadLetterImport {
  readonly imported: number
  /** Ids that this tenant has already. */
  readonly known: number
  /** Ids that another tenant has: left alone, for a letter keeps its id. */
  readonly elsewhere: number
}

/** Dead letters as lines, out of one installation and into another. Confined to one tenant. */
export interface DeadLetterTransfer {
  /** One object a letter with its payload, oldest first; holds only a page in memory. */
  exportLetters(tenantId: string, selection: DeadLetterSelection): AsyncIterable<JsonObject>
  /**
   * Takes what `exportLetters` gave, ids kept, in batches that each hold or fail as a whole. Throws NX-DLQ-IMPORT (invalid) with
   * the line of the first that cannot be read; with `dryRun` everything is checked and nothing is written.
   */
  importLetters(
    tenantId: string,
    lines: AsyncIterable<string>,
    options: { readonly dryRun: boolean },
    actor: Actor,
    reason: string | null,
  ): Promise<DeadLetterImport>
}
