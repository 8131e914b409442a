import { connectorFormat, defineConnector } from '../define-connector.ts'
import { twilioWebhooks } from '../webhooks/vendors/twilio-webhooks.ts'

/**
 * Twilio's core API: text messages and calls of one account. The vendor takes no idempotency key. The list of messages can be
 * searched by recipient and day, and two equal messages of one day cannot be told apart in it: so nothing there proves that ours was
 * sent, and a message whose outcome is unknown waits for its status callback or a person.
 */
export const twilio = defineConnector({
  format: connectorFormat,
  connector: 'twilio',
  vendor: 'Twilio',
  baseUrl: 'https://api.twilio.com',
  connection: {
    accountSid: { type: 'string', pattern: 'AC[0-9a-fA-F]{32}', help: 'The SID of the account (AC…).' },
    from: {
      type: 'string',
      pattern: '\\+[1-9]\\d{4,14}|[A-Za-z0-9 ]{1,11}',
      help: 'The number, or the alphanumeric sender, that messages and calls come from when they name none.',
      optional: true,
    },
    messagingServiceSid: {
      type: 'string',
      pattern: 'MG[0-9a-fA-F]{32}',
      help: 'The messaging service that picks the sender (MG…).',
      optional: true,
    },
    statusCallback: {
      type: 'string',
      pattern: 'https://[^\\s#@{}]+',
      help: 'Where Twilio tells what became of messages and calls: the webhook address of this integration.',
      optional: true,
    },
  },
  credentials: {
    authToken: { help: 'The auth token of the account.', optional: true },
    apiKey: { help: 'The SID of an API key (SK…), instead of the auth token.', optional: true },
    apiKeySecret: { help: 'The secret of the API key.', optional: true },
  },
  auth: [
    { kind: 'basic', username: 'apiKey', password: 'apiKeySecret' },
    { kind: 'basic', username: '{{ connection.accountSid }}', password: 'authToken' },
  ],
  headers: {},
  tables: {},
  operations: {
    'message.send': {
      method: 'POST',
      path: '/2010-04-01/Accounts/{{ connection.accountSid }}/Messages.json',
      effect: 'send',
      encode: 'form',
      requires: [
        'input.to',
        'input.from_number ?? connection.messagingServiceSid ?? connection.from',
        'input.text ?? input.attachments ?? input.template_id',
      ],
      body: {
        To: '{{ input.to | if_phone | e164 }}',
        From: '{{ input.from_number ?? connection.from }}',
        MessagingServiceSid: '{{ connection.messagingServiceSid }}',
        Body: '{{ input.text }}',
        MediaUrl: '{{ input.attachments | list }}',
        ContentSid: '{{ input.template_id }}',
        ContentVariables: '{{ input.params | filled:known | json }}',
        StatusCallback: '{{ connection.statusCallback }}',
      },
      output: { message_id: '{{ answer.sid }}', status: '{{ answer.status }}' },
      spec: { file: 'twilio', path: '/2010-04-01/Accounts/{AccountSid}/Messages.json' },
    },
    'call.start': {
      method: 'POST',
      path: '/2010-04-01/Accounts/{{ connection.accountSid }}/Calls.json',
      effect: 'send',
      encode: 'form',
      requires: [
        'input.to',
        'input.from_number ?? connection.from',
        'input.url ?? input.twiml ?? input.text',
      ],
      body: {
        $merge: [
          {
            To: '{{ input.to | if_phone | e164 }}',
            From: '{{ input.from_number ?? connection.from }}',
            Url: '{{ input.url }}',
            // What a send has to say is read out, unless the call brings instructions of its own.
            Twiml: {
              $each: 'input.text | list',
              as: 'said',
              do: '<Response><Say>{{ said | escape }}</Say></Response>',
            },
            Timeout: '{{ input.ring_seconds | int }}',
            Record: '{{ input.record }}',
            MachineDetection: '{{ input.machine_detection }}',
            StatusCallback: '{{ connection.statusCallback }}',
          },
          { Twiml: '{{ input.twiml }}' },
        ],
      },
      output: { call_id: '{{ answer.sid }}', status: '{{ answer.status }}' },
      spec: { file: 'twilio', path: '/2010-04-01/Accounts/{AccountSid}/Calls.json' },
    },
    'message.list': {
      method: 'GET',
      path: '/2010-04-01/Accounts/{{ connection.accountSid }}/Messages.json',
      effect: 'read',
      query: {
        To: '{{ input.to | e164 }}',
        From: '{{ input.from_number }}',
        DateSent: '{{ input.day | date }}',
      },
      pagination: {
        kind: 'link',
        items: 'messages',
        next: 'next_page_uri',
        size: { param: 'PageSize', value: 100 },
      },
      incremental: {
        cursor: 'date_sent',
        param: { 'DateSent>': '{{ since | date:iso }}' },
        lookbackMs: 600_000,
      },
      spec: { file: 'twilio', path: '/2010-04-01/Accounts/{AccountSid}/Messages.json' },
    },
    'account.check': {
      method: 'GET',
      path: '/2010-04-01/Accounts/{{ connection.accountSid }}.json',
      effect: 'read',
      output: { account: '{{ answer.friendly_name }}', status: '{{ answer.status }}' },
      spec: { file: 'twilio', path: '/2010-04-01/Accounts/{Sid}.json' },
    },
  },
  channels: { sms: 'message.send', voice: 'call.start' },
  messages: { sms: { textMax: 1_600, segments: true } },
  errors: [
    { when: { body: { code: 20429 } }, kind: 'rate_limited', notExecuted: true, waitMs: 5_000 },
    {
      when: { status: 400, body: { code: 21610 } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The recipient has answered STOP: nothing can be sent to them before they answer START.',
    },
    {
      when: { status: 400, body: { code: [21211, 21614] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The number is no number that can get text messages: correct it at the lead.',
    },
    {
      when: { status: 400, body: { code: [21606, 21659, 21603] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The sender is not of this account: correct `from` or `messagingServiceSid` of the integration.',
    },
    {
      when: { status: 400, body: { code: 21408 } },
      kind: 'permanent',
      notExecuted: true,
      says: "The account may not send to the recipient's country: allow it in Twilio's geo permissions.",
    },
  ],
  limits: { perSecond: 10, concurrency: 8, timeoutMs: 15_000 },
  webhooks: twilioWebhooks,
  // It repeats a webhook by itself only where its address asks for that.
  reconcile: {
    everyMs: 900_000,
    streams: [
      {
        name: 'messages',
        operation: 'message.list',
        take: { direction: 'inbound' },
        payload: {
          MessageSid: '{{ item.sid }}',
          From: '{{ item.from }}',
          To: '{{ item.to }}',
          Body: '{{ item.body }}',
          SmsStatus: 'received',
        },
        emits: [{ as: 'received', at: 'date_sent', key: 'message/{{ item.sid }}' }],
      },
    ],
  },
  health: 'account.check',
  facts: [
    {
      says: 'Paths, fields, form encoding and pages (next_page_uri, PageSize up to 1000). The list is filtered by To, From and DateSent only. Tests check every request.',
      source: 'twilio/twilio-oai d50069b, spec/json/twilio_api_v2010.json (MIT)',
      checked: '2026-11-23',
    },
    {
      says: 'Of a call with Url and Twiml the Url counts; Twiml is XML of up to 4000 characters, and Say reads text out.',
      source: 'twilio/twilio-oai d50069b, description of Twiml; twilio.com/docs/voice/twiml/say (remembered)',
      checked: '2026-11-23',
    },
    {
      says: 'Basic auth with the account SID and its auth token, or with an API key and its secret.',
      source: 'twilio/twilio-oai d50069b, securitySchemes',
      checked: '2026-11-23',
    },
    {
      says: 'A text has 1,600 characters at most. One in the GSM alphabet has 160 in one segment and 153 in each of several; one that needs UCS-2 70 and 67. (Remembered, not checked.)',
      source: 'twilio.com/docs/glossary/what-sms-character-limit; 3GPP TS 23.038',
      checked: '2026-11-23',
    },
    {
      says: 'A content template fills what ContentVariables leaves out with the sample values it was made with: a parameter without a value is refused before anything is sent. (Remembered, not checked.)',
      source: 'twilio.com/docs/content/using-variables-with-content-api',
      checked: '2026-11-23',
    },
    {
      says: 'Errors are { code, message, more_info, status }; what the codes 20429, 21211, 21408, 21603, 21606, 21610, 21614 and 21659 mean; no idempotency key. (Remembered, not checked.)',
      source: 'twilio.com/docs/api/errors',
      checked: '2026-11-23',
    },
    {
      says: 'Where a number sends (SmsUrl, StatusCallback and their methods), that an SMS application overrules it, the filter PhoneNumber. Tests check every request. That an empty text takes an address away is remembered, not checked.',
      source: 'twilio/twilio-oai d50069b, spec/json/twilio_api_v2010.json (MIT): IncomingPhoneNumbers',
      checked: '2026-11-23',
    },
  ],
})
