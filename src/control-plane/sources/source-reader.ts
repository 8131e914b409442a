import type { RevisionSource } from '../revisions/revision-store.ts'

/** What a source holds now. */
export interface SourceHead {
  /** The commit, or a directory's fingerprint. */
  readonly version: string
  /** `commit 1a2b3c4d5e6f`, `the directory`: for sentences. */
  readonly name: string
  /** A commit's first line; null: it has none. */
  readonly subject: string | null
  /** The version that was seen before is not part of its history: somebody rewrote the branch. */
  readonly rewritten: boolean
}

/** A version as a directory, complete and standing still; removed when it is disposed of. */
export interface SourceCheckout extends AsyncDisposable {
  readonly directory: string
  /** How its files are named to people: below this instead of `directory`. */
  readonly shownAs: string
  readonly source: RevisionSource
  /** Is it still what the source holds? What a directory holds may change while it is read. */
  isCurrent(): Promise<boolean>
}

/** Reads one source. Not used by two at once. */
export interface SourceReader {
  /**
   * Looks what there is now. Throws NX-SOURCE-… (unreachable, not_found, timeout, configuration) when that cannot be told; aborting the
   * signal ends it soon.
   */
  look(seen: string | null, signal: AbortSignal): Promise<SourceHead>

  /** Throws NX-CONFIG-INVALID for what may not be taken out of it, NX-SOURCE-…. */
  open(head: SourceHead, signal: AbortSignal): Promise<SourceCheckout>
}
