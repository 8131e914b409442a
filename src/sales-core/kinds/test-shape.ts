import { z } from 'zod'
import { documentHead, documentName, notSupportedYet } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import { testTimeMs } from '../testing/test-time.ts'
import { durationText, entityKindName, eventTypeName, jsonRecord } from './schema-parts.ts'

const timeText = z.string().refine((text) => testTimeMs(text) !== null, {
  error: 'must be a time: 2026-03-05T16:30:00Z, or 2026-03-05T16:30 Asia/Dubai',
})

const step = z
  .strictObject({
    at: timeText.optional(),
    advance: durationText.optional(),
    advance_to: timeText.optional(),
    /** The type; the data beside it or under `data`; `subject: deal/7` for another entity than the case's. */
    event: z.object({ type: eventTypeName, subject: z.string().optional() }).catchall(z.json()).optional(),
  })
  .superRefine((value, context) => {
    const moves = [value.at, value.advance, value.advance_to].filter((move) => move !== undefined)
    if (moves.length > 1)
      context.addIssue({ code: 'custom', message: 'may have one of at, advance and advance_to' })
    if (moves.length === 0 && value.event === undefined)
      context.addIssue({ code: 'custom', message: 'needs at, advance, advance_to or event' })
  })

const called = z.union([
  z.string(),
  z.strictObject({
    call: z.string().optional(),
    with: jsonRecord.optional(),
    step: z.string().optional(),
    rule: z.string().optional(),
  }),
])

const expectation = z.strictObject({
  fired: z.array(z.string()).optional(),
  not_fired: z.array(z.string()).optional(),
  sent: z
    .array(z.object({ step: z.string().optional(), rule: z.string().optional() }).catchall(z.json()))
    .optional(),
  called: z.array(called).optional(),
  score: z.union([z.number(), z.record(z.string(), z.number())]).optional(),
  band: z.union([z.string(), z.record(z.string(), z.string().nullable())]).optional(),
  state: jsonRecord.optional(),
  waiting_at: z.string().optional(),
  not_run: z.array(z.string()).optional(),
})

const testCase = z.strictObject({
  name: z.string().min(1).max(200),
  given: z.record(entityKindName, jsonRecord).default({}),
  steps: z.array(step).min(1).max(200),
  expect: expectation,
})

const schema = z.strictObject({
  ...documentHead('Test', documentName),
  of: documentName.optional(),
  cases: z.array(testCase).min(1).max(500),
  unset: notSupportedYet(),
})

export type TestSpec = z.infer<typeof schema>
export type TestCaseSpec = TestSpec['cases'][number]
export type TestStepSpec = TestCaseSpec['steps'][number]
export type ExpectationSpec = TestCaseSpec['expect']

/** The shape of a Test, without its checks. */
export const testShape: DocumentKind<TestSpec> = {
  kind: 'Test',
  summary: 'what the configuration must do with given events, in virtual time',
  schema,
}
