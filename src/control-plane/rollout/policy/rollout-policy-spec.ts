import { z } from 'zod'
import { parseDuration } from '../../../kernel/duration.ts'
import { errorText } from '../../../kernel/errors.ts'
import { tenantSlugPattern } from '../../../platform/tenants/tenant.ts'
import { documentHead, documentName } from '../../documents/document-kind.ts'
import { policyBounds, policyDurations, policyLists } from './policy-bounds.ts'

function bounded(name: keyof typeof policyBounds, description: string) {
  const { min, max } = policyBounds[name]
  const error = `must be a number from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error }).describe(description)
}

function whole(name: keyof typeof policyBounds, description: string) {
  return bounded(name, description).refine(Number.isInteger, { error: 'must be a whole number' })
}

function duration(name: keyof typeof policyDurations, description: string) {
  const { min, max, text } = policyDurations[name]
  return z
    .string({ error: `must be a duration ${text}, such as 30m` })
    .superRefine((value, context) => {
      try {
        const ms = parseDuration(value)
        if (ms < min || ms > max) context.addIssue({ code: 'custom', message: `must be ${text}` })
      } catch (error) {
        context.addIssue({ code: 'custom', message: `${errorText(error)}; write 90s, 30m or 24h` })
      }
    })
    .describe(description)
}

const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time of day such as "09:00"' })

/** The days of a change window, in the order of the week. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const ring = z.strictObject({
  tenants: z
    .array(z.string().regex(tenantSlugPattern, { error: 'must be a tenant slug' }))
    .min(1, { error: 'must name at least one tenant' })
    .max(policyLists.ringTenants, { error: `must name at most ${policyLists.ringTenants} tenants` })
    .describe('slugs of the tenants that join with this ring'),
  percentage: bounded('initialPercentage', 'their share on the candidate, default 50').optional(),
})

const ramp = z.strictObject({
  preset: z
    .enum(['linear', 'fast'])
    .describe('linear: 5 % more every 30m; fast: 5, 10, 25, 50, 95')
    .optional(),
  initialPercentage: bounded('initialPercentage', 'share of the first step, default 5').optional(),
  incrementPercentage: bounded('incrementPercentage', 'what each step adds, default 5').optional(),
  steps: z
    .array(bounded('percentage', 'a percentage'))
    .min(1, { error: 'must have at least one percentage' })
    .max(policyLists.steps, { error: `must have at most ${policyLists.steps} percentages` })
    .describe('percentages in place of a preset; 100 comes by itself')
    .optional(),
  evaluationPeriod: duration('evaluationPeriod', 'the least time of a step, default 30m').optional(),
})

const gate = z.strictObject({
  minUnits: z
    .union([whole('minUnits', 'units'), z.array(whole('minUnits', 'units')).min(1).max(policyLists.steps)])
    .describe(
      'matured candidate units a step needs, default 59 (shows <= 5 % errors); a list gives each step its own',
    )
    .optional(),
  beforeFull: whole('beforeFull', 'clean units before 100 %, default 299 (shows <= 1 % errors)').optional(),
  promotion: z.enum(['evidence', 'time']).describe('time: go on without evidence, labelled so').optional(),
  maxStepDuration: duration('maxStepDuration', 'then onInsufficientData applies, default 24h').optional(),
  onInsufficientData: z.enum(['hold', 'extend', 'approve', 'rollback']).optional(),
})

const signal = z.strictObject({
  expect: z
    .union([z.literal('backtest'), bounded('expect', 'a share of units')])
    .describe("the rate to agree with: the plan's backtest, or a share of units (0 to 1)"),
  tolerance: bounded('tolerance', 'how far off, as a part of the expected rate; default 0.1').optional(),
  onDivergence: z.enum(['hold', 'rollback']).describe('default hold').optional(),
})

const window = z.strictObject({
  tz: z.string().min(1).max(64).describe('IANA zone, e.g. Europe/Berlin'),
  days: z.array(z.enum(weekdays)).min(1).max(7).describe('default: every day').optional(),
  from: timeOfDay,
  to: timeOfDay,
})

export const rolloutPolicySchema = z.strictObject({
  ...documentHead('RolloutPolicy', documentName),
  strategy: z.literal('percentage').optional(),
  unit: z
    .enum(['entity', 'workspace', 'tenant'])
    .describe('what is assigned as a whole, default entity')
    .optional(),
  rings: z
    .array(ring)
    .max(policyLists.rings, { error: `must be at most ${policyLists.rings} rings` })
    .describe('named tenants first, for changes of the global scope')
    .optional(),
  ramp: ramp.optional(),
  gate: gate.optional(),
  successCriteria: z
    .strictObject({
      errorRateThreshold: bounded('errorRateThreshold', 'default 0.01').optional(),
      performanceDegradation: bounded('performanceDegradation', 'default 0.05').optional(),
    })
    .optional(),
  signals: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'must be lower-case letters, digits and _' }),
      signal,
    )
    .describe('decision rates that must agree with what was predicted')
    .optional(),
  caps: z
    .strictObject({
      actionsPerUnit: whole(
        'actionsPerUnit',
        'external actions a candidate unit may cause in a step',
      ).optional(),
      actionsPerHour: whole(
        'actionsPerHour',
        'external actions of all candidate units in an hour',
      ).optional(),
    })
    .optional(),
  bake: z
    .strictObject({
      holdback: bounded(
        'holdback',
        'percentage that stays on the baseline in the last step, default 5',
      ).optional(),
      for: duration('bakeFor', 'default 30m').optional(),
      watch: duration('watch', 'watched after 100 %, default 24h').optional(),
    })
    .optional(),
  autoRollback: z.boolean().describe('false: hold and say so instead; default true').optional(),
  shadowFirst: z
    .boolean()
    .describe('both digests on every event before any exposure, default true')
    .optional(),
  shadowUnits: whole('shadowUnits', 'units compared in shadow, default 299').optional(),
  shadowFor: duration('shadowFor', 'the least time in shadow, default 0s').optional(),
  alpha: z
    .strictObject({
      total: bounded('alpha', 'false rollbacks accepted per rollout, default 0.01').optional(),
      errors: bounded('alpha', 'default 40 % of the total').optional(),
      absolute: bounded('alpha', 'default 20 % of the total').optional(),
      latency: bounded('alpha', 'default 20 % of the total').optional(),
      decisions: bounded('alpha', 'default 20 % of the total').optional(),
    })
    .optional(),
  approval: z
    .strictObject({
      risk: z
        .enum(['low', 'medium', 'high', 'never'])
        .describe('the least risk that needs approval, default high')
        .optional(),
      approvers: whole('approvers', 'distinct people, default 1').optional(),
      beforePercentages: z
        .array(bounded('initialPercentage', 'a percentage'))
        .max(policyLists.beforePercentages)
        .describe('steps at or above these need an approval of their own')
        .optional(),
    })
    .optional(),
  windows: z
    .array(window)
    .max(policyLists.windows)
    .describe('promotions only then; default any time')
    .optional(),
  inflight: z
    .enum(['finish', 'abort', 'restart'])
    .describe('running workflows at a rollback, default finish')
    .optional(),
  newerRevision: z.enum(['supersede', 'queue']).describe('default supersede').optional(),
  maturity: z
    .strictObject({
      configError: duration('maturity', 'default 0s').optional(),
      integrationError: duration('maturity', 'default 2m').optional(),
      latency: duration('maturity', 'default 0s').optional(),
      decision: duration('maturity', 'default 0s').optional(),
    })
    .describe('how late an outcome may come; a unit counts after the longest')
    .optional(),
  health: z
    .strictObject({
      unassignableShare: bounded('unassignableShare', 'default 0.01').optional(),
      clockSkew: duration('clockSkew', 'default 5s').optional(),
      staleAfter: duration('stale', 'default 2m').optional(),
    })
    .optional(),
})

/** How changes of a scope reach traffic, as written. Every field has a default: see resolvePolicy. */
export type RolloutPolicySpec = z.infer<typeof rolloutPolicySchema>
