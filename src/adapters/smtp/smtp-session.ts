import { Readable } from 'node:stream'
import type { SecureContextOptions } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { OutgoingAnswer } from '../http/exchange.ts'
import type { ComposedMail } from './compose-mail.ts'
import { openSocket } from './open-socket.ts'
import type { SocketOptions } from './open-socket.ts'
import { answerOf, refusalOf } from './smtp-answer.ts'

/** Where mail is handed in, and as whom. */
export interface SmtpTarget {
  readonly host: string
  readonly port: number
  /** `tls`: from the first byte; `starttls`: before anything is said; `none`: in the clear. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly login: { readonly user: string; readonly pass: string } | null
}

export interface SessionOptions extends Pick<SocketOptions, 'allowPrivate' | 'resolve'> {
  readonly ca?: SecureContextOptions['ca']
}

/** What ends a call, and what is asked and told on its way. */
export interface SendLimits {
  readonly signal: AbortSignal
  readonly mayStart: () => boolean
  /** The server has asked for the content, and gets it. */
  readonly onSent: () => void
}

/** The server says no more for so long: it is gone, milliseconds. The call's own time ends it sooner. */
const silenceMs = 60_000

/** One connection to a mail server, logged in; used by one mail at a time. */
export class SmtpSession {
  readonly #connection: SMTPConnection
  #open = true
  mails = 0

  private constructor(connection: SMTPConnection) {
    this.#connection = connection
    const over = (): void => {
      this.#open = false
    }
    connection.on('error', over)
    connection.on('end', over)
  }

  /** Throws what the network, TLS or the server's refusal makes. */
  static async open(target: SmtpTarget, options: SessionOptions, signal: AbortSignal): Promise<SmtpSession> {
    const { host, port, security, login } = target
    const socket = await openSocket({ ...options, host, port, signal })
    const connection = new SMTPConnection({
      host,
      port,
      connection: socket,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      socketTimeout: silenceMs,
      tls: { minVersion: 'TLSv1.2', ...(options.ca === undefined ? {} : { ca: options.ca }) },
    })
    const session = new SmtpSession(connection)
    try {
      await session.#ended(signal, (done) => connection.connect(done))
      if (login !== null) await session.#ended(signal, (done) => connection.login({ ...login }, done))
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }

  get isOpen(): boolean {
    return this.#open && this.#connection._socket !== null && !this.#connection.destroyed
  }

  /** Hands one mail in. Never throws. */
  async send(mail: ComposedMail, { signal, mayStart, onSent }: SendLimits): Promise<OutgoingAnswer> {
    if (!mayStart())
      return { state: 'not_sent', reason: 'stopped', message: 'Its time was over before it was sent' }
    let left = false
    // Asked for only after the server said 354: before, it cannot have taken the mail.
    const content = new Readable({
      read() {
        left = true
        onSent()
        this.push(mail.raw)
        this.push(null)
      },
    })
    this.mails += 1
    const envelope = { from: mail.from, to: [mail.to], size: mail.raw.length }
    try {
      const info = await this.#ended<SMTPConnection.SentMessageInfo>(signal, (done) =>
        this.#connection.send(envelope, content, done),
      )
      // Some servers give the mail another id, and tell of its fate by that one.
      return answerOf(info.response, { message_id: info.serverMessageId ?? mail.messageId })
    } catch (error) {
      return refusalOf(error, left)
    }
  }

  /** Logged in and no more: that is the answer. */
  greet(): OutgoingAnswer {
    return answerOf('250 Logged in', {})
  }

  close(): void {
    this.#open = false
    this.#connection.close()
  }

  /** One step of the connection; a signal or an error of the connection ends it. */
  async #ended<T>(
    signal: AbortSignal,
    begin: (done: (error?: Error | null, value?: T) => void) => void,
  ): Promise<T> {
    const connection = this.#connection
    return await new Promise<T>((resolve, reject) => {
      const settle = (then: () => void): void => {
        signal.removeEventListener('abort', stop)
        connection.off('error', fail)
        then()
      }
      const fail = (error: Error): void => settle(() => reject(error))
      const stop = (): void => {
        fail(new Error('It took longer than allowed'))
        this.close()
      }
      signal.addEventListener('abort', stop, { once: true })
      connection.on('error', fail)
      if (signal.aborted) return stop()
      begin((error, value) => (error ? fail(error) : settle(() => resolve(value as T))))
    })
  }
}
