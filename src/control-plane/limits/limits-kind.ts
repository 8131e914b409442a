import { z } from 'zod'
import { parseDuration } from '../../kernel/duration.ts'
import { errorText } from '../../kernel/errors.ts'
import { documentHead, documentName, notSupportedYet } from '../documents/document-kind.ts'
import type { DocumentKind, DocumentSet, Problem, TypedDocument } from '../documents/document-kind.ts'

const hourMs = 3_600_000
const horizon = {
  minMs: hourMs,
  maxMs: 90 * 24 * hourMs,
  text: 'must be from 1h to 90d',
  example: '24h, 7d or 30d',
} as const
/** A lease ends after 30 seconds, and its call with it. */
const callTimeout = {
  minMs: 100,
  maxMs: 30_000,
  text: 'must be from 100ms to 30s',
  example: '5s or 30s',
} as const

const breakerTime = {
  minMs: 1_000,
  maxMs: 24 * hourMs,
  text: 'must be from 1s to 24h',
  example: '1m or 5m',
} as const

/** The bounds of every number of a Limits document. */
export const limitsBounds = {
  eventsPerSecond: { min: 0.1, max: 1_000_000 },
  burst: { min: 1, max: 1_000_000 },
  waitingEvents: { min: 1, max: 100_000 },
  weight: { min: 1, max: 100 },
  inFlight: { min: 1, max: 10_000 },
  commandsPerSecond: { min: 0.01, max: 100_000 },
  evaluationFuel: { min: 1_000, max: 100_000 },
  perIntegration: { min: 1, max: 512 },
  commandsPerDay: { min: 1, max: 1_000_000_000 },
  effectsPerHour: { min: 1, max: 100_000 },
  waitsPerEntity: { min: 1, max: 1_000 },
  ruleFailures: { min: 1, max: 10_000 },
} as const

const bounded = (name: keyof typeof limitsBounds) => {
  const { min, max } = limitsBounds[name]
  const error = `must be a number from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

const whole = (name: keyof typeof limitsBounds) =>
  bounded(name).refine(Number.isInteger, { error: 'must be a whole number' })

const duration = ({
  minMs,
  maxMs,
  text: range,
  example,
}: typeof horizon | typeof callTimeout | typeof breakerTime) =>
  z.string({ error: `must be a duration such as ${example}` }).superRefine((text, context) => {
    try {
      const ms = parseDuration(text)
      if (ms >= minMs && ms <= maxMs) return
      context.addIssue({ code: 'custom', message: range })
    } catch (error) {
      context.addIssue({ code: 'custom', message: `${errorText(error)}; write ${example}` })
    }
  })

/** `default`, or a channel. */
const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be default or a channel, such as whatsapp' })

const schema = z.strictObject({
  ...documentHead('Limits', documentName),
  intake: z
    .strictObject({
      eventsPerSecond: bounded('eventsPerSecond')
        .optional()
        .describe('Events a second that a tenant may send, to all daemons together. Default 20000.'),
      burst: whole('burst')
        .optional()
        .describe('Events at once after a quiet time. Default: two seconds’ worth.'),
      keyHorizon: duration(horizon)
        .optional()
        .describe(
          'For how long keys of events and requests are remembered: longer than any redelivery. Default 7d.',
        ),
      waitingEvents: whole('waitingEvents')
        .optional()
        .describe('Events that may wait for the database in one daemon. Default 10000.'),
    })
    .optional()
    .describe('What comes in.'),
  dispatch: z
    .strictObject({
      weight: whole('weight')
        .optional()
        .describe('The tenant’s part of what is shared, against the others, 1 to 100. Default 1.'),
      inFlight: whole('inFlight')
        .optional()
        .describe('Calls of the tenant under way at once in one daemon. Default 256.'),
    })
    .optional()
    .describe('What goes out.'),
  rates: z
    .strictObject({
      events_per_second: bounded('eventsPerSecond')
        .optional()
        .describe(
          'Events a second that a tenant may send, to all daemons together: the same as intake.eventsPerSecond.',
        ),
      commands_per_second: z
        .union([
          bounded('commandsPerSecond'),
          z
            .record(channelName, bounded('commandsPerSecond'))
            .refine((rates) => Object.keys(rates).length >= 1 && Object.keys(rates).length <= 50, {
              error: 'must hold 1 to 50 rates: default and channels',
            }),
        ])
        .optional()
        .describe(
          'Calls a second of each integration, all daemons together: one number, or { default: 20, whatsapp: 10 }. An integration that serves several of the channels keeps the lowest of theirs.',
        ),
    })
    .optional()
    .describe('How much a second.'),
  timeouts: z
    .strictObject({
      call: duration(callTimeout)
        .optional()
        .describe('The longest that one call to an integration may take, 100ms to 30s.'),
      evaluation_fuel: whole('evaluationFuel')
        .optional()
        .describe('The work that one condition may do, in steps of about 50 ns, 1000 to 100000.'),
    })
    .optional()
    .describe('How long.'),
  concurrency: z
    .strictObject({
      per_integration: whole('perIntegration')
        .optional()
        .describe('Calls under way at once to one integration in one daemon.'),
      waits_per_entity: whole('waitsPerEntity')
        .optional()
        .describe('Waits of rules (unless_followed_by, once_after) that one entity may have. Default 200.'),
    })
    .optional()
    .describe('How much at once.'),
  quotas: z
    .strictObject({
      commands_per_day: whole('commandsPerDay')
        .optional()
        .describe(
          'Commands of the tenant that may go out on a day (UTC), all daemons together; the rest waits until tomorrow. Default: any number.',
        ),
      effects_per_hour: whole('effectsPerHour')
        .optional()
        .describe('Commands and events that the rules of one entity may lead to in an hour. Default 1000.'),
      workflow_instances: notSupportedYet(),
      storage_mb: notSupportedYet(),
    })
    .optional()
    .describe('How much in all.'),
  rule_breaker: z
    .strictObject({
      failures: whole('ruleFailures')
        .optional()
        .describe('Failures of one rule in the window that stop it. Default 20.'),
      within: duration(breakerTime).optional().describe('The window. Default 5m.'),
      open: duration(breakerTime)
        .optional()
        .describe('How long it is stopped the first time; twice as long each time in a row. Default 1m.'),
      open_max: duration(breakerTime).optional().describe('The longest that it is stopped. Default 1h.'),
    })
    .optional()
    .describe('When a rule that fails is stopped.'),
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
  onePerScope: true,
  check: (typed, set) => [
    ...placeProblems(typed, set),
    ...rateTwiceProblems(typed),
    ...burstProblems(typed),
    ...breakerProblems(typed),
  ],
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

/** One limit has two names: the language's, and the one it had first. */
function rateTwiceProblems({ spec }: TypedDocument<LimitsSpec>): readonly Problem[] {
  if (spec.intake?.eventsPerSecond === undefined || spec.rates?.events_per_second === undefined) return []
  return [
    {
      code: 'NX-LIMITS-BOTH',
      message: 'rates.events_per_second and intake.eventsPerSecond are the same limit',
      fix: 'Keep one of the two.',
      path: ['rates', 'events_per_second'],
      key: true,
    },
  ]
}

function burstProblems({ spec }: TypedDocument<LimitsSpec>): readonly Problem[] {
  const burst = spec.intake?.burst
  const eventsPerSecond = spec.intake?.eventsPerSecond ?? spec.rates?.events_per_second
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

function breakerProblems({ spec }: TypedDocument<LimitsSpec>): readonly Problem[] {
  const { open, open_max: longest } = spec.rule_breaker ?? {}
  if (open === undefined || longest === undefined || parseDuration(open) <= parseDuration(longest)) return []
  return [
    {
      code: 'NX-LIMITS-BREAKER',
      message: 'rule_breaker.open is longer than rule_breaker.open_max',
      fix: 'Make open_max at least open.',
      path: ['rule_breaker', 'open'],
    },
  ]
}
