import { errorText } from '../../kernel/errors.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { EgressRefused } from '../http/egress-guard.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'

/** How much of what a server says is kept: it becomes a part of the command's result. Characters. */
const saidCharsMax = 1_000

/** The beginning, up to a space: half a secret would not be known for one any more. */
function kept(said: string): string {
  return said.length <= saidCharsMax ? said : said.slice(0, saidCharsMax).replace(/\S*$/, '…').toWellFormed()
}

/** A server's reply as an answer: its code is the status, so that a connector's error rules read it. */
export function answerOf(reply: string, more: JsonObject): OutgoingAnswer {
  const code = Number(/^\d{3}/.exec(reply)?.[0] ?? 250)
  const [, enhanced] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})/.exec(reply) ?? []
  const body = { code, ...(enhanced === undefined ? {} : { enhanced }), reply: kept(reply), ...more }
  return { state: 'answered', status: code, headers: {}, body: JSON.stringify(body), cut: null }
}

/**
 * What a failure means. A reply of the server (4xx, 5xx) says that it did not take the mail. Without one it counts whether the content
 * had begun to leave: then nobody knows whether the server took it.
 */
export function refusalOf(error: unknown, left: boolean): OutgoingAnswer {
  const { responseCode, response, code } = error as {
    responseCode?: number
    response?: string
    code?: string
  }
  const message = kept(errorText(error))
  if (responseCode !== undefined && responseCode >= 400 && responseCode <= 599)
    return answerOf(response ?? String(responseCode), {})
  if (left) return { state: 'lost', reason: 'connection', message }
  if (error instanceof EgressRefused) return { state: 'not_sent', reason: 'refused_address', message }
  // Refused before anything was said: larger than the server takes, no address that it could take.
  if (code === 'EMESSAGE') return answerOf(`552 ${message}`, { said: 'here' })
  if (code === 'EENVELOPE') return answerOf(`553 ${message}`, { said: 'here' })
  return { state: 'not_sent', reason: 'unreachable', message }
}

/**
 * Why there is no connection to hand mail in over. What a server refuses for good before it has heard of a mail (its greeting, TLS, the
 * login) is about the server and us, so no mail may end by it: they wait, for the network or for a person.
 */
export function noSessionOf(error: unknown): OutgoingAnswer {
  const {
    responseCode = 0,
    response,
    code,
  } = error as {
    responseCode?: number
    response?: string
    code?: string
  }
  if (responseCode < 500) return refusalOf(error, false)
  if (code === 'EAUTH') return answerOf(response ?? String(responseCode), { step: 'login' })
  return { state: 'not_sent', reason: 'unreachable', message: kept(errorText(error)) }
}
