import type { FakeContract, FakeReply } from '../fake-contract.ts'

const refused = (status: number, code: number, headers: Record<string, string> = {}): FakeReply => ({
  status,
  headers,
  body: {
    code,
    message: '{{ problem }}',
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  },
})

/** E.164, also of another channel. */
const number = '((whatsapp|messenger|rcs):)?\\+[1-9]\\d{5,14}'

const account = '/2010-04-01/Accounts/{{ path.accountSid }}'

const message = {
  sid: '{{ record.sid }}',
  account_sid: '{{ path.accountSid }}',
  api_version: '2010-04-01',
  body: '{{ record.body }}',
  from: '{{ record.from }}',
  to: '{{ record.to }}',
  messaging_service_sid: '{{ record.messaging_service_sid }}',
  num_media: '0',
  num_segments: '1',
  direction: 'outbound-api',
  status: '{{ record.status }}',
  date_created: '{{ record.date_created }}',
  date_updated: '{{ record.date_created }}',
  date_sent: null,
  error_code: null,
  error_message: null,
  price: null,
  price_unit: 'USD',
  uri: `${account}/Messages/{{ record.sid }}.json`,
}

/** Twilio: forms in, JSON out, errors with a code; nothing tells a repeat. */
export const twilioFake: FakeContract = {
  connector: 'twilio',
  operations: {
    'message.send': {
      body: {
        required: ['To'],
        optional: [
          'From',
          'MessagingServiceSid',
          'Body',
          'MediaUrl',
          'ContentSid',
          'ContentVariables',
          'StatusCallback',
        ],
      },
      // A sender is also a short code or a name.
      forms: { To: number, From: `${number}|\\d{3,8}|[A-Za-z0-9 &+_-]{1,11}`, Body: '[\\s\\S]{1,1600}' },
      oneOf: [
        ['From', 'MessagingServiceSid'],
        ['Body', 'MediaUrl', 'ContentSid'],
      ],
      keeps: [
        {
          in: 'messages',
          id: 'SM{{ hex }}',
          record: {
            sid: 'SM{{ hex }}',
            to: '{{ body.To }}',
            from: '{{ body.From }}',
            messaging_service_sid: '{{ body.MessagingServiceSid }}',
            body: '{{ body.Body | default: }}',
            status: 'queued',
            date_created: '{{ rfc2822 }}',
          },
        },
      ],
      status: 201,
      answer: message,
      receipt: 'delivered',
    },
    'call.start': {
      body: {
        required: ['To', 'From'],
        optional: ['Url', 'Twiml', 'Timeout', 'Record', 'MachineDetection', 'StatusCallback'],
      },
      forms: { To: `${number}|(client|sip):.+`, From: `${number}|(client|sip):.+` },
      oneOf: [['Url', 'Twiml']],
      keeps: [{ in: 'calls', id: 'CA{{ hex }}', record: { to: '{{ body.To }}', from: '{{ body.From }}' } }],
      status: 201,
      answer: {
        sid: '{{ record.id }}',
        account_sid: '{{ path.accountSid }}',
        api_version: '2010-04-01',
        to: '{{ record.to }}',
        from: '{{ record.from }}',
        status: 'queued',
        direction: 'outbound-api',
        date_created: null,
        start_time: null,
        end_time: null,
        price: null,
        price_unit: 'USD',
        uri: `${account}/Calls/{{ record.id }}.json`,
      },
    },
    'message.list': {
      query: { optional: ['To', 'From', 'DateSent', 'PageSize', 'Page', 'PageToken'] },
      lists: {
        in: 'messages',
        by: { to: '{{ query.To }}', from: '{{ query.From }}' },
        pages: { in: 'query', param: 'PageToken', counts: 'items', size: 'PageSize', sizeDefault: 50 },
      },
      answer: {
        messages: {
          $each: 'items',
          as: 'one',
          do: {
            sid: '{{ one.sid }}',
            account_sid: '{{ path.accountSid }}',
            api_version: '2010-04-01',
            body: '{{ one.body }}',
            from: '{{ one.from }}',
            to: '{{ one.to }}',
            direction: 'outbound-api',
            status: '{{ one.status }}',
            num_media: '0',
            num_segments: '1',
            date_created: '{{ one.date_created }}',
          },
        },
        next_page_uri: '{{ next_uri }}',
        uri: `${account}/Messages.json`,
        page: 0,
      },
    },
    'account.check': {
      answer: {
        sid: '{{ path.accountSid }}',
        friendly_name: 'Fake account',
        status: 'active',
        type: 'Full',
        uri: `${account}.json`,
      },
    },
  },
  refusals: {
    bad_request: refused(400, 21604),
    unauthorized: refused(401, 20003),
    not_found: refused(404, 20404),
    rate_limited: refused(429, 20429, { 'retry-after': '{{ wait_s }}' }),
    server_error: refused(500, 20500),
  },
  receipts: {
    delivered: {
      format: 'form',
      payload: {
        MessageSid: '{{ record.sid }}',
        SmsSid: '{{ record.sid }}',
        AccountSid: '{{ path.accountSid }}',
        MessageStatus: 'delivered',
        SmsStatus: 'delivered',
        To: '{{ record.to }}',
        From: '{{ record.from }}',
        ApiVersion: '2010-04-01',
      },
    },
  },
}
