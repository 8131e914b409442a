import { z } from 'zod'
import type { JsonObject } from '../../../kernel/json.ts'
import { channelName, operationName, templateObject } from './schema-parts.ts'

/** What a message of a channel may be. */
export interface MessageDefinition {
  /** Characters; left out: nobody says. */
  readonly textMax?: number | undefined
  readonly subjectMax?: number | undefined
  /** Is it cut into the segments of SMS, each paid for? */
  readonly segments?: boolean | undefined
}

/** Messages that the vendor keeps: what a Template document must say of one, and how they are listed. */
export interface VendorTemplatesDefinition {
  readonly channels: readonly string[]
  /** What names look like, a regular expression. */
  readonly name: string
  /** Is one chosen by its language too? */
  readonly language: boolean
  /** The operation that lists them, page by page. */
  readonly list: string
  /** Values of `status` with which one may be sent. */
  readonly approved: readonly string[]
  /**
   * Makes of an `item` of the list what VendorTemplate says (messages/vendor-template.ts): name, language, status, category, by, reason
   * and parts of kind, format, text and buttons.
   */
  readonly item: JsonObject
}

const charactersMax = z.int().min(1).max(1_000_000)

export const messagesSchema = z.record(
  channelName,
  z.strictObject({
    textMax: charactersMax.optional(),
    subjectMax: charactersMax.optional(),
    segments: z.boolean().optional(),
  }),
)

export const vendorTemplatesSchema = z.strictObject({
  channels: z.array(channelName).min(1).max(10),
  name: z.string().min(1).max(200),
  language: z.boolean(),
  list: operationName,
  approved: z.array(z.string().min(1)).min(1).max(10),
  item: templateObject,
})
