import { z } from 'zod'
import { documentName } from '../../../control-plane/documents/document-kind.ts'
import { parseDuration } from '../../../kernel/duration.ts'
import { assignSpec, taskSpec } from '../../people/people-shape.ts'
import { spreadMsMax } from '../../time/wait-spec.ts'
import { timeZoneName } from '../../types/time-zone.ts'
import {
  durationText,
  entityField,
  eventTypeName,
  jsonRecord,
  operationName,
  prioritySpec,
  requireOneVerb,
  sendSpec,
} from '../schema-parts.ts'
import { stepRules } from './step-rules.ts'
import type { StepSpec } from './workflow-spec.ts'
import { stepVerbs } from './workflow-spec.ts'

const amount = z.number().min(0).max(100_000).optional()
const zone = z.union([z.enum(['contact', 'tenant']), timeZoneName])

const spreadText = durationText.refine((text) => isShort(text), { error: 'must be at most 1d' })

/** `2d`, or the parts by name. Text is read as `duration`, so that both have one shape and each mistake its own message. */
const waitSpec = z.preprocess(
  (value) =>
    typeof value === 'string' && value !== 'result' && value !== 'done' ? { duration: value } : value,
  z.union([
    z.enum(['result', 'done']),
    z
      .strictObject({
        duration: durationText.optional(),
        days: amount,
        hours: amount,
        minutes: amount,
        seconds: amount,
        at: z
          .string()
          .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day, such as 10:00' })
          .optional(),
        tz: zone.optional(),
        unknown_tz: z.union([z.enum(['tenant', 'fail']), timeZoneName]).optional(),
        spread: spreadText.optional(),
      })
      .refine((value) => Object.values(value).some((part) => part !== undefined), {
        error: 'needs a duration such as 2d, or days, hours, minutes or seconds',
      }),
  ]),
)

/** The step to go on with, `end`, or `join`. */
const target = documentName

const branch = z
  .strictObject({ when: z.string().optional(), go: target.optional(), else: target.optional() })
  .superRefine((value, context) => {
    const isWhen = value.when !== undefined && value.go !== undefined && value.else === undefined
    const isElse = value.else !== undefined && value.when === undefined && value.go === undefined
    if (!isWhen && !isElse)
      context.addIssue({ code: 'custom', message: 'must be { when: …, go: step } or { else: step }' })
  })

const backoffText = z
  .string()
  .refine((text) => text.split('..').length <= 2 && text.split('..').every(isLength), {
    error: 'must be a duration or a range of them, such as 30s or 30s..1h',
  })

/** Names of arms and branches: of split and parallel. */
const armName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, {
  error: 'must be a word of letters, digits, _ and - (1 to 32)',
})

/** The most arms of a split, and branches of a parallel. */
export const armsMax = 10
/** Steps of a workflow, nested ones included. */
export const stepsInWorkflowMax = 500

const inner: z.ZodType<readonly StepSpec[]> = z.lazy(() => z.array(stepShape).min(1).max(100))

const fields = {
  id: documentName,
  call: operationName.optional(),
  with: jsonRecord.optional(),
  send: sendSpec.optional(),
  fallback: sendSpec.optional(),
  priority: prioritySpec.optional(),
  retry: z.strictObject({ max: z.int().min(1).max(20), backoff: backoffText.optional() }).optional(),
  undo: z.strictObject({ call: operationName, with: jsonRecord.optional() }).optional(),
  set: z.record(entityField, z.json()).optional(),
  add_tag: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  remove_tag: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  assign: assignSpec.optional(),
  task: taskSpec.optional(),
  emit: z
    .strictObject({ type: eventTypeName, subject: z.string().optional(), data: jsonRecord.optional() })
    .optional(),
  start: documentName.optional(),
  stop: documentName.optional(),
  wait: waitSpec.optional(),
  wait_for: z
    .strictObject({ event: eventTypeName, where: z.string().optional(), since: documentName.optional() })
    .optional(),
  up_to: durationText.optional(),
  clock: z.enum(['wall', 'business', 'contact']).optional(),
  calendar: documentName.optional(),
  choose: z.array(branch).min(1).max(50).optional(),
  split: z
    .record(armName, z.number().min(0).max(1_000_000))
    .refine((arms) => Object.keys(arms).length >= 2 && Object.keys(arms).length <= armsMax, {
      error: `must have 2 to ${armsMax} arms`,
    })
    .optional(),
  parallel: z
    .record(armName, inner)
    .refine((all) => Object.keys(all).length >= 2 && Object.keys(all).length <= armsMax, {
      error: `must have 2 to ${armsMax} branches`,
    })
    .optional(),
  join: z.enum(['all', 'any']).optional(),
  saga: inner.optional(),
  on_failure: z.strictObject({ task: taskSpec.optional(), go: target.optional() }).optional(),
  then: target.optional(),
  go: target.optional(),
  else: target.optional(),
}

const own = new Set(Object.keys(fields))

/** A step. What else it has are the arms of its split, by name. */
export const stepShape = z
  .object(fields)
  .catchall(z.unknown())
  .superRefine((value, context) => {
    const spec = value as unknown as StepSpec
    const beside = spec.wait === 'result' || spec.wait === 'done'
    requireOneVerb(beside ? { ...value, wait: undefined } : value, stepVerbs, context)
    const arms = spec.split === undefined ? [] : Object.keys(spec.split)
    const strangers = Object.keys(value).filter((key) => !own.has(key) && !arms.includes(key))
    if (strangers.length > 0)
      context.addIssue({ code: 'unrecognized_keys', keys: strangers, input: value, path: [] })
    for (const [at, message] of stepRules(spec)) context.addIssue({ code: 'custom', path: [at], message })
    for (const name of arms) {
      if (own.has(name)) {
        context.addIssue({
          code: 'custom',
          path: ['split', name],
          message: 'is a word of the language: name the arm otherwise',
        })
        continue
      }
      const written = value[name]
      if (written === undefined) continue
      const parsed = armSteps.safeParse(written)
      for (const issue of parsed.error?.issues ?? [])
        context.addIssue({ ...issue, path: [name, ...issue.path] } as Parameters<typeof context.addIssue>[0])
      // The schema's own copy of the step: its arms are to have the shape of parsed steps as well.
      if (parsed.success) value[name] = parsed.data
    }
  }) as unknown as z.ZodType<StepSpec>

/** An arm may be empty: a hold-out. */
const armSteps: z.ZodType<readonly StepSpec[]> = z.lazy(() => z.array(stepShape).max(100))

function isLength(text: string): boolean {
  return durationText.safeParse(text).success
}

function isShort(text: string): boolean {
  try {
    return parseDuration(text) <= spreadMsMax
  } catch {
    // Not a duration at all: said by durationText.
    return true
  }
}
