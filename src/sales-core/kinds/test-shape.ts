import { z } from 'zod'
import { documentHead, documentName } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { callCase } from '../testing/calls/call-case-shape.ts'
import { wantedValue as wanted } from '../testing/calls/wanted-value.ts'
import { caseRowsMax, expandCase, isCell, strayCells } from '../testing/expand-rows.ts'
import { matcherProblems } from '../testing/matchers.ts'
import { testTimeMs } from '../testing/test-time.ts'
import { durationText, eventTypeName, jsonRecord } from './schema-parts.ts'

const timeText = z.string().refine((text) => isCell(text) || testTimeMs(text) !== null, {
  error: 'must be a time: 2026-03-05T16:30:00Z, or 2026-03-05T16:30 Asia/Dubai',
})

const lengthText = z.string().superRefine((text, context) => {
  if (isCell(text)) return
  for (const issue of durationText.safeParse(text).error?.issues ?? [])
    context.addIssue({ code: 'custom', message: issue.message })
})

const entityRef = z.string().regex(/^[a-z][a-z0-9_]{0,62}(\/.{1,256})?$/, {
  error: 'must name an entity: lead, or deal/7 when there are several',
})

const wantedNumber = z.union([z.number(), z.string(), jsonRecord]).superRefine((value, context) => {
  for (const message of matcherProblems(value)) context.addIssue({ code: 'custom', message })
  if (typeof value === 'string' && !isCell(value))
    context.addIssue({ code: 'custom', message: 'must be a number' })
})
const wantedEffect = z.object({ step: z.string().optional(), rule: z.string().optional() }).catchall(wanted)
const wantedCall = z.union([
  z.string(),
  z.strictObject({
    call: z.string().optional(),
    with: z.record(z.string(), wanted).optional(),
    step: z.string().optional(),
    rule: z.string().optional(),
  }),
])
/** A title, or fields of the task. */
const wantedTask = z.union([z.string(), z.record(z.string(), wanted)])
const wantedPick = z.union([z.string(), z.strictObject({ rep: wanted.optional(), team: wanted.optional() })])
const wantedEvent = z.union([
  eventTypeName,
  z.object({ type: eventTypeName, subject: z.string().optional() }).catchall(wanted),
])

const expectation = z.strictObject({
  fired: z.array(z.string()).optional(),
  not_fired: z.array(z.string()).optional(),
  sent: z.array(wantedEffect).optional(),
  not_sent: z.array(wantedEffect).optional(),
  /** Put off by a policy: as under `sent`, with `code`. */
  deferred: z.array(wantedEffect).optional(),
  not_deferred: z.array(wantedEffect).optional(),
  /** Never sent, because a policy says so. */
  suppressed: z.array(wantedEffect).optional(),
  not_suppressed: z.array(wantedEffect).optional(),
  /** Tasks that something happened to, as they are then. */
  tasks: z.array(wantedTask).optional(),
  /** Members of teams who were given something: `sara`, or `{ rep: sara, team: closers }`. */
  assigned: z.array(wantedPick).optional(),
  called: z.array(wantedCall).optional(),
  not_called: z.array(wantedCall).optional(),
  emitted: z.array(wantedEvent).optional(),
  not_emitted: z.array(wantedEvent).optional(),
  score: wantedNumber.optional(),
  band: z.union([z.string(), z.null(), z.record(z.string(), z.string().nullable())]).optional(),
  state: z.record(z.string(), wanted).optional(),
  tags: z.array(z.string()).optional(),
  not_tags: z.array(z.string()).optional(),
  waiting_at: z.union([z.string(), z.null(), z.array(z.string())]).optional(),
  ran: z.array(z.string()).optional(),
  not_run: z.array(z.string()).optional(),
  started: z.array(z.string()).optional(),
  stopped: z.array(z.string()).optional(),
})

/** How an integration answered a command: the oldest one that fits and has no answer yet. */
const answer = z
  .strictObject({
    call: z.string().optional(),
    channel: z.string().optional(),
    step: z.string().optional(),
    rule: z.string().optional(),
    succeeded: z.json().optional(),
    failed: z
      .strictObject({
        code: z.string().default('NX-TEST'),
        message: z.string().default('It failed'),
        status: z.int().optional(),
      })
      .optional(),
    cancelled: z.string().optional(),
  })
  .superRefine((value, context) => {
    const outcomes = [value.succeeded, value.failed, value.cancelled].filter(
      (outcome) => outcome !== undefined,
    )
    if (outcomes.length !== 1)
      context.addIssue({ code: 'custom', message: 'needs one of succeeded, failed and cancelled' })
  })

const step = z
  .strictObject({
    at: timeText.optional(),
    advance: lengthText.optional(),
    advance_to: timeText.optional(),
    /** The type; the data beside it or under `data`; `subject: deal/7` for another entity than the case's. */
    event: z.object({ type: eventTypeName, subject: z.string().optional() }).catchall(z.json()).optional(),
    command: answer.optional(),
    /** What this step must have led to; values as they are after it. */
    expect: expectation.optional(),
  })
  .superRefine((value, context) => {
    const moves = [value.at, value.advance, value.advance_to].filter((move) => move !== undefined)
    if (moves.length > 1)
      context.addIssue({ code: 'custom', message: 'may have one of at, advance and advance_to' })
    if (value.event !== undefined && value.command !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['command'],
        message: 'cannot stand beside event: write two steps',
      })
    if (Object.values(value).every((part) => part === undefined))
      context.addIssue({ code: 'custom', message: 'needs at, advance, advance_to, event, command or expect' })
  })

const caseShape = z.strictObject({
  name: z.string().min(1).max(200),
  /** Rows of a table: the case runs once for each, with `{{ row.column }}` standing for its cells. */
  each: z.array(jsonRecord).min(1).max(caseRowsMax).optional(),
  /** Names of the Schedules that run in the case; left out: all. */
  schedules: z.array(documentName).max(100).optional(),
  given: z.record(z.union([entityRef, z.literal('flags')]), jsonRecord).default({}),
  steps: z.array(step).min(1).max(200),
  expect: expectation.default({}),
})

const testCase = caseShape.superRefine((value, context) => {
  const source = value as unknown as JsonObject
  if (value.each === undefined) {
    for (const path of strayCells(source))
      context.addIssue({
        code: 'custom',
        path: [...path],
        message: 'is a cell of a row: the case has no `each`',
      })
    return
  }
  for (const { spec, problems } of expandCase(source)) {
    for (const { path, message } of problems) context.addIssue({ code: 'custom', path: [...path], message })
    if (problems.length > 0) continue
    for (const issue of caseShape.safeParse(spec).error?.issues ?? [])
      context.addIssue({ code: 'custom', path: issue.path, message: issue.message })
  }
})

const schema = z.strictObject({
  ...documentHead('Test', documentName),
  of: documentName.optional(),
  cases: z.array(testCase).min(1).max(500).default([]),
  calls: z.array(callCase).min(1).max(500).default([]),
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
  merge: [
    { path: 'cases', policy: { by: 'name' } },
    { path: 'calls', policy: { by: 'name' } },
  ],
  ownScopeOnly: true,
}
