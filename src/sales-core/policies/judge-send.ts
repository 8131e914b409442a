import { nextAllowedMs, quietHoursOf, usHoursOf } from './allowed-hours.ts'
import type { AllowedHours } from './allowed-hours.ts'
import { roomUnder } from './cap-room.ts'
import type { BlockAction, CompiledPolicy, FrequencyCap, VendorTemplate } from './compiled-policy.ts'
import { consentTo } from './consent.ts'
import type { ConsentRecord } from './consent.ts'
import type { SendFacts, SendRequest } from './send-facts.ts'

/** Why something may not leave: a stable code, the policy that says so, and what it is about. */
export interface SendReason {
  readonly code: string
  readonly document: string
  readonly what: string
}

/** A slot that an allowed message takes. */
export interface SlotClaim {
  readonly cap: FrequencyCap
  /** The command that loses it; null: there was room. */
  readonly steal: string | null
}

/** A message that may not leave now, over the channel that it was asked for. */
export type StoppedSend =
  /** `untilMs`: an instant at which, as things stand, it is allowed. */
  | { readonly verdict: 'defer'; readonly untilMs: number; readonly reasons: readonly SendReason[] }
  | { readonly verdict: 'skip'; readonly reasons: readonly SendReason[] }

export type SendJudgement =
  | StoppedSend
  | {
      readonly verdict: 'allow'
      readonly take: readonly SlotClaim[]
      /** Does it hold a slot, taken now or before? */
      readonly holdsSlot: boolean
      readonly consent: readonly ConsentRecord[]
      /** Sent in the place of the free text; null: it goes as it is. */
      readonly template: VendorTemplate | null
    }
  | {
      readonly verdict: 'swap_channel'
      readonly to: readonly string[]
      readonly reasons: readonly SendReason[]
      /** What becomes of it when none of these channels takes it now. */
      readonly otherwise: StoppedSend
    }

/** How long until a contact's unknown zone is looked for again. */
export const zoneRecheckMs = 6 * 3_600_000

/** What stands against it, under one policy. `untilMs`: when that is over; null: waiting does not help. */
interface Obstacle extends SendReason {
  readonly action: BlockAction
  readonly untilMs: number | null
  readonly swapTo: readonly string[]
}

/** What the policies found on the way. */
interface Findings {
  readonly obstacles: Obstacle[]
  readonly hours: AllowedHours[]
  readonly take: SlotClaim[]
  readonly consent: ConsentRecord[]
  readonly templates: VendorTemplate[]
  holdsSlot: boolean
}

/**
 * May this leave now? Every policy that is about it is asked; the strictest word counts: `skip` before `swap_channel` before
 * `defer` before a template before leaving as it is. Pure; the order of the policies does not matter. What waiting cannot
 * mend (no consent, no template outside of a window) is never deferred.
 */
export function judgeSend(
  policies: readonly CompiledPolicy[],
  send: SendRequest,
  facts: SendFacts,
  nowMs: number,
): SendJudgement {
  const applying = policies
    .filter((policy) => appliesTo(policy, send))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const found: Findings = { obstacles: [], hours: [], take: [], consent: [], templates: [], holdsSlot: false }
  for (const policy of applying) {
    askConsent(policy, send, facts, found)
    askWindow(policy, send, facts, nowMs, found)
    askHours(policy, facts, nowMs, found)
    askCaps(policy, send, facts, nowMs, found)
  }
  if (found.obstacles.length > 0) return stopped(applying, send, found, nowMs)
  const [template = null] = found.templates
  return { verdict: 'allow', take: found.take, holdsSlot: found.holdsSlot, consent: found.consent, template }
}

/** A message of which nobody knows the channel is under the policies of all channels. */
export function appliesTo(
  { name, effects, channels, namedOnly = false }: CompiledPolicy,
  send: Pick<SendRequest, 'effect' | 'channels' | 'named'>,
): boolean {
  if (namedOnly && send.named?.includes(name) !== true) return false
  if (!effects.has(send.effect)) return false
  if (channels === null) return true
  if (send.channels.length === 0) return send.effect === 'send'
  return send.channels.some((channel) => channels.has(channel))
}

function askConsent(policy: CompiledPolicy, send: SendRequest, { fields }: SendFacts, found: Findings): void {
  const { consent } = policy
  if (consent === null) return
  const records = send.channels.map((channel) => consentTo(fields, consent.purpose, channel))
  const given = records.filter((record) => record !== null)
  if (given.length > 0 && given.length === records.length) {
    found.consent.push(...given)
    return
  }
  const over = send.channels.join(', ') || 'an unnamed channel'
  found.obstacles.push({
    ...obstacle(policy, 'NX-SEND-CONSENT', `no consent to ${consent.purpose} over ${over}`),
    untilMs: null,
  })
}

function askWindow(
  policy: CompiledPolicy,
  send: SendRequest,
  { lastInboundMs }: SendFacts,
  nowMs: number,
  found: Findings,
): void {
  const { window } = policy
  // A message of which the channel is not known may be one of the window's.
  const concerned = window !== null && (send.channels.length === 0 || send.channels.includes(window.channel))
  if (!concerned || send.effect !== 'send' || !send.freeText) return
  const last = lastInboundMs.get(window.channel)
  if (last !== undefined && nowMs - last <= window.withinMs) return
  if (window.template !== null && send.channels.length === 1) {
    found.templates.push(window.template)
    return
  }
  const said =
    last === undefined ? 'the contact never wrote on it' : `the contact wrote last at ${timeText(last)}`
  found.obstacles.push({
    ...obstacle(policy, 'NX-SEND-WINDOW', `free text on ${window.channel} is too late, ${said}`),
    untilMs: null,
  })
}

function askHours(policy: CompiledPolicy, facts: SendFacts, nowMs: number, found: Findings): void {
  const quiet = policy.quiet === null ? [] : quietHoursOf(policy.quiet, facts.fields, facts.homeZone)
  if (typeof quiet === 'string') {
    const action = quiet === 'block' ? policy.onBlock : quiet
    found.obstacles.push({
      ...obstacle(policy, 'NX-SEND-ZONE-UNKNOWN', 'the time zone that its quiet hours are in is not known'),
      action,
      untilMs: nowMs + zoneRecheckMs,
    })
  }
  const hours = [
    ...(typeof quiet === 'string' ? [] : quiet),
    ...(policy.pack === 'us' ? usHoursOf(facts.fields) : []),
  ]
  found.hours.push(...hours)
  const shut = hours.filter((one) => nextAllowedMs([one], nowMs) !== nowMs)
  if (shut.length === 0) return
  const why = shut.map((one) => one.why).join('; ')
  found.obstacles.push({
    ...obstacle(policy, 'NX-SEND-QUIET-HOURS', `quiet hours: ${why}`),
    untilMs: nextAllowedMs(hours, nowMs),
  })
}

function askCaps(
  policy: CompiledPolicy,
  send: SendRequest,
  { slots }: SendFacts,
  nowMs: number,
  found: Findings,
): void {
  for (const cap of policy.caps.filter(({ per }) => per === send.entityKind)) {
    const room = roomUnder(cap, send, slots.get(cap.key) ?? [], nowMs)
    if (room.state === 'full') {
      const what = `${cap.max} messages per ${cap.per} in ${cap.key.slice(cap.key.indexOf('#') + 1)}`
      found.obstacles.push({
        ...obstacle(policy, 'NX-SEND-CAP', `over its cap of ${what}`),
        action: cap.overCap,
        untilMs: room.freeMs,
      })
      continue
    }
    found.holdsSlot = true
    if (room.state === 'room') found.take.push({ cap, steal: room.steal })
  }
}

function obstacle(
  { name, onBlock, swapTo }: CompiledPolicy,
  code: string,
  what: string,
): Omit<Obstacle, 'untilMs'> {
  return { code, document: `Policy/${name}`, what, action: onBlock, swapTo }
}

function stopped(
  policies: readonly CompiledPolicy[],
  send: SendRequest,
  found: Findings,
  nowMs: number,
): SendJudgement {
  const { obstacles } = found
  const reasons = obstacles.map(({ code, document, what }) => ({ code, document, what }))
  const hopeless = obstacles.filter(({ untilMs, action }) => untilMs === null && action !== 'swap_channel')
  if (hopeless.length > 0 || obstacles.some(({ action }) => action === 'skip'))
    return { verdict: 'skip', reasons }
  const swapping = obstacles.filter(({ action }) => action === 'swap_channel')
  const to = [...new Set(swapping.flatMap(({ swapTo }) => swapTo))].filter(
    (channel) => !send.channels.includes(channel),
  )
  const otherwise = deferred(policies, send, found, reasons, nowMs)
  return to.length > 0 ? { verdict: 'swap_channel', to, reasons, otherwise } : otherwise
}

/** Put off until everything allows it; skipped where waiting does not help, or takes too long. */
function deferred(
  policies: readonly CompiledPolicy[],
  send: SendRequest,
  { obstacles, hours }: Findings,
  reasons: readonly SendReason[],
  nowMs: number,
): StoppedSend {
  if (obstacles.some(({ untilMs }) => untilMs === null)) return { verdict: 'skip', reasons }
  const untilMs = nextAllowedMs(hours, Math.max(nowMs, ...obstacles.map((one) => one.untilMs ?? nowMs)))
  const waitMaxMs = Math.min(...policies.map((policy) => policy.waitMaxMs))
  if (untilMs === null || untilMs - send.dueMs > waitMaxMs) {
    const what =
      untilMs === null ? 'there is no time that all allow' : `it could not leave before ${timeText(untilMs)}`
    const strictest = policies.find((policy) => policy.waitMaxMs === waitMaxMs)
    const late = { code: 'NX-SEND-TOO-LATE', document: `Policy/${strictest?.name ?? ''}`, what }
    return { verdict: 'skip', reasons: [...reasons, late] }
  }
  return { verdict: 'defer', untilMs, reasons }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
