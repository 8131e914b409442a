import { z } from 'zod'
import { documentHead, documentName, notSupportedYet } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import { depthMax } from '../../messaging/events/event.ts'
import { assignSpec, taskSpec } from '../people/people-shape.ts'
import type { RuleSetSpec, ThrottleSpec } from './rule-set-spec.ts'
import { ruleVerbs } from './rule-set-spec.ts'
import {
  durationText,
  entityField,
  eventTypeName,
  jsonRecord,
  operationName,
  prioritySpec,
  requireOneVerb,
  sendSpec,
} from './schema-parts.ts'

const action = z
  .strictObject({
    set: z.record(entityField, z.json()).optional(),
    add_tag: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    send: sendSpec.optional(),
    call: operationName.optional(),
    with: jsonRecord.optional(),
    emit: z
      .strictObject({ type: eventTypeName, subject: z.string().optional(), data: jsonRecord.optional() })
      .optional(),
    start: documentName.optional(),
    priority: prioritySpec.optional(),
    remove_tag: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    stop: documentName.optional(),
    notify: z
      .strictObject({
        channel: z.string().min(1),
        to: z.string().optional(),
        text: z.string().min(1),
        subject: z.string().optional(),
      })
      .optional(),
    drop: z.strictObject({ reason: z.string().min(1).max(500) }).optional(),
    block_sends: z.strictObject({ reason: z.string().min(1).max(500) }).optional(),
    assign: assignSpec.optional(),
    task: taskSpec.optional(),
    saga: notSupportedYet(),
  })
  .superRefine((value, context) => {
    requireOneVerb(value, ruleVerbs, context)
    if (value.with !== undefined && value.call === undefined)
      context.addIssue({ code: 'custom', path: ['with'], message: 'belongs to call' })
    const asks = value.call ?? value.send ?? value.notify
    if (value.priority !== undefined && asks === undefined) {
      context.addIssue({ code: 'custom', path: ['priority'], message: 'belongs to call, send and notify' })
    }
  })

const perSpec = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(8)])

/** Windows of which exactly one is given. */
const throttleWindows = ['once_within', 'once_after', 'accumulate_within'] as const

const throttle: z.ZodType<ThrottleSpec> = z
  .strictObject({
    once_within: durationText.optional(),
    once_after: durationText.optional(),
    accumulate_within: durationText.optional(),
    count: z.int().min(2).max(1_000).optional(),
    per: perSpec.optional(),
  })
  .superRefine((value, context) => {
    if (throttleWindows.filter((name) => value[name] !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: `must say exactly one of ${throttleWindows.join(', ')}` })
    if ((value.count === undefined) !== (value.accumulate_within === undefined))
      context.addIssue({
        code: 'custom',
        path: ['count'],
        message: 'belongs to accumulate_within, which needs it',
      })
  })

const rule = z.strictObject({
  id: documentName,
  on: eventTypeName,
  when: z.string().optional(),
  rank: z.int().min(0).max(1000).default(500),
  then: z.array(action).min(1).max(50),
  once: z.strictObject({ per: perSpec.optional(), within: durationText.optional() }).optional(),
  throttle: throttle.optional(),
  final: z.boolean().optional(),
  unless_followed_by: z
    .strictObject({ event: eventTypeName, where: z.string().optional(), within: durationText })
    .optional(),
  allow_cycle: z.strictObject({ max: z.int().min(1).max(depthMax), why: z.string().min(1) }).optional(),
})

const schema: z.ZodType<RuleSetSpec> = z.strictObject({
  ...documentHead('RuleSet', documentName),
  rules: z.array(rule).min(1).max(5_000),
  match: z.enum(['all', 'first']).optional(),
  phase: z.enum(['guard', 'decide']).optional(),
  limits: notSupportedYet(),
})

/** The shape of a RuleSet, without its checks: what compiling needs to find such documents. */
export const ruleSetShape: DocumentKind<RuleSetSpec> = {
  kind: 'RuleSet',
  summary: 'what follows when an event comes and a condition holds',
  schema,
  merge: [{ path: 'rules', policy: { by: 'id' } }],
}
