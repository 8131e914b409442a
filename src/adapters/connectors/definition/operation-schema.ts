import { z } from 'zod'
import { answerKinds, effects } from '../define-connector.ts'
import { headerName, jsonPath, templateObject, templateText } from './schema-parts.ts'

const wanted = z.union([
  z.strictObject({
    exists: z.boolean().describe('Must there be anything? null and an empty list are nothing.'),
  }),
  z.json(),
])
const bodyMatch = z
  .record(jsonPath.min(1), wanted)
  .refine((all) => Object.keys(all).length <= 20, { error: 'must hold at most 20 paths' })
  .refine(
    (all) => Object.values(all).every((one) => one === null || typeof one !== 'object' || isWanted(one)),
    {
      error: 'must hold plain values, lists of them, or { exists: true }',
    },
  )

function isWanted(value: object): boolean {
  if (Array.isArray(value)) return value.every((one) => one === null || typeof one !== 'object')
  return Object.keys(value).join() === 'exists' && typeof (value as { exists?: unknown }).exists === 'boolean'
}

export const errorRule = z.strictObject({
  when: z.strictObject({
    status: z
      .union([
        z.int().min(200).max(599),
        z.string().regex(/^[2-5]xx$/),
        z
          .array(z.union([z.int(), z.string().regex(/^[2-5]xx$/)]))
          .min(1)
          .max(20),
      ])
      .optional(),
    body: bodyMatch.optional(),
  }),
  kind: z.enum(answerKinds),
  notExecuted: z.boolean().optional(),
  retryAfter: z.strictObject({ header: z.string().toLowerCase(), unit: z.enum(['s', 'ms']) }).optional(),
  waitMs: z.int().min(0).max(86_400_000).optional(),
  says: z.string().min(1).max(500).optional(),
})

export const errorRules = z.array(errorRule).max(50)

const oneBudget = z
  .strictObject({
    remaining: z
      .string()
      .min(1)
      .max(64)
      .toLowerCase()
      .describe('The header that says how many calls are left.'),
    reset: z
      .strictObject({ header: z.string().min(1).max(64).toLowerCase(), unit: z.enum(['s', 'ms', 'epoch_s']) })
      .optional()
      .describe('The header that says when there are more.'),
    waitMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .optional()
      .describe('How long to wait when nothing is left and no header says so, milliseconds.'),
  })
  .describe('One budget.')
export const budgets = z.array(oneBudget).min(1).max(5)
/** In a document one budget may stand for a list of one. */
export const budgetOrBudgets = z.union([oneBudget, budgets])

// Each place fits one of the two only: else a text that fits neither would be tried in every combination.
const pathPattern = /^\/(?:\{\{[^{}]*\}\}|(?!\{\{[^{}]*\}\})[^?#\s])*$/
const pathError = "must begin with '/' and hold no query, fragment or space; use `query:`"
export const operationPath = z.string().max(2_000).regex(pathPattern, { error: pathError })

export const verifySchema = z.strictObject({
  path: operationPath,
  query: templateObject.optional(),
  headers: z.record(headerName, templateText).optional(),
  list: z.string().max(200).optional(),
  match: z
    .record(z.string().min(1).max(200), templateText)
    .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= 20, {
      error: 'must hold 1 to 20 paths',
    }),
  pageSize: z.int().min(1).max(10_000).optional(),
  absentStatus: z.array(z.int().min(400).max(499)).max(5).optional(),
  verifyAfterMs: z.int().min(0).max(600_000).optional(),
})

const place = {
  param: z.string().min(1).max(100).describe('The name of the parameter; in a body a path.'),
  in: z.enum(['query', 'body']).optional().describe('Where the parameter goes. Default: query.'),
}
const size = z
  .strictObject({ ...place, value: z.int().min(1).max(10_000).describe('How many items a page is to have.') })
  .describe('How many items are asked for, and where that is said.')
const next = z
  .union([
    jsonPath.min(1),
    z.strictObject({ header: z.string().min(1).max(64).toLowerCase().describe('The header that says it.') }),
  ])
  .describe('Where the answer says what comes next: a path in the body, or a header.')
const items = jsonPath.describe("Where in the answer the list is; '' when the answer is the list.")
const how = <K extends string>(kind: K) =>
  z
    .literal(kind)
    .describe(
      'cursor: the answer says what to ask for; page, offset: counted; link: the answer holds the address.',
    )

export const pagination = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: how('cursor'),
      items,
      next,
      ...place,
      size: size.optional(),
      more: jsonPath.min(1).optional().describe('A member that must be true for there to be more.'),
    }),
    z.strictObject({
      kind: how('page'),
      items,
      first: z.int().min(0).max(1).default(1).describe('The number of the first page.'),
      size,
      ...place,
    }),
    z.strictObject({ kind: how('offset'), items, size, ...place }),
    z.strictObject({ kind: how('link'), items, next, size: size.optional() }),
  ])
  .describe('How a read goes on behind its first page.')

export const incremental = z
  .strictObject({
    cursor: jsonPath.min(1).describe('In an item: when it changed.'),
    param: templateObject.describe('Parameters of the query that say since when: {{ since }}.'),
    lookbackMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .describe('How far back is asked for again, for what arrived late, milliseconds.'),
  })
  .describe('How only what changed is read.')

/** What operations of every kind of connector have. */
export const operationCommon = {
  effect: z.enum(effects),
  headers: z.record(headerName, templateText).optional(),
  requires: z
    .array(
      z
        .string()
        .regex(/^(input|entity|connection)(\.[\w-]+)+( \?\? (input|entity|connection)(\.[\w-]+)+)*$/, {
          error: 'must be a path like input.name, or several with ?? between them',
        }),
    )
    .max(50)
    .optional(),
  idempotency: z
    .union([z.strictObject({ header: headerName }), z.strictObject({ query: z.string().min(1).max(64) })])
    .optional(),
  errors: errorRules.optional(),
  partial: z
    .strictObject({
      items: jsonPath.describe('Where the answer tells of each.'),
      failed: bodyMatch.describe('What stands in one that failed.'),
    })
    .optional()
    .describe('For calls that do several things at once: how a part of them fails.'),
  pagination: pagination.optional(),
  output: templateObject.optional(),
  echoes: z
    .array(
      z
        .string()
        .max(100)
        .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, {
          error: 'must be a type of event, like contact.updated',
        }),
    )
    .max(20)
    .optional()
    .describe(
      'Types of events that come back because of it, so that rules which set themselves off this way are found.',
    ),
}

/** An operation of `connector: http`. */
export const httpOperation = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: operationPath,
  query: templateObject.optional(),
  body: templateObject.optional(),
  encode: z.enum(['json', 'form']).optional(),
  ...operationCommon,
  incremental: incremental.optional(),
  verify: verifySchema.optional().describe('How to find out whether a call that got no answer took effect.'),
})

/** An operation of `connector: graphql`: the text of one query or mutation, and its variables. */
export const graphqlOperation = z.strictObject({
  document: z
    .string()
    .min(1)
    .max(50_000)
    .describe('One query or mutation. Values come in as variables only.'),
  variables: templateObject.optional().describe('The variables: templates.'),
  ...operationCommon,
})

/** An operation of a connector definition. */
export const definedOperation = z.strictObject({
  ...httpOperation.shape,
  path: z.union([operationPath, z.literal('')]),
  encode: z.enum(['json', 'form', 'graphql']).optional(),
  document: z.string().min(1).max(50_000).optional(),
  spec: z.strictObject({ file: z.string().max(100), path: z.string().max(500) }).optional(),
})
