import { z } from 'zod'
import { jsonPath, operationName, templateObject, templateText } from './schema-parts.ts'

const streamName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, { error: 'must be a lower-case word, like contacts' })

/** What is read now and then to find what webhooks lost. */
export const reconcileSchema = z.strictObject({
  everyMs: z.int().min(60_000).max(86_400_000),
  streams: z
    .array(
      z.strictObject({
        name: streamName,
        operation: operationName.describe('A read with pagination and incremental.'),
        input: templateObject.optional().describe('Templates read connection and since.'),
        take: z.record(z.string(), z.json()).optional().describe('Which items tell of something, by path.'),
        payload: templateObject.optional().describe('What the webhook would have held; templates read item.'),
        emits: z
          .array(
            z.strictObject({
              as: z.string().min(1).max(100).describe('The webhook mapping that makes the event.'),
              at: jsonPath.min(1).describe('In the item: when it happened.'),
              key: templateText.min(1).describe("The happening's own id; templates read item."),
            }),
          )
          .min(1)
          .max(5),
      }),
    )
    .min(1)
    .max(10),
})
