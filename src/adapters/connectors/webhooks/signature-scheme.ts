export type SignatureAlgorithm =
  'ed25519' | 'rsa-sha256' | 'ecdsa-sha256' | 'hmac-sha256' | 'hmac-sha1' | 'sha256' | 'equals'

/** A piece of what is signed, in order. */
export type SignedPart =
  | 'method'
  | 'url'
  | 'rawBody'
  /** Form fields sorted by name, each name followed by its sorted values. */
  | 'formSorted'
  /** The key itself, for vendors that hash it in. */
  | 'secret'
  | { readonly literal: string }
  | { readonly header: string }
  | { readonly body: string }

/** How one vendor signs, as data. */
export interface SignatureScheme {
  readonly name: string
  readonly algorithm: SignatureAlgorithm
  /** Which of the integration's keys it is checked with. */
  readonly key: string
  /** How the key is written, and a prefix of it that is not part of it. */
  readonly keyForm?: { readonly encoding: 'utf8' | 'base64'; readonly prefix?: string }
  readonly signature: ({ readonly header: string } | { readonly body: string }) & {
    readonly encoding: 'base64' | 'hex' | 'utf8'
    readonly prefix?: string
    /** Several signatures in one header. */
    readonly split?: string
  }
  readonly signed: readonly SignedPart[]
  /** When it was signed, for the replay window. */
  readonly timestamp?: {
    readonly from: { readonly header: string } | { readonly body: string }
    readonly unit: 's' | 'ms' | 'iso'
  }
}
