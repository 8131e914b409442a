import { connectorFormat, defineConnector } from '../define-connector.ts'

const loginSays =
  'The mail server does not accept the login: check connection.user and the secret of credentials.password.'

/**
 * Mail over SMTP, by the one way out that is no HTTP (src/adapters/smtp, nodemailer). The server's reply code is the status of the
 * answer. Mail has no idempotency key: what nobody knows to have arrived is not sent again. Its Message-ID is the same for every
 * attempt, so that a second copy can be told from a second mail. One mail goes to one person, for policies looked at one.
 */
export const smtp = defineConnector({
  format: connectorFormat,
  connector: 'smtp',
  vendor: 'SMTP',
  baseUrl: 'smtp://{{ connection.host }}:{{ connection.port }}',
  connection: {
    host: { type: 'string', pattern: '[\\w-]+(\\.[\\w-]+)*', help: 'The name of the mail server.' },
    port: { type: 'number', help: '587 with starttls, 465 with tls. Default: 587.', default: 587 },
    security: {
      type: 'string',
      values: ['starttls', 'tls', 'none'],
      help: 'starttls (the default), tls, or none: in the clear and without a password, inside a network of one’s own.',
      default: 'starttls',
    },
    user: {
      type: 'string',
      // Name and password are handed on as one text, parted by the first colon.
      pattern: '[^:\\u0000-\\u001f]+',
      help: 'The user name, without a colon; with the credential password.',
      optional: true,
    },
    from: {
      type: 'string',
      pattern: '[^\\s@,;:<>()]+@[^\\s@,;:<>()]+',
      help: 'The address that mail comes from when it names none.',
      optional: true,
    },
    fromName: { type: 'string', help: 'The name beside it.', optional: true },
    replyTo: {
      type: 'string',
      pattern: '[^\\s@,;:<>()]+@[^\\s@,;:<>()]+',
      help: 'The address that answers go to.',
      optional: true,
    },
  },
  credentials: {
    password: { help: 'The password of `user`; a server may take mail without.', optional: true },
  },
  auth: [{ kind: 'basic', username: '{{ connection.user }}', password: 'password' }, { kind: 'none' }],
  headers: {},
  tables: {},
  operations: {
    'message.send': {
      method: 'POST',
      path: '',
      effect: 'send',
      query: { security: '{{ connection.security }}' },
      requires: ['input.to', 'input.from ?? connection.from', 'input.text ?? input.html'],
      body: {
        message_key: '{{ key | uuid5 }}',
        from: '{{ input.from ?? connection.from }}',
        from_name: '{{ input.from_name ?? connection.fromName }}',
        to: '{{ input.to | if_email }}',
        to_name: '{{ input.to_name }}',
        reply_to: '{{ input.reply_to ?? connection.replyTo }}',
        subject: '{{ input.subject }}',
        text: '{{ input.text }}',
        html: '{{ input.html }}',
        in_reply_to: '{{ input.in_reply_to }}',
        headers: '{{ input.headers }}',
      },
      output: { message_id: '{{ answer.message_id }}', reply: '{{ answer.reply }}' },
    },
    'account.check': {
      method: 'GET',
      path: '',
      effect: 'read',
      query: { security: '{{ connection.security }}' },
      output: { reply: '{{ answer.reply }}' },
    },
  },
  channels: { email: 'message.send' },
  errors: [
    { when: { body: { step: 'login' } }, kind: 'credentials', notExecuted: true, says: loginSays },
    { when: { status: [530, 534, 535, 538] }, kind: 'credentials', notExecuted: true, says: loginSays },
    {
      when: { status: 421 },
      kind: 'rate_limited',
      notExecuted: true,
      waitMs: 60_000,
      says: 'The mail server wants to be left alone for a while.',
    },
    { when: { status: '4xx' }, kind: 'transient', notExecuted: true, waitMs: 60_000 },
    {
      when: { status: 552 },
      kind: 'permanent',
      notExecuted: true,
      says: 'The mail is larger than the server takes, or the mailbox is full.',
    },
    {
      when: { status: [550, 551, 553] },
      kind: 'permanent',
      notExecuted: true,
      says: 'The mail server takes no mail for this address, from this sender, or of this content: its reply says which.',
    },
    { when: { status: '5xx' }, kind: 'permanent', notExecuted: true },
  ],
  limits: { perSecond: 5, concurrency: 4, timeoutMs: 30_000 },
  webhooks: null,
  health: 'account.check',
  facts: [
    {
      says: 'Replies of 4yz are for now and of 5yz for good; a mail belongs to the server once it has answered 250 to the end of the data, and not before. (Remembered, not checked.)',
      source: 'RFC 5321, 4.2.1, 4.2.5 and 6.1; RFC 4954, 6',
      checked: '2026-11-23',
    },
    {
      says: 'Tests hand mail to the server of the package smtp-server 3.21.6.',
      source: 'nodemailer 10.6.0, smtp-server 3.21.6 (MIT-0)',
      checked: '2026-11-23',
    },
  ],
})
