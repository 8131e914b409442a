import type { JsonObject } from '../../../../kernel/json.ts'
import { connectionText } from '../sample.ts'
import type { Sample, SampleContext } from '../sample.ts'

// Numbers that the vendor keeps for tests.
const lead = '+15005550100'
const ours = '+15005550006'

/** 32 hexadecimal characters behind two letters, as the vendor's ids are. */
const sid = (letters: string, { id }: SampleContext): string =>
  letters +
  id
    .replaceAll(/[^0-9a-f]/g, '')
    .padEnd(32, '0')
    .slice(0, 32)

const form = (
  event: string,
  vendorName: string,
  members: (context: SampleContext) => JsonObject,
): Sample => ({
  event,
  vendorName,
  needs: ['accountSid'],
  format: 'form',
  make: (context) => ({
    AccountSid: connectionText(context, 'accountSid'),
    ApiVersion: '2010-04-01',
    ...members(context),
  }),
})

const state = (event: string, status: string, more: JsonObject = {}): Sample =>
  form(event, status, (context) => ({
    MessageSid: sid('SM', context),
    SmsSid: sid('SM', context),
    MessageStatus: status,
    From: ours,
    To: lead,
    ...more,
  }))

const call = (event: string, direction: 'inbound' | 'outbound-api', status: string): Sample =>
  form(event, `${status} (${direction})`, (context) => ({
    CallSid: sid('CA', context),
    Direction: direction,
    From: direction === 'inbound' ? lead : ours,
    To: direction === 'inbound' ? ours : lead,
    CallStatus: status,
    ...(status === 'completed' ? { CallDuration: '42' } : {}),
  }))

/** One for every event that comes of Twilio's webhooks. */
export const twilioSamples: readonly Sample[] = [
  form('message.received', 'received', (context) => ({
    MessageSid: sid('SM', context),
    SmsMessageSid: sid('SM', context),
    SmsSid: sid('SM', context),
    SmsStatus: 'received',
    From: lead,
    To: ours,
    Body: 'Hello, what does it cost?',
    NumMedia: '0',
  })),
  state('message.cancelled', 'canceled'),
  state('message.delivered', 'delivered'),
  state('message.read', 'read'),
  state('message.failed', 'undelivered', {
    ErrorCode: '30003',
    ErrorMessage: 'Unreachable destination handset',
  }),
  call('call.queued', 'outbound-api', 'queued'),
  call('call.started', 'outbound-api', 'initiated'),
  call('call.ringing', 'outbound-api', 'ringing'),
  call('call.received', 'inbound', 'ringing'),
  call('call.answered', 'inbound', 'in-progress'),
  call('call.completed', 'inbound', 'completed'),
  call('call.missed', 'outbound-api', 'no-answer'),
  call('call.failed', 'outbound-api', 'failed'),
  call('call.cancelled', 'outbound-api', 'canceled'),
]
