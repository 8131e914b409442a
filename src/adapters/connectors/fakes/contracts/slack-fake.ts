import type { FakeContract } from '../fake-contract.ts'

const refused = (status: number, error: string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: { ok: false, error },
})

/** Slack: errors have status 200 and `ok: false`; nothing tells a repeat. Made from the connector's facts. */
export const slackFake: FakeContract = {
  connector: 'slack',
  operations: {
    'message.send': {
      body: {
        required: ['channel'],
        optional: ['text', 'blocks', 'thread_ts', 'reply_broadcast', 'unfurl_links', 'unfurl_media'],
      },
      oneOf: [['text', 'blocks']],
      keeps: [
        {
          in: 'messages',
          id: '{{ ts }}',
          record: {
            type: 'message',
            ts: '{{ ts }}',
            channel: '{{ body.channel }}',
            text: '{{ body.text | default: }}',
            thread_ts: '{{ body.thread_ts }}',
            user: 'U0FAKEBOT',
            bot_id: 'B0FAKEBOT',
            team: 'T0FAKETEAM',
          },
        },
      ],
      answer: {
        ok: true,
        channel: '{{ body.channel }}',
        ts: '{{ record.ts }}',
        message: {
          type: 'message',
          ts: '{{ record.ts }}',
          text: '{{ record.text }}',
          thread_ts: '{{ record.thread_ts }}',
          user: '{{ record.user }}',
          bot_id: '{{ record.bot_id }}',
          team: '{{ record.team }}',
        },
      },
    },
    'message.update': {
      body: { required: ['channel', 'ts'], optional: ['text', 'blocks'] },
      oneOf: [['text', 'blocks']],
      keeps: [{ in: 'messages', id: '{{ body.ts }}', record: { text: '{{ body.text | default: }}' } }],
      answer: {
        ok: true,
        channel: '{{ body.channel }}',
        ts: '{{ body.ts }}',
        text: '{{ record.text }}',
        message: { text: '{{ record.text }}' },
      },
    },
    'conversation.open': {
      body: { required: ['users'] },
      keeps: [
        {
          in: 'conversations',
          sameBy: ['users'],
          id: 'D{{ short }}',
          record: { users: '{{ body.users }}' },
        },
      ],
      answer: { ok: true, channel: { id: '{{ record.id }}' } },
    },
    'user.find': {
      query: { required: ['email'] },
      keeps: [
        {
          in: 'users',
          sameBy: ['email'],
          id: 'U{{ short }}',
          record: { email: '{{ query.email }}' },
        },
      ],
      answer: {
        ok: true,
        user: {
          id: '{{ record.id }}',
          team_id: 'T0FAKETEAM',
          name: '{{ record.email }}',
          real_name: '{{ record.email }}',
          tz: 'Etc/UTC',
          deleted: false,
        },
      },
    },
    'account.check': {
      answer: {
        ok: true,
        url: 'https://fake.slack.com/',
        team: 'Fake team',
        team_id: 'T0FAKETEAM',
        user: 'fakebot',
        user_id: 'U0FAKEBOT',
        bot_id: 'B0FAKEBOT',
      },
    },
  },
  refusals: {
    bad_request: refused(200, 'invalid_arg_name'),
    unauthorized: refused(200, 'invalid_auth'),
    not_found: refused(200, 'channel_not_found'),
    rate_limited: refused(429, 'ratelimited', { 'retry-after': '{{ wait_s }}' }),
    server_error: refused(500, 'fatal_error'),
  },
}
