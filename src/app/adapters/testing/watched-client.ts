import { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import type { CallLimits, OutgoingClientOptions } from '../../../adapters/http/outgoing-client.ts'
import type { OutgoingAnswer } from '../../../adapters/http/exchange.ts'
import type { OutgoingRequest } from '../../../adapters/http/outgoing-request.ts'
import { SmtpClient } from '../../../adapters/smtp/smtp-client.ts'
import type { SmtpClientOptions } from '../../../adapters/smtp/smtp-client.ts'
import type { Clock } from '../../../kernel/clock.ts'

export interface WatchedExchange {
  readonly request: OutgoingRequest
  readonly answer: OutgoingAnswer
  readonly ms: number
}

/** The daemon's own way out, which also remembers what went over it. */
export class WatchedClient extends OutgoingClient {
  readonly exchanges: WatchedExchange[] = []
  readonly #clock: Clock

  constructor(options: OutgoingClientOptions, clock: Clock) {
    super(options)
    this.#clock = clock
  }

  override async send(
    request: OutgoingRequest,
    limits: CallLimits,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    return await noted(this.exchanges, this.#clock, request, super.send(request, limits, signal))
  }
}

/** The same for mail. */
export class WatchedSmtpClient extends SmtpClient {
  readonly exchanges: WatchedExchange[] = []
  readonly #clock: Clock

  constructor(options: SmtpClientOptions, clock: Clock) {
    super(options)
    this.#clock = clock
  }

  override async send(
    request: OutgoingRequest,
    limits: CallLimits,
    signal: AbortSignal,
  ): Promise<OutgoingAnswer> {
    return await noted(this.exchanges, this.#clock, request, super.send(request, limits, signal))
  }
}

async function noted(
  exchanges: WatchedExchange[],
  clock: Clock,
  request: OutgoingRequest,
  sent: Promise<OutgoingAnswer>,
): Promise<OutgoingAnswer> {
  const startedMs = clock.monotonicMs()
  const answer = await sent
  exchanges.push({ request, answer, ms: Math.round(clock.monotonicMs() - startedMs) })
  return answer
}
