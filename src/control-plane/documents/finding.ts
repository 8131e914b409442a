/** What a check found: always with a place, always with something to do about it. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Stable, `NX-…`. */
  readonly code: string
  readonly message: string
  readonly fix: string | null
  /** As given on the command line plus the path below it. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly column: number
  /** Where in the document: `rules[2].when`. Empty for the document itself. */
  readonly path: string
  /** The text that stands there and the one to write instead, when only one can be meant. */
  readonly replace?: { readonly from: string; readonly to: string }
  /** Other places that belong to it, in order: the other rule of a conflict, the steps of a cycle. */
  readonly related?: readonly RelatedFinding[]
}

export interface RelatedFinding {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly column: number
  /** What stands there. */
  readonly message: string
}
