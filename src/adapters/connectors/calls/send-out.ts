import type { OutgoingAnswer } from '../../http/exchange.ts'
import type { CallLimits, OutgoingClient } from '../../http/outgoing-client.ts'
import type { OutgoingRequest } from '../../http/outgoing-request.ts'
import type { SmtpClient } from '../../smtp/smtp-client.ts'

/** How calls leave: over HTTP, and as mail. */
export interface WaysOut {
  readonly client: Pick<OutgoingClient, 'send'>
  /** For connectors whose address is smtp://. Without it mail cannot be sent from here. */
  readonly mail?: Pick<SmtpClient, 'send'>
}

/** Sends a request the way its address says. Never throws. */
export async function sendOut(
  { client, mail }: WaysOut,
  request: OutgoingRequest,
  limits: CallLimits,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  if (request.url.protocol !== 'smtp:') return await client.send(request, limits, signal)
  if (mail !== undefined) return await mail.send(request, limits, signal)
  return { state: 'not_sent', reason: 'unreachable', message: 'No mail can be sent from here' }
}
