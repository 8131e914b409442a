import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect } from 'chai'
import type { SMTPServerOptions } from 'smtp-server'
import { integrationKind } from '../../../../src/adapters/connectors/integration-kind.ts'
import { composeMail } from '../../../../src/adapters/smtp/compose-mail.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { eventually } from '../../../support/eventually.ts'
import { makeAuthority } from '../../nats/access/certificates.ts'
import { ada, document, password, smtpSetup } from './smtp-peer.ts'

const authority = makeAuthority()

describe('SMTP', () => {
  const { mailer, peer, peers, run, script, stop } = smtpSetup()
  afterEach(async () => await stop())

  const login = { credentials: { password: { secret: 'smtp-password' } } }
  const untilData = ['220 hi', '250 hi', '250 sender ok', '250 recipient ok', '354 go on']

  it('hands a mail in, with an id that is the same for every attempt', async () => {
    const server = await peer()
    const mail = mailer()
    const outcomes = [
      await run(document(server.port), ada, mail),
      await run(document(server.port), ada, mail),
    ]
    const ids = outcomes.map((outcome) =>
      outcome.state === 'succeeded' ? (outcome.result as JsonObject)['message_id'] : null,
    )
    expect(ids[0]).to.match(/^<[0-9a-f-]{36}@acme\.example>$/)
    expect(ids[1]).to.equal(ids[0])
    expect(server.recipients).to.deep.equal([['ada@example.com'], ['ada@example.com']])
    expect(server.mails[0]).to.contain(`Message-ID: ${String(ids[0])}`)
    expect(server.mails[0]).to.contain('From: Acme <sales@acme.example>')
    expect(server.mails[0]).to.contain('Hello Ada')
    expect(server.connections, 'one connection for both').to.equal(1)
  })

  it('opens a new connection when the server has closed the kept one meanwhile', async () => {
    const mail = mailer()
    const short = await peer()
    expect(await run(document(short.port), ada, mail)).to.include({ state: 'succeeded' })
    short.hangUp()
    await eventually(async () => (await short.open()) === 0)
    expect(await run(document(short.port), ada, mail)).to.include({ state: 'succeeded' })
    expect(short.mails).to.have.length(2)
    expect(short.connections).to.equal(2)
  })

  it('speaks TLS before it says anything, and refuses a certificate that it cannot trust', async () => {
    const server = await peer({ hideSTARTTLS: false, allowInsecureAuth: false })
    const outcome = await run(document(server.port, { security: 'starttls', user: 'acme' }, login))
    expect(outcome).to.include({ state: 'parked', wholeIntegration: true })
    expect(outcome)
      .to.have.nested.property('error.message')
      .that.matches(/certificate|self.signed/i)
    expect([server.logins, server.mails.length]).to.deep.equal([0, 0])
  })

  for (const security of ['starttls', 'tls'])
    it(`logs in inside TLS: ${security}`, async () => {
      const { cert, key } = authority.issue(['localhost'])
      const server = await peer({
        secure: security === 'tls',
        hideSTARTTLS: false,
        allowInsecureAuth: false,
        cert,
        key,
      })
      const outcome = await run(
        document(server.port, { host: 'localhost', security, user: 'acme' }, login),
        ada,
        mailer({ ca: authority.cert }),
      )
      expect(outcome).to.include({ state: 'succeeded' })
      expect([server.logins, server.mails.length]).to.deep.equal([1, 1])
    })

  it('lets the integration wait for a person when the password is wrong', async () => {
    const { cert, key } = authority.issue(['localhost'])
    const server = await peer({ hideSTARTTLS: false, cert, key })
    const wrong = { credentials: { password: { secret: 'other' } } }
    const outcome = await run(
      document(server.port, { host: 'localhost', security: 'starttls', user: 'acme' }, wrong),
      ada,
      mailer({ ca: authority.cert }),
    )
    expect(outcome).to.have.nested.property('error.code', 'NX-CALL-CREDENTIALS')
    expect(server.mails).to.deep.equal([])
  })

  it('does not fall back to the clear when the server offers no TLS', async () => {
    const server = await peer()
    const outcome = await run(document(server.port, { security: 'starttls', user: 'acme' }, login))
    expect(outcome).to.include({ state: 'parked', wholeIntegration: true })
    expect([server.logins, server.mails.length]).to.deep.equal([0, 0])
  })

  it('sends no password in the clear, and shows none', async () => {
    const server = await peer()
    const outcome = await run(document(server.port, { user: 'acme' }, login))
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
    expect(outcome).to.have.nested.property('error.code', 'NX-CALL-CREDENTIALS')
    expect(server.connections).to.equal(0)
    expect(JSON.stringify(outcome)).to.not.contain(password)
  })

  describe('replies', () => {
    const refusing = (responseCode: number): SMTPServerOptions => ({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('said so'), { responseCode })),
    })
    const cases: readonly [number, string, string][] = [
      [450, 'retryable', 'NX-CALL-FAILED'],
      [452, 'retryable', 'NX-CALL-FAILED'],
      [550, 'permanent', 'NX-CALL-REFUSED'],
      [553, 'permanent', 'NX-CALL-REFUSED'],
      [530, 'parked', 'NX-CALL-CREDENTIALS'],
    ]
    for (const [code, state, expected] of cases)
      it(`${code} is ${state}`, async () => {
        const server = await peer(refusing(code))
        const outcome = await run(document(server.port))
        expect(outcome.state).to.equal(state)
        expect(outcome).to.have.nested.property('error.code', expected)
        expect(outcome).to.have.nested.property('error.status', code)
        expect(outcome).to.have.nested.property('error.answer').that.contains('said so')
      })

    it('421 lets the integration wait', async () => {
      const port = await script(['220 hi', '250 hi', '421 4.7.0 too much'])
      expect(await run(document(port))).to.deep.include({
        state: 'parked',
        wholeIntegration: true,
        retryAfterMs: 60_000,
      })
    })

    it('keeps little of a long reply, and no half of a word', async () => {
      const port = await script([...untilData, `250 ok ${'word '.repeat(50_000)}`])
      const outcome = await run(document(port))
      expect(outcome).to.include({ state: 'succeeded' })
      expect(outcome)
        .to.have.nested.property('result.reply')
        .that.matches(/^250 ok (word ){150,220}…$/)
    })

    it('452 to the whole content says that the mail was not taken', async () => {
      const port = await script([...untilData, '452 4.2.2 mailbox full'])
      expect(await run(document(port))).to.include({ state: 'retryable' })
    })

    it('554 to the whole content is the end of it', async () => {
      const port = await script([...untilData, '554 5.7.1 spam'])
      expect(await run(document(port))).to.include({ state: 'permanent' })
    })
  })

  describe('a connection that dies', () => {
    it('before the content was asked for has sent nothing', async () => {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.write('220 hi\r\n')
        socket.on('data', () => socket.destroy())
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
      peers.push({ stop: async () => await new Promise((resolve) => server.close(() => resolve())) })
      const { port } = server.address() as AddressInfo
      expect(await run(document(port))).to.include({ state: 'parked', wholeIntegration: true })
    })

    it('after the content leaves nobody knowing', async () => {
      const port = await script(untilData)
      const outcome = await run(document(port))
      expect(outcome.state).to.equal('unknown_outcome')
    })

    it('by saying nothing after the content, too, once its time is over', async () => {
      const port = await script(untilData, 'silence')
      const outcome = await run(document(port, {}, { limits: { timeout: '300ms' } }))
      expect(outcome.state).to.equal('unknown_outcome')
      expect(outcome)
        .to.have.nested.property('error.message')
        .that.matches(/longer than allowed/)
    })

    it('by saying nothing at all has sent nothing', async () => {
      const port = await script([], 'silence')
      const outcome = await run(document(port, {}, { limits: { timeout: '300ms' } }))
      expect(outcome).to.include({ state: 'parked', wholeIntegration: true })
    })
  })

  describe('what leads are called', () => {
    const evil = 'Ada\r\nBcc: victim@example.com\r\n\r\nowned'
    it('adds no header and no recipient', async () => {
      const server = await peer()
      const input = { ...ada, subject: evil, to_name: evil, from_name: `"${evil}` }
      expect(await run(document(server.port), input)).to.include({ state: 'succeeded' })
      const [head = ''] = (server.mails[0] ?? '').split('\r\n\r\n')
      expect(head).to.not.match(/^bcc:/im)
      expect(server.recipients).to.deep.equal([['ada@example.com']])
      expect(head.split('\r\n').filter((line) => /^(to|from|subject):/i.test(line))).to.have.length(3)
    })

    const addresses = [
      'a@b.c,d@e.f',
      'x,y@z.example',
      '<a@b.c>',
      '"a b"@c.d',
      'a@b.c\r\nRCPT TO:<d@e.f>',
      'a@b.c> SIZE=1',
      'a@b.c＞NOTIFY=NEVER',
    ]
    for (const to of addresses)
      it(`is no address: ${JSON.stringify(to)}`, async () => {
        const server = await peer()
        expect((await run(document(server.port), { ...ada, to })).state).to.equal('permanent')
        expect(server.connections).to.equal(0)
      })

    it('is for a domain in other letters, as the mail system writes it', async () => {
      const mail = { message_key: 'a'.repeat(36), from: 'sales@acme.example', text: 'Hi' }
      const { to } = await composeMail(JSON.stringify({ ...mail, to: 'Ada@bücher.example' }))
      expect(to).to.equal('Ada@xn--bcher-kva.example')
    })

    const wrong: readonly [string, JsonObject][] = [
      ['a header of the mail itself', { headers: { Bcc: 'victim@example.com' } }],
      ['a header with a line break', { headers: { 'X-A': 'a\r\nBcc: v@example.com' } }],
      ['a name of a header that is none', { headers: { 'X-A: b\r\nBcc': 'v@example.com' } }],
      ['a file as the text', { text: { path: '/etc/passwd' } }],
      ['an address as the text', { html: { href: 'http://127.0.0.1/' } }],
      ['a reply to something that is no id', { in_reply_to: '<a>\r\nBcc: v@example.com' }],
      ['a member that nothing reads', { cc: 'victim@example.com' }],
    ]
    for (const [what, input] of wrong)
      it(`is refused as ${what}`, async () => {
        const server = await peer()
        expect((await run(document(server.port), { ...ada, ...input })).state).to.equal('permanent')
        expect(server.mails).to.deep.equal([])
      })

    it('ends no mail early: a dot alone on its line', async () => {
      const server = await peer()
      await run(document(server.port), { ...ada, text: 'a\r\n.\r\nMAIL FROM:<x@y.z>\r\nb' })
      expect(server.mails).to.have.length(1)
      expect(server.mails[0]).to.contain('MAIL FROM')
    })
  })

  it('does not go to private addresses where it may not', async () => {
    const server = await peer()
    for (const [host, resolve] of [
      ['127.0.0.1', undefined],
      [
        'mail.example',
        (_name: string, _options: unknown, done: (error: null, found: unknown) => void) =>
          done(null, [{ address: '127.0.0.1', family: 4 }]),
      ],
    ] as const) {
      const guarded = mailer({
        allowPrivate: false,
        ...(resolve === undefined ? {} : { resolve: resolve as never }),
      })
      const outcome = await run(document(server.port, { host }), ada, guarded)
      expect(outcome.state, host).to.equal('permanent')
    }
    expect(server.connections).to.equal(0)
  })

  it('has a check that logs in and sends nothing', async () => {
    const server = await peer()
    expect(await run(document(server.port), {}, mailer(), 'account.check')).to.include({ state: 'succeeded' })
    expect([server.connections, server.mails.length]).to.deep.equal([1, 0])
  })

  it('cannot be led to an HTTP address, nor an HTTP connector to a mail server', () => {
    expect(
      integrationKind.schema.safeParse(document(25, { baseUrl: 'https://evil.example' })).success,
    ).to.equal(false)
    const other = {
      ...document(25),
      connector: 'http',
      connection: { baseUrl: 'smtp://127.0.0.1' },
      operations: {},
    }
    expect(integrationKind.schema.safeParse(other).success).to.equal(false)
  })
})
