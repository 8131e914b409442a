/** A webhook as it arrived. `body` is the raw bytes: what was signed, not what a parser made of it. */
export interface SignedRequest {
  readonly method: string
  /** The whole address as the vendor knows it: with the gateway's public address where one is configured. */
  readonly url: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Name, value, name, value … as they came: Node joins or drops what comes twice. */
  readonly rawHeaders?: readonly string[]
  /** The part of the address after the integration, if any. */
  readonly secretPath?: string
  readonly body: Buffer
}
