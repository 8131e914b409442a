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

/**
 * Where something stands in a request: a header (lower-case name), a member of a JSON body (`*` is every item of a list: then all
 * of them must prove it), or the last part of the address.
 */
export type SignaturePlace =
  { readonly header: string } | { readonly body: string } | { readonly address: 'last' }

/** How one vendor signs, as data. */
export interface SignatureScheme {
  readonly name: string
  readonly algorithm: SignatureAlgorithm
  /** Which of the integration's keys it is checked with. */
  readonly key: string
  /** How the key is written, a prefix of it that is not part of it, and what stands before it in what is compared. */
  readonly keyForm?: {
    readonly encoding: 'utf8' | 'base64'
    readonly prefix?: string
    readonly prepend?: string
  }
  readonly signature: SignaturePlace & {
    readonly encoding: 'base64' | 'hex' | 'utf8'
    readonly prefix?: string
    /** Several signatures in one header. */
    readonly split?: string
  }
  readonly signed: readonly SignedPart[]
  /** Only for addresses with this parameter, and then only for those: one header, two ways to sign. */
  readonly only?: { readonly query: string } | { readonly noQuery: string }
  /** A parameter of the signed address that holds the body's SHA-256 in hex. */
  readonly bodyDigest?: { readonly query: string }
  /** `port_and_query`: the vendor signs its address with or without the port, in one of two encodings of the query. */
  readonly addresses?: 'port_and_query'
  /** When it was signed, for the replay window. */
  readonly timestamp?: {
    readonly from: { readonly header: string } | { readonly body: string }
    readonly unit: 's' | 'ms' | 'iso'
  }
}

/** A scheme that proves who sent a request, and nothing about what stands in it. */
export function isUnsigned({ algorithm, signed, bodyDigest }: SignatureScheme): boolean {
  const coversBody = bodyDigest !== undefined || signed.includes('rawBody') || signed.includes('formSorted')
  return algorithm === 'equals' || !coversBody
}
