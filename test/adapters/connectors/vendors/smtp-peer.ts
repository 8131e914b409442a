import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { SmtpClient } from '../../../../src/adapters/smtp/smtp-client.ts'
import type { SmtpClientOptions } from '../../../../src/adapters/smtp/smtp-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { AttemptOutcome } from '../../../../src/messaging/commands/command.ts'
import { cleared } from '../../../fakes/open-gate.ts'
import { leased } from '../executor-setup.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'

/** The only password that the server takes. */
export const password = 'Sup3r-S3cret-pass'

/** What a mail server saw. */
export class Peer {
  readonly mails: string[] = []
  readonly recipients: string[][] = []
  connections = 0
  logins = 0
  readonly #server: SMTPServer
  port = 0

  constructor(options: SMTPServerOptions = {}) {
    this.#server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      hideSTARTTLS: true,
      disabledCommands: [],
      closeTimeout: 200,
      onConnect: (_session, done) => {
        this.connections += 1
        done()
      },
      onAuth: (auth, _session, done) => {
        this.logins += 1
        if (auth.password === password) done(null, { user: auth.username ?? '' })
        else done(Object.assign(new Error('no such login'), { responseCode: 535 }))
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          this.mails.push(Buffer.concat(chunks).toString())
          this.recipients.push(session.envelope.rcptTo.map(({ address }) => address))
          done()
        })
      },
      ...options,
    })
    this.#server.on('error', () => {})
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve()))
    this.port = (this.#server.server.address() as AddressInfo).port
    return this
  }

  /** Ends every session, as a server does that has waited long enough. */
  hangUp(): void {
    for (const session of this.#server.connections) session.close()
  }

  /** How many sockets are open, on either side. */
  async open(): Promise<number> {
    return await new Promise((resolve, reject) =>
      this.#server.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    )
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

/** A server that says what it is told to, line by line, and then hangs up or stays silent. */
export async function scripted(replies: readonly string[], after: 'close' | 'silence'): Promise<Server> {
  const server = createServer((socket: Socket) => {
    let at = 0
    let data = false
    const say = (): void => {
      const reply = replies[at]
      at += 1
      if (reply !== undefined) socket.write(`${reply}\r\n`)
      if (reply?.startsWith('354') === true) data = true
    }
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      if (!data) return say()
      if (!bytes.toString().includes('\r\n.\r\n')) return
      if (at < replies.length) say()
      else if (after === 'close') socket.destroy()
    })
    say()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return server
}

/** An integration with a server on this machine. */
export const document = (port: number, more: JsonObject = {}, rest: JsonObject = {}): JsonObject => ({
  apiVersion: 'neuronx/v1',
  kind: 'Integration',
  name: 'sink',
  connector: 'smtp',
  connection: {
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'sales@acme.example',
    fromName: 'Acme',
    ...more,
  },
  ...rest,
})

/** The mail that is sent unless a test says otherwise. */
export const ada: JsonObject = { to: 'ada@example.com', subject: 'Hi', text: 'Hello Ada' }

/** Servers, and commands carried out against them by the real executor and client. */
export function smtpSetup() {
  const clients: SmtpClient[] = []
  const peers: { stop(): Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    for (const client of clients.splice(0)) await client[Symbol.asyncDispose]()
    for (const one of peers.splice(0)) await one.stop()
  }

  const peer = async (options: SMTPServerOptions = {}): Promise<Peer> => {
    const started = await new Peer(options).start()
    peers.push(started)
    return started
  }
  const script = async (replies: readonly string[], then: 'close' | 'silence' = 'close'): Promise<number> => {
    const server = await scripted(replies, then)
    peers.push({ stop: async () => await new Promise((resolve) => server.close(() => resolve())) })
    return (server.address() as AddressInfo).port
  }
  const mailer = (options: Partial<SmtpClientOptions> = {}): SmtpClient => {
    const made = new SmtpClient({ allowPrivate: true, ...options })
    clients.push(made)
    return made
  }
  const run = async (
    spec: JsonObject,
    input: JsonObject = ada,
    mail: SmtpClient = mailer(),
    operation = 'message.send',
  ): Promise<AttemptOutcome> => {
    const integration = compileIntegration(integrationSchema.parse(spec))
    const executor = new ConnectorExecutor({
      integrations: { integration: async () => integration },
      secrets: { resolve: async (_tenant, name) => (name === 'smtp-password' ? `${password}\n` : 'wrong') },
      client: { send: async () => await Promise.reject(new Error('mail went over HTTP')) },
      mail,
      clock: systemClock,
      logger: silentLogger,
    })
    return await executor.execute(await cleared(leased(operation, input)), new AbortController().signal)
  }
  return { mailer, peer, peers, run, script, stop }
}
