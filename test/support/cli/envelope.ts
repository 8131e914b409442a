/** What `--json` prints, as a test reads it. */
export interface TestEnvelope {
  readonly schema: string
  readonly ok: boolean
  readonly data?: unknown
  readonly error?: { readonly code: string; readonly exit: number; readonly fix: string | null }
}

/** The one JSON document on stdout; throws when there is more or less. */
export function envelopeOf(stdout: string): TestEnvelope {
  return JSON.parse(stdout) as TestEnvelope
}
