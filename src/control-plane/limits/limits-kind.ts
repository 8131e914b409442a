import { z } from 'zod'
import { parseDuration } from '../../kernel/duration.ts'
import { errorText } from '../../kernel/errors.ts'
import { documentHead, documentName, notSupportedYet } from '../documents/document-kind.ts'
import type { DocumentKind, DocumentSet, Problem, TypedDocument } from '../documents/document-kind.ts'

const hourMs = 3_600_000
const horizon = { minMs: hourMs, maxMs: 90 * 24 * hourMs } as const

/** The bounds of every number of a Limits document. */
export const limitsBounds = {
  eventsPerSecond: { min: 0.1, max: 1_000_000 },
  burst: { min: 1, max: 1_000_000 },
  waitingEvents: { min: 1, max: 100_000 },
  weight: { min: 1, max: 100 },
  inFlight: { min: 1, max: 10_000 },
} as const

const bounded = (name: keyof typeof limitsBounds) => {
  const { min, max } = limitsBounds[name]
  const error = `must be a number from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

const whole = (name: keyof typeof limitsBounds) =>
  bounded(name).refine(Number.isInteger, { error: 'must be a whole number' })

/** `1h` to `90d`. */
const keyHorizon = z.string({ error: 'must be a duration such as 7d' }).superRefine((text, context) => {
  try {
    const ms = parseDuration(text)
    if (ms >= horizon.minMs && ms <= horizon.maxMs) return
    context.addIssue({ code: 'custom', message: 'must be from 1h to 90d' })
  } catch (error) {
    context.addIssue({ code: 'custom', message: `${errorText(error)}; write 24h, 7d or 30d` })
  }
})

const schema = z.strictObject({
  ...documentHead('Limits', documentName),
  intake: z
    .strictObject({
      /** Events a second that a tenant may send, to all daemons together. Default 20000. */
      eventsPerSecond: bounded('eventsPerSecond').optional(),
      /** Events at once after a quiet time. Default: two seconds' worth. */
      burst: whole('burst').optional(),
      /** For how long keys of events and requests are remembered: longer than any redelivery. Default 7d. */
      keyHorizon: keyHorizon.optional(),
      /** Events that may wait for the database in one daemon. Default 10000. */
      waitingEvents: whole('waitingEvents').optional(),
    })
    .optional(),
  dispatch: z
    .strictObject({
      /** The tenant's part of what is shared, against the others. Default 1. */
      weight: whole('weight').optional(),
      /** Calls under way at once in one daemon. Default 256. */
      inFlight: whole('inFlight').optional(),
    })
    .optional(),
  rates: notSupportedYet(),
  quotas: notSupportedYet(),
  timeouts: notSupportedYet(),
  concurrency: notSupportedYet(),
})

export type LimitsSpec = z.infer<typeof schema>

/**
 * What tenants may send and how they share what they share. One document in global/ for all tenants, one in a tenant for itself:
 * what the tenant's says wins, member by member.
 */
export const limitsKind: DocumentKind<LimitsSpec> = {
  kind: 'Limits',
  summary: 'how much a tenant may send, and its part of what tenants share',
  schema,
  check: (typed, set) => [...placeProblems(typed, set), ...burstProblems(typed)],
}

/** The level of a document that was read from a directory; null for one that was stored. */
function levelOf({ document }: TypedDocument): string | null {
  return 'scope' in document ? (document.scope as { level: string }).level : null
}

/** A scope has one answer to each question: one document each, and none for a workspace, which shares its tenant's quota. */
function placeProblems(typed: TypedDocument<LimitsSpec>, set: DocumentSet): readonly Problem[] {
  const level = levelOf(typed)
  if (level === 'workspace') {
    const message = 'Limits are those of a tenant: its workspaces share them'
    return [{ code: 'NX-LIMITS-PLACE', message, fix: 'Move it to the tenant.', path: ['kind'] }]
  }
  const first = set.ofKind(limitsKind).find((other) => levelOf(other) === level)
  if (first === undefined || first.document.name === typed.document.name) return []
  const message = `There is another Limits document in this scope: '${first.document.name}'`
  return [{ code: 'NX-LIMITS-TWICE', message, fix: 'Put both into one.', path: ['name'] }]
}

function burstProblems({ spec }: TypedDocument<LimitsSpec>): readonly Problem[] {
  const { eventsPerSecond, burst } = spec.intake ?? {}
  if (eventsPerSecond === undefined || burst === undefined || burst >= eventsPerSecond) return []
  return [
    {
      code: 'NX-LIMITS-BURST',
      message: `A burst of ${burst} keeps a sender that comes once a second below ${eventsPerSecond} events a second`,
      fix: 'Make it at least eventsPerSecond, or leave it out: two seconds worth.',
      path: ['intake', 'burst'],
      severity: 'warning',
    },
  ]
}
