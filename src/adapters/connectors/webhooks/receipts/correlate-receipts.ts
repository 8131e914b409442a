import type { SentMessage, SentMessages } from '../../../../messaging/commands/sent-messages.ts'
import { parseEntityKey } from '../../../../messaging/events/entity-key.ts'
import type { IncomingEvent, IntakeRequest } from '../../../../messaging/intake/event-intake.ts'
import type { Translated } from '../webhook-receiver.ts'

export interface CorrelateOptions {
  readonly messages: SentMessages
  readonly integration: string
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
}

/** A vendor may tell of a message before its own answer to our call has been stored: so long it is looked for again, milliseconds. */
export const receiptWaitsMs: readonly number[] = [150, 600]
/** Deliveries of a process that may wait so at once; others do without. */
const waitingMax = 200
let waiting = 0

/**
 * Makes events about messages that we sent events about whom they were for, with the command that sent them. What was not sent by a
 * command stays about the integration. Throws what the store throws.
 */
export async function correlateReceipts(
  { request, receipts }: Translated,
  options: CorrelateOptions,
): Promise<IntakeRequest> {
  if (receipts.length === 0) return request
  const ids = [...new Set(receipts.map(({ messageId }) => messageId))]
  const known = await findPatiently(request.tenantId, ids, options)
  const events = [...request.events]
  for (const { at, messageId } of receipts) {
    const sent = known.get(messageId)
    const incoming = events[at]
    if (sent !== undefined && incoming !== undefined) events[at] = aboutMessage(incoming, sent)
  }
  return { ...request, events }
}

async function findPatiently(
  tenantId: string,
  ids: readonly string[],
  { messages, integration, sleep }: CorrelateOptions,
): Promise<ReadonlyMap<string, SentMessage>> {
  const known = new Map(await messages.find(tenantId, integration, ids))
  for (const ms of receiptWaitsMs) {
    const missing = ids.filter((id) => !known.has(id))
    if (missing.length === 0 || waiting >= waitingMax) break
    waiting += 1
    try {
      await sleep(ms)
    } finally {
      waiting -= 1
    }
    for (const [id, sent] of await messages.find(tenantId, integration, missing)) known.set(id, sent)
  }
  return known
}

/** Its digest stays: the same receipt is the same whether or not its command was known when it came. */
function aboutMessage(incoming: IncomingEvent, sent: SentMessage): IncomingEvent {
  const { workspace, subject } = parseEntityKey(sent.entityKey)
  const { commandId, correlationId, instanceId, operation, cause } = sent
  const { event } = incoming
  return {
    ...incoming,
    event: {
      ...event,
      workspace,
      subject,
      correlationId,
      data: { ...event.data, commandId, operation, cause, ...(instanceId === null ? {} : { instanceId }) },
    },
  }
}
