import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { digestOfParts } from '../../kernel/digest.ts'
import type { OutgoingAnswer } from '../http/exchange.ts'
import type { CallLimits } from '../http/outgoing-client.ts'
import type { OutgoingRequest } from '../http/outgoing-request.ts'
import type { ComposedMail } from './compose-mail.ts'
import { answerOf, noSessionOf } from './smtp-answer.ts'
import type { SessionOptions, SmtpSession, SmtpTarget } from './smtp-session.ts'

export interface SmtpClientOptions extends SessionOptions {
  readonly crashPoints?: CrashPoints
  /** A connection without a mail is closed after this, milliseconds. */
  readonly idleMs?: number
  /** So many mails go over one connection. */
  readonly mailsPerSession?: number
}

interface Idle {
  readonly session: SmtpSession
  readonly timer: NodeJS.Timeout
}

/** Connections kept open without a mail, of one server and login. */
const idleMax = 8

/**
 * The way out for mail: what OutgoingClient is for HTTP. A request is `smtp://host:port?security=starttls`, with the login as basic
 * auth and the mail as its JSON body (composeMail); GET logs in and sends nothing. The server's reply code is the status of the
 * answer. Connections are kept and used again, private addresses refused, nothing is repeated but a connection that the server had
 * closed meanwhile. Nodemailer is loaded with the first mail.
 */
export class SmtpClient implements AsyncDisposable {
  readonly #options: SmtpClientOptions
  readonly #idle = new Map<string, Idle[]>()
  readonly #underWay = new Map<string, number>()
  readonly #closing = new AbortController()

  constructor(options: SmtpClientOptions) {
    this.#options = options
  }

  /** Hands one mail in. Never throws: what went wrong is in the answer, with whether the mail had left. */
  async send(request: OutgoingRequest, limits: CallLimits, signal: AbortSignal): Promise<OutgoingAnswer> {
    const { key, concurrencyMax } = limits.bulkhead
    const running = this.#underWay.get(key) ?? 0
    if (running >= concurrencyMax)
      return {
        state: 'not_sent',
        reason: 'busy',
        message: 'Too many calls of this integration are under way',
      }
    this.#underWay.set(key, running + 1)
    const timeout = AbortSignal.timeout(limits.timeoutMs)
    const stopped = AbortSignal.any([signal, this.#closing.signal])
    try {
      const answer = await this.#attempt(request, limits, AbortSignal.any([timeout, stopped]))
      if (answer.state === 'answered' || answer.reason === 'refused_address') return answer
      if (stopped.aborted) return { ...answer, reason: 'stopped' }
      return timeout.aborted ? { ...answer, reason: 'timeout' } : answer
    } finally {
      const left = (this.#underWay.get(key) ?? 1) - 1
      if (left > 0) this.#underWay.set(key, left)
      else this.#underWay.delete(key)
    }
  }

  /** Closes every connection; mails under way end as lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    const all = [...this.#idle.values()].flat()
    this.#idle.clear()
    for (const { session, timer } of all) {
      clearTimeout(timer)
      session.close()
    }
  }

  /** Only what comes before a mail can throw. */
  async #attempt(request: OutgoingRequest, limits: CallLimits, signal: AbortSignal): Promise<OutgoingAnswer> {
    try {
      return await this.#send(request, limits, signal)
    } catch (error) {
      return noSessionOf(error)
    }
  }

  async #send(request: OutgoingRequest, limits: CallLimits, signal: AbortSignal): Promise<OutgoingAnswer> {
    const target = targetOf(request)
    if (target.security === 'none' && target.login !== null)
      return answerOf('538 A password is not sent in the clear', { said: 'here' })
    const mail = request.method === 'GET' ? null : await composed(request.body)
    if (mail !== null && 'state' in mail) return mail
    const { SmtpSession } = await import('./smtp-session.ts')
    const key = digestOfParts([target.host, `${target.port}`, target.security, JSON.stringify(target.login)])
    const crashPoints = this.#options.crashPoints ?? noCrashPoints
    for (;;) {
      const kept = mail === null ? null : this.#take(key)
      const session = kept ?? (await SmtpSession.open(target, this.#options, signal))
      const answer =
        mail === null
          ? session.greet()
          : await session.send(mail, {
              signal,
              mayStart: limits.mayStart ?? (() => true),
              onSent: () => crashPoints.reach('dispatch.bytes_sent'),
            })
      const taken = answer.state === 'answered' && answer.status < 300
      if (taken && mail !== null) this.#keep(key, session)
      else session.close()
      if (kept === null || signal.aborted || !wasOver(answer)) return answer
    }
  }

  #take(key: string): SmtpSession | null {
    const list = this.#idle.get(key) ?? []
    for (let idle = list.pop(); idle !== undefined; idle = list.pop()) {
      clearTimeout(idle.timer)
      if (idle.session.isOpen) return idle.session
      idle.session.close()
    }
    this.#idle.delete(key)
    return null
  }

  #keep(key: string, session: SmtpSession): void {
    const { idleMs = 30_000, mailsPerSession = 100 } = this.#options
    const list = this.#idle.get(key) ?? []
    const full = list.length >= idleMax || session.mails >= mailsPerSession
    if (full || !session.isOpen || this.#closing.signal.aborted) return session.close()
    const timer = setTimeout(() => {
      const rest = (this.#idle.get(key) ?? []).filter((one) => one.session !== session)
      if (rest.length === 0) this.#idle.delete(key)
      else this.#idle.set(key, rest)
      session.close()
    }, idleMs)
    timer.unref()
    this.#idle.set(key, [...list, { session, timer }])
  }
}

/** A kept connection that the server had closed: it hangs up, or says 421 to whatever comes. It did not take the mail. */
function wasOver(answer: OutgoingAnswer): boolean {
  if (answer.state === 'answered') return answer.status === 421
  return answer.state === 'not_sent' && answer.reason === 'unreachable'
}

/** The mail; or the answer that it is none, in the words of a server. */
async function composed(body: string | null): Promise<ComposedMail | OutgoingAnswer> {
  const { composeMail, UnfitMail } = await import('./compose-mail.ts')
  try {
    return await composeMail(body)
  } catch (error) {
    if (error instanceof UnfitMail) return answerOf(`553 ${error.message}`, { said: 'here' })
    throw error
  }
}

function targetOf({ url, headers }: OutgoingRequest): SmtpTarget {
  const wish = url.searchParams.get('security')
  const [, pair] = /^Basic (.+)$/.exec(headers['authorization'] ?? '') ?? []
  const login = pair === undefined ? null : Buffer.from(pair, 'base64').toString()
  const colon = login?.indexOf(':') ?? -1
  return {
    host: url.hostname,
    port: url.port === '' ? 587 : Number(url.port),
    // What is not said is the safe one.
    security: wish === 'tls' || wish === 'none' ? wish : 'starttls',
    login: login === null ? null : { user: login.slice(0, colon), pass: login.slice(colon + 1) },
  }
}
