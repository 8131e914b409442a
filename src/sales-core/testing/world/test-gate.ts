import type { JsonObject } from '../../../kernel/json.ts'
import type { MessageFacts, SendVerdict } from '../../../messaging/commands/cleared-command.ts'
import type { Command, LeasedCommand } from '../../../messaging/commands/command.ts'
import type { MessageOutcome } from '../../../messaging/commands/message-notice.ts'
import { noticeData } from '../../../messaging/commands/notice-data.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import { lookAt } from '../../policies/policy-gate.ts'
import type { SendContext } from '../../policies/send-context.ts'
import { policiesNamedBy } from '../../policies/send-context.ts'
import type { SendTarget } from '../../policies/send-target.ts'
import type { LedgerEntry, SlotUse } from '../../policies/send-facts.ts'
import type { GovernedSend } from '../../policies/weigh-sends.ts'
import { askedOf, weighAll } from '../../policies/weigh-sends.ts'

/** What the gate must know of whom a message goes to. */
export interface TestContacts {
  readonly fields: (entityKey: string) => JsonObject
  /** Channel -> when the contact last wrote on it, no longer ago than this. */
  readonly lastInboundMs: (entityKey: string, sinceMs: number) => ReadonlyMap<string, number>
}

/** A command that policies stopped, for now or for good. */
export interface StoppedSend {
  readonly outcome: 'deferred' | 'suppressed'
  readonly command: Command
  readonly code: string
  readonly reason: string
  /** When it is looked at again, RFC 3339; null: never. */
  readonly until: string | null
}

/** An event about a command that comes of what the gate said. */
export interface GateEvent {
  readonly command: Command
  readonly type: string
  readonly data: JsonObject
}

/** What came of commands at the gate. */
export interface GateOutcome {
  /** Went out, as they went out. */
  readonly sent: readonly Command[]
  readonly stopped: readonly StoppedSend[]
  readonly events: readonly GateEvent[]
}

interface Waiting {
  readonly command: Command
  readonly queuedMs: number
  /** Looked at again then; only the head of a lane is. */
  dueMs: number
}

/**
 * The policy gate of a test: the same judgement as before a daemon's calls, on a ledger in memory. A deferred command holds up
 * its lane, as it does there. Quotas of a day are left out: a test is no day's work.
 */
export class TestGate {
  /** Policies that were asked, as `Policy/x`. */
  readonly asked = new Set<string>()
  readonly #config: SalesConfig
  readonly #contacts: TestContacts
  readonly #lanes = new Map<string, Waiting[]>()
  readonly #slots = new Map<string, readonly SlotUse[]>()

  constructor(config: SalesConfig, contacts: TestContacts) {
    this.#config = config
    this.#contacts = contacts
  }

  /** Queues commands; those at the head of their lanes are judged now. */
  post(commands: readonly Command[], nowMs: number): GateOutcome {
    const lanes = new Set<string>()
    for (const command of commands) lanes.add(this.#queue(command, nowMs))
    return this.#judgeLanes([...lanes], nowMs)
  }

  /** When the first deferred command is looked at again; null: none by then. */
  nextDueMs(untilMs: number): number | null {
    const due = [...this.#lanes.values()].flatMap(([head]) =>
      head === undefined || head.dueMs > untilMs ? [] : [head.dueMs],
    )
    return due.length === 0 ? null : Math.min(...due)
  }

  /** Looks again at what is due. */
  again(nowMs: number): GateOutcome {
    const due = [...this.#lanes].filter(([, [head]]) => head !== undefined && head.dueMs <= nowMs)
    return this.#judgeLanes(
      due.map(([lane]) => lane),
      nowMs,
    )
  }

  #queue(command: Command, nowMs: number): string {
    const lane = `${command.entityKey}/${command.integration}`
    const waiting = { command, queuedMs: nowMs, dueMs: nowMs }
    const queue = this.#lanes.get(lane)
    if (queue === undefined) this.#lanes.set(lane, [waiting])
    else queue.push(waiting)
    return lane
  }

  #judgeLanes(lanes: readonly string[], nowMs: number): GateOutcome {
    const sent: Command[] = []
    const stopped: StoppedSend[] = []
    const events: GateEvent[] = []
    const open = [...lanes]
    for (let lane = open.shift(); lane !== undefined; lane = open.shift()) {
      const queue = this.#lanes.get(lane) ?? []
      for (let head = queue[0]; head !== undefined && head.dueMs <= nowMs; head = queue[0]) {
        const verdict = this.#judge(head, nowMs)
        const { command } = head
        if (verdict.state === 'allow' || verdict.state === 'pretend') {
          const input = verdict.state === 'allow' ? verdict.input : null
          sent.push(input === null ? command : { ...command, input })
        } else if (verdict.state === 'suppress') {
          stopped.push(stoppedOf(command, verdict, null))
          events.push(...suppressedEvents(command, verdict, nowMs))
          // What goes out instead queues in a lane of its own, judged when this one is through.
          if (verdict.instead !== null) open.push(this.#queue(verdict.instead, nowMs))
        } else if (verdict.state !== 'lost') {
          head.dueMs = nowMs + verdict.delayMs
          stopped.push(stoppedOf(command, verdict, new Date(head.dueMs).toISOString()))
          events.push(...deferredEvents(command, verdict, nowMs))
          break
        }
        queue.shift()
      }
      if (queue.length === 0) this.#lanes.delete(lane)
    }
    return { sent, stopped, events }
  }

  #judge({ command, queuedMs }: Waiting, nowMs: number): SendVerdict {
    const leased = leaseOf(command)
    const looked = lookAt(leased, this.#contextOf(command))
    if ('verdict' in looked) return looked.verdict
    for (const { name } of looked.governed.policies) this.asked.add(`Policy/${name}`)
    const facts = {
      ...this.#facts(looked.governed, nowMs),
      fields: this.#contacts.fields(command.entityKey),
      queuedMs,
    }
    const [weighed] = weighAll([looked.governed], { nowMs, of: [facts] })
    if (weighed?.entry != null) this.#take(command, weighed.entry, nowMs)
    return weighed?.verdict ?? { state: 'lost' }
  }

  #facts(governed: GovernedSend, nowMs: number) {
    const { entityKey } = governed.leased.command
    const { caps, inboundMs } = askedOf(governed)
    const slots = caps.map(({ key, withinMs }) => {
      const taken = this.#slots.get(`${entityKey}/${key}`) ?? []
      return [key, taken.filter(({ takenMs }) => takenMs + withinMs >= nowMs)] as const
    })
    return {
      lastInboundMs:
        inboundMs === null
          ? new Map<string, number>()
          : this.#contacts.lastInboundMs(entityKey, nowMs - inboundMs),
      slots: new Map(slots),
    }
  }

  #take({ id, entityKey, priority }: Command, { take }: LedgerEntry, nowMs: number): void {
    for (const { cap } of take) {
      const key = `${entityKey}/${cap}`
      const slot = { commandId: id, priority, takenMs: nowMs, free: false }
      this.#slots.set(key, [...(this.#slots.get(key) ?? []), slot])
    }
  }

  #contextOf(command: Command): SendContext {
    const { policies, catalog, listensTo } = this.#config
    const target = catalog.target?.(command.integration, command.operation) ?? targetOf(command)
    const policiesOf = (workflow: string) => policiesNamedBy(this.#config, workflow)
    return { tenantActive: true, target, policies, catalog, commandsPerDay: null, listensTo, policiesOf }
  }
}

/** Of an operation that nobody describes: what names a channel is a message. */
function targetOf({ input }: Command): SendTarget {
  const { channel } = input
  return typeof channel === 'string'
    ? { mode: 'live', effect: 'send', channels: [channel], inputs: null }
    : { mode: 'live', effect: 'call', channels: [], inputs: null }
}

function leaseOf(command: Command): LeasedCommand {
  return { command, attempt: 1, runLease: '1', firstAttemptAt: null, leaseEndsMs: 0 }
}

type Stop = Extract<SendVerdict, { state: 'hold' | 'defer' | 'suppress' }>

function stoppedOf(command: Command, { state, error }: Stop, until: string | null): StoppedSend {
  const outcome = state === 'suppress' ? 'suppressed' : 'deferred'
  return { outcome, command, code: error.code, reason: error.message, until }
}

function deferredEvents(
  command: Command,
  verdict: Extract<SendVerdict, { state: 'hold' | 'defer' }>,
  nowMs: number,
): readonly GateEvent[] {
  if (verdict.state === 'hold') return []
  const { error, delayMs, message } = verdict
  const settlement = { state: 'deferred', error, delayMs, durationMs: 0 } as const
  return noticed(command, 'deferred', message, settlement, nowMs)
}

function suppressedEvents(
  command: Command,
  { error, instead, message }: Extract<SendVerdict, { state: 'suppress' }>,
  nowMs: number,
): readonly GateEvent[] {
  const settlement = { state: 'suppressed', error, instead, durationMs: 0 } as const
  const ended: JsonObject = {
    reason: `${error.code}: ${error.message}`,
    ...(instead === null ? {} : { insteadCommandId: instead.id }),
  }
  return [
    ...(command.routeResult ? [{ command, type: 'command.cancelled', data: ended }] : []),
    ...noticed(command, 'suppressed', message, settlement, nowMs),
  ]
}

/** Only what somebody listens to travels. */
function noticed(
  command: Command,
  outcome: MessageOutcome,
  message: MessageFacts | null,
  settlement: Parameters<typeof noticeData>[0]['settlement'],
  nowMs: number,
): readonly GateEvent[] {
  if (message === null || !message.listened.has(outcome)) return []
  const notice = { outcome, channel: message.channel, routed: true }
  const data = noticeData({ leased: leaseOf(command), settlement, notice }, new Date(nowMs))
  return [{ command, type: `message.${outcome}`, data }]
}
