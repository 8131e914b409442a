import type { JsonObject, JsonValue } from '../../kernel/json.ts'

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
  /** Does the vendor know its parameters by name (left out), or as first, second, third? */
  readonly by?: 'name' | 'place' | undefined
}

/** The parameters of a vendor's template as its operation takes them: by name, or by place (`1`, `2`). What has no value is null. */
export function vendorParams(
  { params = [], by = 'name' }: Pick<ChannelMessage, 'params' | 'by'>,
  values: JsonObject,
): JsonObject {
  const entries = params.map((name, index): [string, JsonValue] => [
    by === 'place' ? String(index + 1) : name,
    (Object.hasOwn(values, name) ? values[name] : null) ?? null,
  ])
  return Object.fromEntries(entries)
}
