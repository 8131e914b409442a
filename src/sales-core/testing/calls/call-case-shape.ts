import { z } from 'zod'
import { jsonRecord } from '../../kinds/schema-parts.ts'
import { wantedValue } from './wanted-value.ts'

/** How a call can end, in the words of the dispatcher. */
export const callOutcomes = ['succeeded', 'retryable', 'parked', 'permanent', 'unknown_outcome'] as const

const wantedMembers = z.record(z.string().max(200), wantedValue)

/** What the system answers; `lost`: the request left, and nothing came back. */
const answer = z.union(
  [
    z.literal('lost'),
    z.strictObject({
      status: z.int().min(100).max(599),
      headers: z.record(z.string().max(100), z.string().max(4_000)).optional(),
      /** Text as it is, everything else as JSON. */
      body: z.json().optional(),
    }),
  ],
  { error: 'must be { status, headers, body }, or lost' },
)

const request = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  /** Below the base URL, percent-encoded. */
  path: z.string().max(2_000).optional(),
  query: wantedMembers.optional(),
  /** Lower-case names; what proves the caller is masked. */
  headers: wantedMembers.optional(),
  /** As JSON; of a form its fields. */
  body: wantedValue.optional(),
  /** Of GraphQL. */
  variables: wantedValue.optional(),
})

const expectation = z
  .strictObject({
    request: request.optional(),
    outcome: z.enum(callOutcomes).optional(),
    /** `NX-CALL-…`; `NX-CONNECTOR-INPUT` when the input does not fit. */
    code: z.string().max(100).optional(),
    message: wantedValue.optional(),
    result: wantedValue.optional(),
  })
  .refine((value) => Object.values(value).some((one) => one !== undefined), {
    error: 'needs request, outcome, code, message or result',
  })

/** One call of an operation, without a network: what is asked of the system, and what its answer means. */
export const callCase = z
  .strictObject({
    name: z.string().min(1).max(200),
    call: z
      .string()
      .max(130)
      .regex(/^[a-z0-9][a-z0-9-]*\.[a-z][a-z0-9_.-]*$/, {
        error: 'must be an integration and its operation, like crm.contact.upsert',
      }),
    with: jsonRecord.default({}),
    about: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,62}\/.{1,256}$/, { error: 'must be an entity, like lead/42' })
      .default('lead/test'),
    answer: answer.optional(),
    expect: expectation,
  })
  .refine((value) => value.answer !== undefined || value.expect.result === undefined, {
    error: 'needs an answer: nothing comes of a call that nobody answers',
    path: ['expect', 'result'],
  })

export type CallCaseSpec = z.output<typeof callCase>
