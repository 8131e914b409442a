/** A message as each channel has it: texts of our own, or the name of one that the vendor keeps. */
export interface MessageTemplate {
  readonly name: string
  /** What whoever sends it hands over. Empty: what its channels name. */
  readonly params: readonly string[]
  readonly channels: Readonly<Record<string, ChannelMessage>>
}

export interface ChannelMessage {
  readonly text?: string | undefined
  readonly subject?: string | undefined
  readonly html?: string | undefined
  /** Of the vendor's template. */
  readonly name?: string | undefined
  readonly language?: string | undefined
  readonly params?: readonly string[] | undefined
}
