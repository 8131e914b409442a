/** A call as it goes on the wire. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute, http or https. */
  readonly url: URL
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** The certificate that the caller shows (mutual TLS), and its key. PEM both. Only over https. */
  readonly client?: { readonly certificate: string; readonly key: string }
}
