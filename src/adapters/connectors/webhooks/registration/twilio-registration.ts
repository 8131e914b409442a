import type { WebhookRegistration } from './webhook-registration.ts'

const numbers = '/2010-04-01/Accounts/{{ connection.accountSid }}/IncomingPhoneNumbers'
const numbersPath = '/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers'

/**
 * The number that messages come from: where what it gets goes, and the states of its calls. What happens when somebody calls it
 * (VoiceUrl) is left alone. States of messages go to `connection.statusCallback`, which goes with each message.
 */
export const twilioRegistration = {
  kind: 'api',
  holds: 'one',
  needs: {
    connection: 'from',
    says: 'Write into `connection.from` the number whose messages are to come here. Of a messaging service the address is set at the service: Integration, Send a webhook.',
  },
  place: {
    says: 'The account has no such number: correct `connection.from`. A sender of letters gets no messages.',
  },
  list: {
    method: 'GET',
    path: `${numbers}.json`,
    effect: 'read',
    requires: ['connection.from'],
    query: { PhoneNumber: '{{ connection.from }}' },
    spec: { file: 'twilio', path: `${numbersPath}.json` },
  },
  items: 'incoming_phone_numbers',
  entry: {
    id: 'sid',
    addresses: ['sms_url', 'status_callback'],
    match: { phone_number: 'from' },
    wants: { sms_method: 'POST', status_callback_method: 'POST' },
    overruled: {
      path: 'sms_application_sid',
      says: 'The number belongs to a TwiML application, which overrules its address: take it out, or set the address there.',
    },
  },
  set: {
    method: 'POST',
    path: `${numbers}/{{ input.id }}.json`,
    effect: 'update',
    encode: 'form',
    requires: ['input.id', 'input.address'],
    body: {
      SmsUrl: '{{ input.address }}',
      SmsMethod: 'POST',
      StatusCallback: '{{ input.address }}',
      StatusCallbackMethod: 'POST',
    },
    spec: { file: 'twilio', path: `${numbersPath}/{Sid}.json` },
  },
  remove: {
    method: 'POST',
    path: `${numbers}/{{ input.id }}.json`,
    effect: 'update',
    encode: 'form',
    requires: ['input.id'],
    body: { SmsUrl: '', StatusCallback: '' },
    spec: { file: 'twilio', path: `${numbersPath}/{Sid}.json` },
  },
} as const satisfies WebhookRegistration
