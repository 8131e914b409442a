import { z } from 'zod'
import { documentHead, documentName, notSupportedYet } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import { depthMax } from '../../messaging/events/event.ts'
import type { RuleSetSpec } from './rule-set-spec.ts'
import { ruleVerbs } from './rule-set-spec.ts'
import {
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
    remove_tag: notSupportedYet(),
    assign: notSupportedYet(),
    stop: notSupportedYet(),
    task: notSupportedYet(),
    notify: notSupportedYet(),
    saga: notSupportedYet(),
  })
  .superRefine((value, context) => {
    requireOneVerb(value, ruleVerbs, context)
    if (value.with !== undefined && value.call === undefined)
      context.addIssue({ code: 'custom', path: ['with'], message: 'belongs to call' })
    if (value.priority !== undefined && value.call === undefined && value.send === undefined) {
      context.addIssue({ code: 'custom', path: ['priority'], message: 'belongs to call and send' })
    }
  })

const rule = z.strictObject({
  id: documentName,
  on: eventTypeName,
  when: z.string().optional(),
  rank: z.int().min(0).max(1000).default(500),
  then: z.array(action).min(1).max(50),
  once: notSupportedYet(),
  throttle: notSupportedYet(),
  accumulate: notSupportedYet(),
  final: z.boolean().optional(),
  unless_followed_by: notSupportedYet(),
  allow_cycle: z.strictObject({ max: z.int().min(1).max(depthMax), why: z.string().min(1) }).optional(),
})

const schema: z.ZodType<RuleSetSpec> = z.strictObject({
  ...documentHead('RuleSet', documentName),
  rules: z.array(rule).min(1).max(5_000),
  match: z.enum(['all', 'first']).optional(),
  limits: notSupportedYet(),
})

/** The shape of a RuleSet, without its checks: what compiling needs to find such documents. */
export const ruleSetShape: DocumentKind<RuleSetSpec> = {
  kind: 'RuleSet',
  summary: 'what follows when an event comes and a condition holds',
  schema,
  merge: [{ path: 'rules', policy: { by: 'id' } }],
}
