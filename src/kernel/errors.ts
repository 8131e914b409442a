/** Where a failure was found: a file position, a field path, an entity; printed as given. */
export interface ErrorPlace {
  readonly file?: string
  readonly line?: number
  readonly column?: number
  readonly path?: string
}

export interface NxErrorOptions extends ErrorOptions {
  /** What happened, with the values that matter. Never a secret. */
  readonly detail?: string
  readonly where?: ErrorPlace
  /** What the reader can do about it, a command where there is one. */
  readonly fix?: string
  /** Would the same call succeed later without anybody changing anything? Default: false. */
  readonly retryable?: boolean
}

/**
 * The kinds of failure, by who must act. Each maps to one exit code (src/cli) and one HTTP status (gateway).
 *   usage         the call's words are wrong                invalid       the input data is wrong
 *   not_found     nothing matched                           conflict      it exists already, or it moved
 *   unauthenticated  no or wrong credentials                denied        known, but not allowed
 *   unreachable   a service does not answer                 unavailable   try later (busy, starting, limit)
 *   configuration the configuration is invalid or blocks    io            a file could not be read or written
 *   timeout       it took longer than allowed               bug           ours
 */
export type ErrorKind =
  | 'usage'
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'unauthenticated'
  | 'denied'
  | 'unreachable'
  | 'unavailable'
  | 'configuration'
  | 'io'
  | 'timeout'
  | 'bug'

/**
 * A failure that its reader can act on. `code` (`NX-…`) is stable and documented; `message` is a title and may change.
 * Terminal-free: src/cli renders it, the gateway turns it into problem+json.
 */
export class NxError extends Error {
  override readonly name = 'NxError'
  readonly kind: ErrorKind
  readonly code: string
  readonly detail: string | undefined
  readonly where: ErrorPlace | undefined
  readonly fix: string | undefined
  readonly retryable: boolean

  constructor(kind: ErrorKind, code: string, title: string, options: NxErrorOptions = {}) {
    super(title, options)
    this.kind = kind
    this.code = code
    this.detail = options.detail
    this.where = options.where
    this.fix = options.fix
    this.retryable = options.retryable ?? false
  }
}

/** The text of anything thrown, for a log line or an error's detail. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((inner) => errorText(inner)).join('; ')
  }
  return error instanceof Error ? error.message : String(error)
}
