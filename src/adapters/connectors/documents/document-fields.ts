import { z } from 'zod'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import { authShapes } from '../definition/auth-schema.ts'
import { duration, secretRef } from '../definition/schema-parts.ts'
import { failoverField } from './failover.ts'

const limits = z
  .strictObject({
    /** Calls a second of all daemons together. */
    perSecond: z.number().min(0.01).max(100_000).optional(),
    /** Calls under way at once. */
    concurrency: z.int().min(1).max(512).optional(),
    /** From the beginning of a call to the last byte of its answer. */
    timeout: duration(100, 60_000, '100ms to 60s').optional(),
  })
  .optional()

/** What every Integration has, whatever its connector. */
export const commonFields = {
  ...documentHead('Integration', documentName),
  limits,
  mode: z
    .enum(['live', 'read_only', 'sandbox', 'disabled'])
    .optional()
    .describe(
      'live: calls are made; read_only: only those that read; sandbox: all others end well without a call; disabled: none. Default: live.',
    ),
  failover: failoverField,
  degrade: z
    .strictObject({
      readOnlyAfter: duration(0, 43_200_000, '0s to 12h').describe(
        'How long its credentials must have been refused until no message is used any more to find out whether they work again: a harmless read is.',
      ),
    })
    .optional()
    .describe('What becomes of the integration by itself while its credentials are refused.'),
}

/** A user name or a client id is no secret, and may be one. */
const plainOrSecret = z.union([z.string().min(1).max(255), secretRef])

/** How calls prove who they are, in a document that brings its own operations. */
export const documentAuth = authShapes(secretRef, plainOrSecret)
export type DocumentAuth = z.output<typeof documentAuth>
