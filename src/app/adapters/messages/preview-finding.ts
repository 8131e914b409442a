/** Something that a preview found, with its place: in the Template document (`channels.sms.text`) or in what was given (`params.name`). */
export interface PreviewFinding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly path: string
  readonly fix: string | null
}
