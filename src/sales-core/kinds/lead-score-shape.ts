import { z } from 'zod'
import { documentHead, documentName, notSupportedYet } from '../../control-plane/documents/document-kind.ts'
import type { DocumentKind } from '../../control-plane/documents/document-kind.ts'
import { durationText, entityField, eventTypeName } from './schema-parts.ts'

const points = z.number().min(-1_000_000).max(1_000_000)

// Durations may be 0s; half of something cannot be gone at once.
const longerThanZero = durationText.refine((text) => !/^[0dhms]*$/.test(text), {
  error: 'must be longer than nothing',
})

const factor = z
  .strictObject({
    id: documentName,
    value: z.string().optional(),
    bands: z.record(z.string(), points).optional(),
    on: eventTypeName.optional(),
    when: z.string().optional(),
    points: points.optional(),
    cap: z
      .strictObject({ points: z.number().positive().max(1_000_000), per: longerThanZero.optional() })
      .optional(),
    decay: z.strictObject({ half_life: longerThanZero }).optional(),
    model: notSupportedYet(),
  })
  .superRefine((value, context) => {
    const problem = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message })
    for (const key of ['cap', 'decay'] as const)
      if (value[key] !== undefined && value.on === undefined)
        problem(
          key,
          'belongs to factors of events (with `on`): the state is computed anew and nothing adds up',
        )
    if (value.value !== undefined) {
      if (value.bands === undefined)
        problem('bands', 'is needed: which value gives how many points, such as { 0: 0, 50: 15 }')
      if (value.on !== undefined)
        problem('on', 'belongs to factors with points: a value is read from the state')
      if (value.when !== undefined) problem('when', 'cannot stand beside value')
      if (value.points !== undefined)
        problem('points', 'cannot stand beside value: its bands give the points')
      return
    }
    if (value.bands !== undefined) problem('bands', 'belongs to value')
    if (value.points === undefined) problem('points', 'is needed (or value and bands)')
    if (value.on === undefined && value.when === undefined)
      problem('when', 'is needed: a factor of the state without a condition is a constant')
  })

const band = z.strictObject({
  name: documentName,
  from: z.number(),
  leave_below: z.number().optional(),
  emit: eventTypeName.optional(),
})

const schema = z.strictObject({
  ...documentHead('LeadScore', documentName),
  writes: entityField,
  range: z.tuple([z.number(), z.number()]).default([0, 100]),
  factors: z.array(factor).min(1).max(500),
  bands: z.array(band).max(50).default([]),
})

export type LeadScoreSpec = z.infer<typeof schema>

/** The shape of a LeadScore, without its checks. */
export const leadScoreShape: DocumentKind<LeadScoreSpec> = {
  kind: 'LeadScore',
  summary: 'how a score is made of factors, and which bands it falls into',
  schema,
  merge: [
    { path: 'factors', policy: { by: 'id' } },
    { path: 'factors.*.bands', policy: 'replace' },
    { path: 'bands', policy: { by: 'name' } },
  ],
}
