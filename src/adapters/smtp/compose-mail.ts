import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'

/** A mail that may be sent: who it is from and for on the way, and its bytes. */
export interface ComposedMail {
  readonly from: string
  readonly to: string
  /** With angle brackets. */
  readonly messageId: string
  readonly raw: Buffer
}

/** Why a mail is none. Nothing was sent. */
export class UnfitMail extends Error {
  override readonly name = 'UnfitMail'
}

// One address and nothing around it: no list, no comment, no quoting that could hold another one.
const addressPattern = /^[^\s@,;:<>()[\]"\\\p{Cc}]{1,64}@[^\s@,;:<>()[\]"\\\p{Cc}]{1,253}$/u
const idPattern = /^<[^\s<>\p{Cc}]{3,500}>$/u
const headerPattern = /^[A-Za-z][A-Za-z0-9-]{0,75}$/
/** What the mail itself says, and what servers on the way say. */
const ownHeaders =
  /^(from|to|cc|bcc|sender|reply-to|subject|date|message-id|in-reply-to|references|mime-version|content-.*|return-path|received|dkim-.*|arc-.*|authentication-results|resent-.*)$/i
const headersMax = 50

/**
 * Makes the mail of an operation's body: `message_key`, `from`, `from_name`, `to`, `to_name`, `reply_to`, `subject`, `text`, `html`,
 * `in_reply_to`, `headers`. It goes to one person: policies looked at one. Values of leads come in here, so text stays text: what
 * would end a header's line is a space, addresses are addresses alone, and nothing is read from files or addresses. Throws UnfitMail.
 */
export async function composeMail(body: string | null): Promise<ComposedMail> {
  const mail = JSON.parse(body ?? '{}') as JsonObject
  const from = address(mail, 'from')
  const to = address(mail, 'to')
  const key = text(mail, 'message_key') ?? ''
  if (!/^[\w-]{8,100}$/.test(key)) throw new UnfitMail('message_key must be letters, digits and dashes')
  // The same for every attempt: whoever gets the mail twice can tell.
  const messageId = `<${key}@${from.slice(from.lastIndexOf('@') + 1)}>`
  const reply = mail['reply_to'] === undefined ? {} : { replyTo: address(mail, 'reply_to') }
  const replied = text(mail, 'in_reply_to')
  if (replied !== undefined && !idPattern.test(replied))
    throw new UnfitMail('in_reply_to must be a <message id>')
  const composer = new MailComposer({
    from: { name: line(mail, 'from_name') ?? '', address: from },
    to: { name: line(mail, 'to_name') ?? '', address: to },
    ...reply,
    ...(replied === undefined ? {} : { inReplyTo: replied, references: replied }),
    subject: line(mail, 'subject') ?? '',
    ...member('text', text(mail, 'text')),
    ...member('html', text(mail, 'html')),
    messageId,
    headers: headersOf(mail['headers']),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return { from, to, messageId, raw: await composer.compile().build() }
}

function member(name: 'text' | 'html', value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function address(mail: JsonObject, name: string): string {
  const value = text(mail, name) ?? ''
  const at = value.lastIndexOf('@')
  // As the mail system knows the domain; a name that is none comes back empty.
  const domain = /^[\x21-\x7e]+$/.test(value.slice(at + 1))
    ? value.slice(at + 1)
    : domainToASCII(value.slice(at + 1))
  if (!addressPattern.test(value) || domain === '')
    throw new UnfitMail(`${name} must be one mail address, without a name`)
  return value.slice(0, at + 1) + domain
}

/** Text for a header: on one line. */
function line(mail: JsonObject, name: string): string | undefined {
  return text(mail, name)?.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}

function text(mail: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(mail, name) ? mail[name] : undefined
  if (value === undefined || value === null) return undefined
  // An object here would be an order to read a file or an address.
  if (typeof value === 'object') throw new UnfitMail(`${name} must be text`)
  return String(value).toWellFormed()
}

function headersOf(value: JsonValue | undefined): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw new UnfitMail('headers must be an object')
  const entries = Object.entries(value)
  if (entries.length > headersMax) throw new UnfitMail(`headers holds more than ${headersMax}`)
  return Object.fromEntries(
    entries.map(([name, content]) => {
      if (!headerPattern.test(name) || ownHeaders.test(name))
        throw new UnfitMail(`headers.${name.slice(0, 80)} cannot be given`)
      if (typeof content !== 'string' || /[\p{Cc}\u2028\u2029]/u.test(content))
        throw new UnfitMail(`headers.${name} must be text on one line`)
      return [name, content]
    }),
  )
}
