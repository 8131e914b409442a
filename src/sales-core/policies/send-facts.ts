import type { JsonObject } from '../../kernel/json.ts'
import type { CommandPriority, LeasedCommand } from '../../messaging/commands/command.ts'

/** What is to be judged: an effect of a rule or a step on its way out. */
export interface SendRequest {
  readonly commandId: string
  /** `send` carries a message to somebody; `call` does anything else that changes something. */
  readonly effect: 'send' | 'call'
  /** The channels that it may be: one, as a rule; several or none when its operation does not say. */
  readonly channels: readonly string[]
  readonly entityKind: string
  readonly priority: CommandPriority
  /** Written by us, rather than a template that the vendor keeps. */
  readonly freeText: boolean
  readonly dueMs: number
  /** Policies that the workflow names which asked for it; left out: none. */
  readonly named?: readonly string[]
}

/** A slot under a frequency cap that somebody holds. */
export interface SlotUse {
  readonly commandId: string
  readonly priority: CommandPriority
  readonly takenMs: number
  /** Its command was certainly not sent and is not being sent: a higher priority may have it. */
  readonly free: boolean
}

/** What is known at this moment about whom a message goes to. Times are epoch milliseconds. */
export interface SendFacts {
  /** Fields of the entity; empty when nothing is known of it. */
  readonly fields: JsonObject
  /** Channel -> when the contact last wrote on it, as far back as policies ask. */
  readonly lastInboundMs: ReadonlyMap<string, number>
  /** Cap -> the slots that its entity's messages hold. */
  readonly slots: ReadonlyMap<string, readonly SlotUse[]>
  readonly homeZone: string | null
}

/** What the ledger is asked about one command. */
export interface AskedSend {
  readonly leased: LeasedCommand
  readonly caps: readonly { readonly key: string; readonly withinMs: number }[]
  /** How far back the contact's messages matter; null: not at all. */
  readonly inboundMs: number | null
}

/** What is written about one command in the transaction that its facts were read in. */
export interface LedgerEntry {
  readonly take: readonly { readonly cap: string; readonly withinMs: number }[]
  /** Ids of commands that lose their slot under a cap to this one. */
  readonly steal: readonly { readonly cap: string; readonly commandId: string }[]
  /** What the clearance rests on; null: nothing is written. */
  readonly reliedOn: JsonObject | null
}

/** What the ledger knows about one command. */
export interface QueuedFacts extends Omit<SendFacts, 'homeZone'> {
  /** Since when it waits in its lane. */
  readonly queuedMs: number
}

/** Facts as they stand in the transaction. The same order as asked; null: its lease is lost, nothing may be written for it. */
export interface LedgerFacts {
  readonly nowMs: number
  readonly of: readonly (QueuedFacts | null)[]
}

/** Reads what judging needs and keeps the slots of frequency caps. */
export interface SendLedger {
  /**
   * One transaction for all that is asked: takes the locks of the caps, reads the facts, calls `judge` (which must be pure: a
   * lost race calls it again), writes what it says. Two daemons that ask about one cap take turns. Throws what the store throws.
   */
  weigh(
    asked: readonly AskedSend[],
    judge: (facts: LedgerFacts) => readonly (LedgerEntry | null)[],
  ): Promise<void>
}
