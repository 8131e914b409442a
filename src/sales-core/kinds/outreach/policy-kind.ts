import { z } from 'zod'
import { parseDuration } from '../../../kernel/duration.ts'
import { documentHead, documentName } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentKind, DocumentSet, Problem } from '../../../control-plane/documents/document-kind.ts'
import { typeCatalogOf } from '../../compile/document-types.ts'
import { hasCalendar } from '../../compile/has-calendar.ts'
import { isTimeZone } from '../../types/time-zone.ts'
import { calendarKind } from '../people/calendar-kind.ts'
import { parseClock } from '../people/week-hours.ts'
import { durationText, entityKindName } from '../schema-parts.ts'
import { templateShape } from './template-shape.ts'

const channel = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be a lower-case word, like sms' })
const clock = z
  .string()
  .refine((text) => parseClock(text) !== null, { error: 'must be a time of day, such as 20:00' })
const word = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, { error: 'must be a lower-case word' })

const zone = (words: readonly string[]) =>
  z.string().refine((text) => words.includes(text) || isTimeZone(text), {
    error: `must be ${words.join(', ')} or a time zone such as Asia/Dubai`,
  })

const quietHours = z
  .strictObject({
    tz: zone(['contact', 'tenant'])
      .default('contact')
      .describe('Whose time counts: contact, tenant, or a time zone.'),
    from: clock.describe('When the quiet begins, such as 20:00. It may go over midnight.'),
    to: clock.describe('When it ends, such as 09:00.'),
    unknown_tz: zone(['tenant', 'defer', 'skip', 'block'])
      .default('tenant')
      .describe(
        'For a contact whose zone is unknown: the tenant’s (of its default Calendar), a named one, defer until it is known, skip, or block (as on_block says).',
      ),
  })
  .refine(({ from, to }) => from !== to, { error: 'must not begin and end at the same time', path: ['to'] })

const cap = z.strictObject({
  per: entityKindName.describe('What is counted for: an entity kind such as lead.'),
  max: z.int().min(0).max(100_000).describe('How many at most.'),
  within: durationText.describe('In which time, such as 24h.'),
  priority: z
    .strictObject({
      high: z.int().min(0).max(100_000).optional().describe('Kept for messages of high priority.'),
      normal: z
        .int()
        .min(0)
        .max(100_000)
        .optional()
        .describe('Kept for messages of at least normal priority.'),
    })
    .optional()
    .describe('How many of them are kept for messages of a priority. Default: none.'),
  over_cap: z
    .enum(['wait', 'skip', 'swap_channel'])
    .optional()
    .describe('What becomes of one too many. Default: as on_block says.'),
})

const schema = z
  .strictObject({
    ...documentHead('Policy', documentName),
    applies: z
      .strictObject({
        effects: z
          .array(z.enum(['send', 'call', 'task']))
          .min(1)
          .default(['send'])
          .describe('Which effects it is about.'),
        channels: z.array(channel).min(1).max(50).optional().describe('Which channels. Default: all.'),
        to: z
          .enum(['all', 'named'])
          .default('all')
          .describe('Whose effects: all, or only those of workflows that name it under policies.'),
      })
      .default({ effects: ['send'], to: 'all' })
      .describe('What the policy is about.'),
    quiet_hours: quietHours.optional().describe('Nothing leaves between these times.'),
    consent: z
      .strictObject({ purpose: word.describe('What was agreed to, such as marketing.') })
      .optional()
      .describe('Nothing leaves without the contact’s consent.'),
    pack: z
      .enum(['us'])
      .optional()
      .describe(
        'Hours of a jurisdiction: us is the federal hours and those of stricter states, by the contact’s state, number and zone. Verify with counsel.',
      ),
    caps: z
      .union([cap, z.array(cap).min(1).max(20)])
      .optional()
      .describe('How often, at most.'),
    window: z
      .strictObject({
        channel: channel.describe('The channel that has the window, such as whatsapp.'),
        within: durationText.describe('How long after the contact wrote last.'),
        otherwise: z.enum(['template', 'block']).default('block').describe('What may be sent outside of it.'),
        template: documentName
          .optional()
          .describe('The Template whose message of that channel goes in the place of a free text.'),
      })
      .optional()
      .describe('Free text only within a time after the contact’s last message.'),
    on_block: z
      .enum(['defer', 'skip', 'swap_channel'])
      .default('defer')
      .describe('What becomes of an effect that may not leave now.'),
    swap_to: z
      .array(channel)
      .min(1)
      .max(10)
      .default(['whatsapp', 'sms', 'email'])
      .describe('For swap_channel: where the message may go instead, in this order.'),
    wait_max: durationText
      .default('7d')
      .describe('A message that could only leave later than so long after it was due is skipped.'),
  })
  .refine(
    ({ quiet_hours: quiet, consent, caps, window, pack }) =>
      [quiet, consent, caps, window, pack].some((part) => part !== undefined),
    {
      error: 'must say what it forbids: quiet_hours, pack, consent, caps or window',
    },
  )

export type PolicySpec = z.infer<typeof schema>

/** Declares when nothing may be sent. */
export const policyKind: DocumentKind<PolicySpec> = {
  kind: 'Policy',
  summary: 'when nothing may be sent: quiet hours, consent, caps, channel windows',
  schema,
  provides: ({ spec }) => [{ space: 'policy', name: spec.name }],
  requires: ({ spec }) => [
    ...capsOf(spec).map(({ cap: { per }, path }) => ({
      space: 'entity',
      name: per,
      path: [...path, 'per'],
      fix: 'Declare an EntityType of that name.',
    })),
    ...(spec.window?.template === undefined
      ? []
      : [
          {
            space: 'template',
            name: spec.window.template,
            path: ['window', 'template'],
            fix: 'Declare a Template of that name.',
          },
        ]),
  ],
  check: ({ spec }, set) => [
    ...capProblems(spec),
    ...windowProblems(spec),
    ...templateProblems(spec, set),
    ...effectProblems(spec),
    ...zoneProblems(spec, set),
  ],
}

/** The caps of a policy, each with its place in the document. */
export function capsOf({ caps }: PolicySpec) {
  if (caps === undefined) return []
  return Array.isArray(caps)
    ? caps.map((one, index) => ({ cap: one, path: ['caps', index] }))
    : [{ cap: caps, path: ['caps'] }]
}

/** A cap below which another one lies in every time never has anything to say. */
function capProblems(spec: PolicySpec): readonly Problem[] {
  const caps = capsOf(spec)
  return caps.flatMap(({ cap: one, path }): readonly Problem[] => {
    const tighter = caps.find(
      ({ cap: other }) =>
        other !== one &&
        other.per === one.per &&
        other.max <= one.max &&
        parseDuration(other.within) >= parseDuration(one.within),
    )
    if (tighter === undefined) return []
    const { max, within } = tighter.cap
    const message = `It never counts: ${max} within ${within} is tighter at any time`
    return [{ code: 'NX-POLICY-CAP', message, fix: 'Remove one of the two.', path, severity: 'warning' }]
  })
}

function windowProblems({ applies, window }: PolicySpec): readonly Problem[] {
  const { channels } = applies
  if (window === undefined || channels === undefined || channels.includes(window.channel)) return []
  return [
    {
      code: 'NX-POLICY-CHANNEL',
      message: `The policy is not about ${window.channel}: its window never counts`,
      fix: `Add ${window.channel} to applies.channels, or remove the window.`,
      path: ['window', 'channel'],
    },
  ]
}

/** What stands in for a free text must be one that the vendor keeps, for that channel, and fields must fill it. */
function templateProblems({ window }: PolicySpec, set: DocumentSet): readonly Problem[] {
  const path = ['window', 'template']
  const code = 'NX-POLICY-TEMPLATE'
  if (window?.template === undefined) {
    if (window?.otherwise !== 'template') return []
    const message = 'No template is named: a free text outside of the window is not sent at all'
    const fix = 'Add template: NAME, or write otherwise: block to say so.'
    return [{ code, message, fix, path: ['window', 'otherwise'], severity: 'warning' }]
  }
  if (window.otherwise !== 'template') {
    const message = 'The template is never used: outside of the window everything is blocked'
    return [{ code, message, fix: 'Write otherwise: template, or remove it.', path }]
  }
  const template = set.ofKind(templateShape).find(({ spec }) => spec.name === window.template)
  if (template === undefined) return []
  const kept = template.spec.channels[window.channel]
  if (kept?.name === undefined) {
    const message = `Template ${window.template} has no message for ${window.channel} that the vendor keeps`
    return [
      {
        code,
        message,
        fix: `Give it channels.${window.channel} with the name of an approved template.`,
        path,
      },
    ]
  }
  const entities = [...typeCatalogOf(set).entities.values()]
  const unfilled = (kept.params ?? []).filter((name) => !entities.some(({ fields }) => fields.has(name)))
  if (unfilled.length === 0) return []
  const message = `No entity has a field ${unfilled.join(', ')}: the template cannot be filled, and nothing is sent`
  const fix = 'Its parameters are fields of the entity of the same names: rename them, or declare the fields.'
  return [{ code, message, fix, path, severity: 'warning' }]
}

/** Tasks never leave: there is nothing for the gate to hold. */
function effectProblems({ applies }: PolicySpec): readonly Problem[] {
  const index = applies.effects.indexOf('task')
  if (index < 0) return []
  return [
    {
      code: 'NX-POLICY-EFFECT',
      message: 'Tasks stay inside: no policy holds them back',
      fix: 'Remove task from applies.effects.',
      path: ['applies', 'effects', index],
      severity: 'warning',
    },
  ]
}

/**
 * Without a zone of the tenant's own, messages that need it are held back: nothing goes out at night, and nothing goes out by
 * day. A warning, for scopes below may have the Calendar.
 */
function zoneProblems({ quiet_hours: quiet }: PolicySpec, set: DocumentSet): readonly Problem[] {
  if (quiet === undefined) return []
  const isAlways = quiet.tz === 'tenant'
  if (!isAlways && (quiet.tz !== 'contact' || quiet.unknown_tz !== 'tenant')) return []
  const calendars = new Set(set.ofKind(calendarKind).map(({ spec }) => spec.name))
  if (hasCalendar(calendars, null)) return []
  return [
    {
      code: 'NX-POLICY-ZONE',
      severity: 'warning',
      message: isAlways
        ? 'No Calendar says what the tenant’s time zone is: whatever the policy is about is held back'
        : 'No Calendar says what the tenant’s time zone is: contacts whose own is unknown are sent nothing',
      fix: `Add a Calendar named default, or ${isAlways ? 'write a time zone' : 'say what else: a time zone, defer, skip or block'}.`,
      path: ['quiet_hours', isAlways ? 'tz' : 'unknown_tz'],
    },
  ]
}
