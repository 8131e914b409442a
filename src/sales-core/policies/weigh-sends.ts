import type { JsonObject } from '../../kernel/json.ts'
import { attemptError } from '../../messaging/commands/cleared-command.ts'
import type { MessageFacts, SendVerdict } from '../../messaging/commands/cleared-command.ts'
import { priorityRanks } from '../../messaging/commands/command.ts'
import type { LeasedCommand } from '../../messaging/commands/command.ts'
import { wasMoved } from '../../messaging/commands/moved-key.ts'
import type { CompiledPolicy } from './compiled-policy.ts'
import { judgeSend } from './judge-send.ts'
import type { SendJudgement, SendReason, StoppedSend } from './judge-send.ts'
import type { SendContext } from './send-context.ts'
import type {
  AskedSend,
  LedgerEntry,
  LedgerFacts,
  QueuedFacts,
  SendFacts,
  SendLedger,
  SendRequest,
  SlotUse,
} from './send-facts.ts'
import { movedCommand, templateInput } from './swap-command.ts'

/** A command that policies are about. */
export interface GovernedSend {
  readonly leased: LeasedCommand
  readonly context: SendContext
  readonly request: SendRequest
  /** Those that apply to it. */
  readonly policies: readonly CompiledPolicy[]
  readonly message: MessageFacts | null
}

const delayMsMin = 100

/** Judges the commands of one claim in one transaction of the ledger, highest priority first. The verdicts are in the order given. */
export async function weighSends(
  ledger: SendLedger,
  sends: readonly GovernedSend[],
): Promise<readonly SendVerdict[]> {
  let verdicts: readonly SendVerdict[] = []
  await ledger.weigh(sends.map(askedOf), (facts) => {
    const weighed = weighAll(sends, facts)
    verdicts = weighed.map(({ verdict }) => verdict)
    return weighed.map(({ entry }) => entry)
  })
  return verdicts
}

/** What the ledger is to be asked about a command. */
export function askedOf({ leased, policies, request }: GovernedSend): AskedSend {
  const windows = policies.flatMap(({ window }) => window?.withinMs ?? [])
  return {
    leased,
    caps: policies
      .flatMap(({ caps }) => caps)
      .filter(({ per }) => per === request.entityKind)
      .map(({ key, withinMs }) => ({ key, withinMs })),
    inboundMs: windows.length === 0 || !request.freeText ? null : Math.max(...windows),
  }
}

/** A verdict, and what is to be written with it. */
export interface Weighed {
  readonly verdict: SendVerdict
  readonly entry: LedgerEntry | null
}

/** One after the other: what one takes, the next one of the same entity does not find any more. */
export function weighAll(sends: readonly GovernedSend[], { nowMs, of }: LedgerFacts): readonly Weighed[] {
  const slots = new SlotBook()
  const order = sends
    .map((send, index) => ({ send, index }))
    .toSorted((one, other) => rankOf(one.send) - rankOf(other.send))
  const weighed = new Map<number, Weighed>()
  for (const { send, index } of order) {
    const facts = of[index] ?? null
    weighed.set(
      index,
      facts === null
        ? { verdict: { state: 'lost' }, entry: null }
        : weighOne(send, slots.current(send, facts), nowMs),
    )
    const entry = weighed.get(index)?.entry
    if (entry !== undefined && entry !== null) slots.book(send, entry, nowMs)
  }
  return sends.map((_send, index) => weighed.get(index) as Weighed)
}

function rankOf({ request }: GovernedSend): number {
  return priorityRanks[request.priority]
}

/** The slots as they are after what this batch has taken so far. */
class SlotBook {
  readonly #changed = new Map<string, readonly SlotUse[]>()

  current({ leased }: GovernedSend, facts: QueuedFacts): QueuedFacts {
    const slots = [...facts.slots].map(([cap, found]) => {
      const key = slotKey(leased, cap)
      const known = this.#changed.get(key) ?? found
      this.#changed.set(key, known)
      return [cap, known] as const
    })
    return { ...facts, slots: new Map(slots) }
  }

  book({ leased, request }: GovernedSend, { take, steal }: LedgerEntry, nowMs: number): void {
    for (const { cap } of take) {
      const lost = new Set(steal.filter((one) => one.cap === cap).map(({ commandId }) => commandId))
      const key = slotKey(leased, cap)
      const left = (this.#changed.get(key) ?? []).filter(({ commandId }) => !lost.has(commandId))
      const { commandId, priority } = request
      this.#changed.set(key, [...left, { commandId, priority, takenMs: nowMs, free: false }])
    }
  }
}

function slotKey({ command }: LeasedCommand, cap: string): string {
  return `${command.tenantId}/${command.entityKey}/${cap}`
}

function weighOne(send: GovernedSend, facts: QueuedFacts, nowMs: number): Weighed {
  const { context, policies } = send
  // One that is replayed was due long ago.
  const request = { ...send.request, dueMs: Math.max(send.request.dueMs, facts.queuedMs) }
  const known: SendFacts = { ...facts, homeZone: context.policies.homeZone }
  const judgement = judgeSend(policies, request, known, nowMs)
  switch (judgement.verdict) {
    case 'allow':
      return allowed(send, judgement, known)
    case 'defer':
    case 'skip':
      return stopped(send, judgement, nowMs)
    case 'swap_channel':
      return moved(send, judgement, known, nowMs)
  }
}

function allowed(
  send: GovernedSend,
  judgement: Extract<SendJudgement, { verdict: 'allow' }>,
  { fields }: SendFacts,
): Weighed {
  const { leased, context, policies, message } = send
  const { template, take, consent, holdsSlot } = judgement
  const input =
    template === null ? null : templateInput(leased.command, template, fields, context.target?.inputs ?? null)
  if (template !== null && input === null) {
    const what = `the template ${template.name} cannot be filled, or the operation takes none`
    return suppressed(send, [{ code: 'NX-SEND-WINDOW', document: `Template/${template.name}`, what }], null)
  }
  const reliedOn: JsonObject = {
    policies: policies.map(({ name }) => name),
    ...(consent.length === 0 ? {} : { consent: consent.map((record) => ({ ...record })) }),
    ...(template === null ? {} : { template: template.name }),
  }
  return {
    verdict: { state: 'allow', input, message, holdsSlot },
    entry: {
      take: take.map(({ cap }) => ({ cap: cap.key, withinMs: cap.withinMs })),
      steal: take.flatMap(({ cap, steal }) => (steal === null ? [] : { cap: cap.key, commandId: steal })),
      reliedOn,
    },
  }
}

function stopped(send: GovernedSend, judgement: StoppedSend, nowMs: number): Weighed {
  if (judgement.verdict === 'skip') return suppressed(send, judgement.reasons, null)
  const delayMs = Math.max(delayMsMin, judgement.untilMs - nowMs)
  const error = attemptError('NX-SEND-DEFERRED', textOf(judgement.reasons))
  const message = send.message ?? { channel: null, listened: new Set() }
  return { verdict: { state: 'defer', delayMs, error, message }, entry: null }
}

/**
 * The first channel on which it may leave now; where there is none it waits for its own, if that helps. A message is moved once: two
 * channels must not hand it to and fro.
 */
function moved(
  send: GovernedSend,
  { to, reasons, otherwise }: Extract<SendJudgement, { verdict: 'swap_channel' }>,
  facts: SendFacts,
  nowMs: number,
): Weighed {
  const { leased, context, request } = send
  for (const channel of wasMoved(leased.command) ? [] : to) {
    const command = movedCommand(leased.command, channel, context.catalog, facts.fields, new Date(nowMs))
    if (command === null) continue
    const there: SendRequest = { ...request, channels: [channel], commandId: command.id }
    // Caps are counted by the ledger when the moved command is judged itself.
    const judgement = judgeSend(context.policies.policies, there, { ...facts, slots: new Map() }, nowMs)
    if (judgement.verdict === 'allow') return suppressed(send, reasons, command)
  }
  return stopped(send, otherwise, nowMs)
}

function suppressed(
  { message }: GovernedSend,
  reasons: readonly SendReason[],
  instead: Extract<SendVerdict, { state: 'suppress' }>['instead'],
): Weighed {
  const code = instead === null ? (reasons[0]?.code ?? 'NX-SEND-SUPPRESSED') : 'NX-SEND-SWAPPED'
  return {
    verdict: { state: 'suppress', error: attemptError(code, textOf(reasons)), instead, message },
    entry: null,
  }
}

function textOf(reasons: readonly SendReason[]): string {
  return reasons.map(({ code, document, what }) => `${document}: ${what} (${code})`).join('; ')
}
