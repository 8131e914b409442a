import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { DaySpan } from '../kinds/people/week-hours.ts'

/** What becomes of a message that may not leave now. */
export type BlockAction = 'defer' | 'skip' | 'swap_channel'

/** Hours in which nothing leaves. */
export interface QuietHours {
  /** `contact`, `tenant`, or an IANA zone. */
  readonly tz: string
  /** Monday first: when something may leave, local time. */
  readonly open: ReadonlyArray<readonly DaySpan[]>
  /** For a contact whose zone is not known: `tenant`, an IANA zone, or what becomes of the message. */
  readonly unknownTz: string
}

export interface ConsentDemand {
  readonly purpose: string
}

/** At most so many messages to one entity in any such stretch of time. */
export interface FrequencyCap {
  /** Names the slots: `<policy>#<within>`. */
  readonly key: string
  /** Kind of the entity that it counts for. */
  readonly per: string
  readonly max: number
  readonly withinMs: number
  /** How many of `max` are kept for messages of at least this priority. */
  readonly kept: Readonly<Record<Exclude<CommandPriority, 'low'>, number>>
  readonly overCap: BlockAction
}

/** Free text only for a while after the contact wrote. */
export interface ChannelWindow {
  readonly channel: string
  readonly withinMs: number
  /** What the vendor keeps and has approved, for outside of it; null: nothing. */
  readonly template: VendorTemplate | null
}

/** A template that the vendor keeps; parameters are filled from fields of the entity of the same names. */
export interface VendorTemplate {
  readonly name: string
  readonly language: string | null
  readonly params: readonly string[]
  /** Left out: by name. */
  readonly by?: 'name' | 'place' | undefined
}

/** A Policy document ready to judge by. */
export interface CompiledPolicy {
  readonly name: string
  readonly effects: ReadonlySet<string>
  /** null: all. */
  readonly channels: ReadonlySet<string> | null
  /** It holds for workflows that name it, and for nobody else. Left out: for all. */
  readonly namedOnly?: boolean
  readonly quiet: QuietHours | null
  readonly pack: 'us' | null
  readonly consent: ConsentDemand | null
  readonly caps: readonly FrequencyCap[]
  readonly window: ChannelWindow | null
  readonly onBlock: BlockAction
  /** Where a message may go instead, in this order. */
  readonly swapTo: readonly string[]
  /** A message older than this is not sent any more. */
  readonly waitMaxMs: number
}

/** The policies of one (tenant, workspace), by name, with the tenant's own zone (null: nobody said it). */
export interface PolicySet {
  readonly policies: readonly CompiledPolicy[]
  readonly homeZone: string | null
}
