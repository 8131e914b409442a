import type { DeadLetter } from '../../messaging/dead-letters/dead-letter.ts'
import type { AttemptView } from '../../messaging/commands/dispatch-reader.ts'
import type { CommandView, EventView } from '../../messaging/reading/event-reader.ts'
import type { Operator } from '../operator.ts'

/** What a replay of one letter would do. */
export type ReplayOutlook =
  | { readonly outcome: 'replayed'; readonly effect: string }
  | { readonly outcome: 'left_alone'; readonly why: string }

/** How a letter came about, from its cause on, and what would become of it. */
export interface LetterChain {
  readonly letter: DeadLetter
  /** null: it is not of an event, or the event is not kept any more. */
  readonly event: EventView | null
  readonly command: CommandView | null
  /** Failed attempts of the command, oldest first. */
  readonly attempts: readonly AttemptView[]
  readonly replay: ReplayOutlook
}

/** Null when the tenant has no such letter. Writes nothing: the replay is only planned. */
export async function letterChain(
  { messages, letters, dispatch }: Pick<Operator, 'messages' | 'letters' | 'dispatch'>,
  tenantId: string,
  id: string,
): Promise<LetterChain | null> {
  const letter = await messages.deadLetter(tenantId, id)
  if (letter === null) return null
  const command = letter.commandId === null ? null : await messages.command(tenantId, letter.commandId)
  const place = command === null ? null : await dispatch.place(tenantId, command.command.id)
  const eventId = letter.eventId ?? command?.command.eventId ?? null
  const event = eventId === null ? null : await messages.event(tenantId, eventId)
  const plan = await letters.plan(
    tenantId,
    { ids: [id] },
    { kind: 'replay', includeInDoubt: false, newKey: false, order: 'strict' },
    { perSecond: null, canary: 0, stopOnFailShare: null, startAt: null },
  )
  const [why] = Object.keys(plan.skipped)
  return {
    letter,
    event,
    command,
    attempts: place?.attempts ?? [],
    replay:
      why === undefined
        ? { outcome: 'replayed', effect: effectOf(letter, command, place?.aheadCount ?? 0) }
        : { outcome: 'left_alone', why },
  }
}

function effectOf(letter: DeadLetter, view: CommandView | null, ahead: number): string {
  switch (letter.source) {
    case 'command': {
      const call = view === null ? 'the call' : `${view.command.integration}.${view.command.operation}`
      const behind = ahead === 0 ? '' : `, behind ${ahead} others`
      return `${call} goes to its lane again${behind}, with its idempotency key unchanged`
    }
    case 'event':
      return 'the event is logged anew, as a replay that names the original'
    case 'rule':
      return `${letter.cause ?? 'the rule'} alone runs on the event anew`
    case 'webhook':
      return 'the webhook is translated again, with the configuration of today'
    case 'ingest':
      return 'the message is read again, with the configuration of today'
  }
}
