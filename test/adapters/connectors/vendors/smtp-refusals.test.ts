import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { makeAuthority } from '../../nats/access/certificates.ts'
import { ada, document, password, smtpSetup } from './smtp-peer.ts'

const authority = makeAuthority()

describe('What an SMTP server refuses before it has heard of a mail', () => {
  const { mailer, peers, run, script, stop } = smtpSetup()
  afterEach(async () => await stop())

  const login = { credentials: { password: { secret: 'smtp-password' } } }

  /** Speaks TLS, and says every login back. */
  const echoing = async (reply: string): Promise<number> => {
    const server = createServer(authority.issue(['localhost']), (socket) => {
      socket.on('error', () => {})
      socket.write('220 hi\r\n')
      socket.on('data', (bytes) => {
        const said = bytes.toString().trim()
        socket.write(said.startsWith('EHLO') ? '250-hi\r\n250 AUTH PLAIN\r\n' : `${reply} ${said}\r\n`)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    peers.push({ stop: async () => await new Promise((resolve) => server.close(() => resolve())) })
    return (server.address() as AddressInfo).port
  }

  const beforeAnyMail: readonly [string, JsonObject, readonly string[]][] = [
    ['its greeting', {}, ['554 no service for you']],
    ['what it can do', {}, ['220 hi', '500 what', '502 what']],
    ['TLS', { security: 'starttls' }, ['220 hi', '250 hi', '502 no such command']],
  ]
  for (const [what, connection, replies] of beforeAnyMail)
    it(`a refusal in ${what} ends no mail: the integration waits`, async () => {
      const outcome = await run(document(await script(replies), connection))
      expect(outcome).to.include({ state: 'parked', wholeIntegration: true })
      expect(outcome).to.have.nested.property('error.code', 'NX-CALL-UNREACHABLE')
      expect(outcome)
        .to.have.nested.property('error.message')
        .that.contains(replies.at(-1) ?? '')
    })

  for (const reply of ['535 5.7.8 what is', '554 5.7.0 not', '502 never heard of'])
    it(`waits for a person when a login is answered ${reply}, and does not show what the server says back`, async () => {
      const port = await echoing(reply)
      const outcome = await run(
        document(port, { host: 'localhost', security: 'tls', user: 'bob' }, login),
        ada,
        mailer({ ca: authority.cert }),
      )
      expect(outcome).to.have.nested.property('error.code', 'NX-CALL-CREDENTIALS')
      expect(outcome).to.have.nested.property('error.answer').that.contains('AUTH PLAIN [secret]')
      const sent = Buffer.from(`\0bob\0${password}`).toString('base64')
      expect(JSON.stringify(outcome)).to.not.contain(sent.slice(0, -4))
    })
})
