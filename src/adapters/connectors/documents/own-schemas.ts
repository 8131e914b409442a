import { z } from 'zod'
import { notSupportedYet } from '../../../control-plane/documents/document-kind.ts'
import {
  budgetOrBudgets,
  errorRules,
  graphqlOperation,
  httpOperation,
} from '../definition/operation-schema.ts'
import { baseUrl, channelName, headerName, operationName, templateText } from '../definition/schema-parts.ts'
import { documentWebhooks } from '../webhooks/generic/document-webhooks.ts'
import { commonFields, documentAuth } from './document-fields.ts'

/** What documents have in common that bring their own operations. */
function ownFields<O extends z.ZodType>(operation: O) {
  return {
    ...commonFields,
    connection: z.strictObject({ baseUrl }),
    auth: documentAuth.default({ kind: 'none' }),
    headers: z.record(headerName, templateText).optional(),
    operations: z
      .record(operationName, operation)
      .refine((all) => Object.keys(all).length <= 200, { error: 'must hold 1 to 200 operations' })
      .default({}),
    errors: errorRules.optional(),
    budget: budgetOrBudgets
      .optional()
      .describe('Headers in which the system says what is left of its budget, or of each of several.'),
    channels: z
      .record(channelName, operationName)
      .optional()
      .describe('Which operation carries send: {channel}.'),
    health: operationName
      .optional()
      .describe('The cheapest operation that reads: it is called to see whether the integration works.'),
    webhooks: documentWebhooks
      .optional()
      .describe('What the system sends us: how it is proven, and what becomes of it.'),
    credentials: notSupportedYet(),
  }
}

/** `connector: http`: any HTTP API, its operations written in the document. */
export const httpIntegrationSchema = z.strictObject({
  ...ownFields(httpOperation),
  connector: z.literal('http'),
})

/** `connector: graphql`: any GraphQL endpoint; an operation is a query or a mutation with its variables. */
export const graphqlIntegrationSchema = z.strictObject({
  ...ownFields(graphqlOperation),
  connector: z.literal('graphql'),
})

export type HttpIntegrationSpec = z.output<typeof httpIntegrationSchema>
export type GraphqlIntegrationSpec = z.output<typeof graphqlIntegrationSchema>
/** A document that brings its own operations. */
export type OwnIntegrationSpec = HttpIntegrationSpec | GraphqlIntegrationSpec
