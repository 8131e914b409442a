import type { OutgoingAnswer } from '../../../adapters/http/exchange.ts'
import type { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import type { OutgoingRequest } from '../../../adapters/http/outgoing-request.ts'
import type { Clock } from '../../../kernel/clock.ts'

export interface WatchedExchange {
  readonly request: OutgoingRequest
  readonly answer: OutgoingAnswer
  readonly ms: number
}

/** A way out, for HTTP or for mail, that also notes down what went over it. */
export function watched(
  way: Pick<OutgoingClient, 'send'>,
  exchanges: WatchedExchange[],
  clock: Clock,
): Pick<OutgoingClient, 'send'> {
  return {
    send: async (request, limits, signal) => {
      const startedMs = clock.monotonicMs()
      const answer = await way.send(request, limits, signal)
      exchanges.push({ request, answer, ms: Math.round(clock.monotonicMs() - startedMs) })
      return answer
    },
  }
}
