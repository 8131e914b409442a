import { z } from 'zod'
import { documentHead, documentName, notSupportedYet } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import {
  durationText,
  entityKindName,
  eventTypeName,
  jsonRecord,
  operationName,
  prioritySpec,
  requireOneVerb,
  sendSpec,
} from './schema-parts.ts'

export const stepVerbs = ['call', 'send', 'wait', 'wait_for', 'choose'] as const

const amount = z.number().min(0).max(100_000).optional()
/** `2d`, or the parts by name. Text is read as `duration`, so that both have one shape and each mistake its own message. */
const waitSpec = z.preprocess(
  (value) => (typeof value === 'string' ? { duration: value } : value),
  z
    .strictObject({
      duration: durationText.optional(),
      days: amount,
      hours: amount,
      minutes: amount,
      seconds: amount,
      at: notSupportedYet(),
      tz: notSupportedYet(),
      spread: notSupportedYet(),
    })
    .refine((value) => Object.values(value).some((part) => part !== undefined), {
      error: 'needs a duration such as 2d, or days, hours, minutes or seconds',
    }),
)

/** The step to go on with, or `end`. */
const target = documentName

const branch = z
  .strictObject({ when: z.string().optional(), go: target.optional(), else: target.optional() })
  .superRefine((value, context) => {
    const isWhen = value.when !== undefined && value.go !== undefined && value.else === undefined
    const isElse = value.else !== undefined && value.when === undefined && value.go === undefined
    if (!isWhen && !isElse)
      context.addIssue({ code: 'custom', message: 'must be { when: …, go: step } or { else: step }' })
  })

const step = z
  .strictObject({
    id: documentName,
    call: operationName.optional(),
    with: jsonRecord.optional(),
    send: sendSpec.optional(),
    priority: prioritySpec.optional(),
    wait: waitSpec.optional(),
    wait_for: z
      .strictObject({ event: eventTypeName, where: z.string().optional(), since: notSupportedYet() })
      .optional(),
    up_to: durationText.optional(),
    choose: z.array(branch).min(1).max(50).optional(),
    then: target.optional(),
    go: target.optional(),
    else: target.optional(),
    clock: notSupportedYet(),
    fallback: notSupportedYet(),
    set: notSupportedYet(),
    add_tag: notSupportedYet(),
    assign: notSupportedYet(),
    task: notSupportedYet(),
    split: notSupportedYet(),
    parallel: notSupportedYet(),
    saga: notSupportedYet(),
    on_failure: notSupportedYet(),
    start: notSupportedYet(),
    emit: notSupportedYet(),
    stop: notSupportedYet(),
    retry: notSupportedYet(),
  })
  .superRefine((value, context) => {
    requireOneVerb(value, stepVerbs, context)
    const problem = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    const isCommand = value.call !== undefined || value.send !== undefined
    if (value.with !== undefined && value.call === undefined) problem('with', 'belongs to call')
    if (value.priority !== undefined && !isCommand) problem('priority', 'belongs to call and send')
    if (value.up_to !== undefined && value.wait_for === undefined) problem('up_to', 'belongs to wait_for')
    if (value.else !== undefined && value.up_to === undefined)
      problem('else', 'is where a wait_for goes when up_to is over: it needs up_to')
    if (value.then !== undefined && value.go !== undefined)
      problem('go', 'means the same as then: write one of them')
    if (value.choose !== undefined && (value.then ?? value.go) !== undefined)
      problem(value.then === undefined ? 'go' : 'then', 'choose goes where its branches say')
  })

const schema = z.strictObject({
  ...documentHead('Workflow', documentName),
  for: entityKindName,
  start: z.strictObject({ on: eventTypeName, when: z.string().optional() }).optional(),
  budget: z
    .strictObject({ steps: z.int().min(1).max(10_000).optional(), age: durationText.optional() })
    .optional(),
  steps: z.array(step).min(1).max(500),
  enroll: notSupportedYet(),
  on_change: notSupportedYet(),
  stop_when: notSupportedYet(),
  goal: notSupportedYet(),
  policies: notSupportedYet(),
})

export type WorkflowSpec = z.infer<typeof schema>
export type StepSpec = WorkflowSpec['steps'][number]

/** The shape of a Workflow, without its checks. */
export const workflowShape: DocumentKind<WorkflowSpec> = {
  kind: 'Workflow',
  summary: 'what is done for an entity step by step, over hours and weeks',
  schema,
  merge: [
    { path: 'steps', policy: { by: 'id' } },
    { path: 'steps.*.wait', policy: 'replace' },
  ],
}
