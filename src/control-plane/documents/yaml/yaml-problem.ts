/** Something wrong with a file's YAML, `offset` UTF-16 units into its text. */
export interface YamlProblem {
  /** Stable, `NX-YAML-…`. */
  readonly code: string
  readonly message: string
  readonly fix: string | null
  readonly offset: number
}
