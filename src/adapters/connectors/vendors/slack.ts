import { connectorFormat, defineConnector } from '../define-connector.ts'
import { slackWebhooks } from '../webhooks/vendors/slack-webhooks.ts'

/**
 * Slack's Web API as a bot of one workspace. Errors come with status 200. The vendor takes no idempotency key: a message is sent at
 * most once. `text` cannot mention anybody or hide an address behind words: names of leads come in it. What is meant to be formatted goes
 * into `blocks`.
 */
export const slack = defineConnector({
  format: connectorFormat,
  connector: 'slack',
  vendor: 'Slack',
  baseUrl: 'https://slack.com/api',
  connection: {
    channel: {
      type: 'string',
      pattern: '[CDGU][A-Z0-9]{6,20}',
      help: 'The id of the channel that messages go to when they name none.',
      optional: true,
    },
    teamId: {
      type: 'string',
      pattern: '[TE][A-Z0-9]{4,20}',
      help: 'The id of the workspace (T…), whose webhooks are taken.',
      optional: true,
    },
  },
  credentials: { botToken: { help: 'The bot token of the app (xoxb-…).' } },
  auth: [{ kind: 'bearer', token: 'botToken' }],
  headers: {},
  tables: {},
  operations: {
    'message.send': {
      method: 'POST',
      path: '/chat.postMessage',
      effect: 'send',
      encode: 'form',
      requires: ['input.to ?? connection.channel', 'input.text ?? input.blocks'],
      body: {
        channel: '{{ input.to ?? connection.channel }}',
        text: '{{ input.text | escape }}',
        blocks: '{{ input.blocks | json }}',
        thread_ts: '{{ input.thread_id }}',
        reply_broadcast: '{{ input.reply_broadcast }}',
        unfurl_links: '{{ input.unfurl_links }}',
        unfurl_media: '{{ input.unfurl_media }}',
      },
      output: { message_id: '{{ answer.ts }}', channel_id: '{{ answer.channel }}' },
      spec: { file: 'slack', path: '/chat.postMessage' },
    },
    'message.update': {
      method: 'POST',
      path: '/chat.update',
      effect: 'update',
      encode: 'form',
      requires: ['input.message_id', 'input.to ?? connection.channel', 'input.text ?? input.blocks'],
      body: {
        channel: '{{ input.to ?? connection.channel }}',
        ts: '{{ input.message_id }}',
        text: '{{ input.text | escape }}',
        blocks: '{{ input.blocks | json }}',
      },
      output: { message_id: '{{ answer.ts }}', channel_id: '{{ answer.channel }}' },
      spec: { file: 'slack', path: '/chat.update' },
    },
    'conversation.open': {
      method: 'POST',
      path: '/conversations.open',
      effect: 'upsert',
      encode: 'form',
      requires: ['input.users'],
      body: { users: '{{ input.users | list | join:, }}' },
      output: { channel_id: '{{ answer.channel.id }}' },
      spec: { file: 'slack', path: '/conversations.open' },
    },
    'user.find': {
      method: 'GET',
      path: '/users.lookupByEmail',
      effect: 'read',
      requires: ['input.email'],
      query: { email: '{{ input.email | trim | lower }}' },
      output: {
        user_id: '{{ answer.user.id }}',
        name: '{{ answer.user.real_name ?? answer.user.name }}',
        timezone: '{{ answer.user.tz }}',
      },
      spec: { file: 'slack', path: '/users.lookupByEmail' },
    },
    'account.check': {
      method: 'GET',
      path: '/auth.test',
      effect: 'read',
      output: { account: '{{ answer.team }}', account_id: '{{ answer.team_id }}', user: '{{ answer.user }}' },
      spec: { file: 'slack', path: '/auth.test' },
    },
  },
  channels: { slack: 'message.send' },
  messages: { slack: { textMax: 40_000 } },
  errors: [
    {
      when: { body: { ok: false, error: ['ratelimited', 'rate_limited'] } },
      kind: 'rate_limited',
      notExecuted: true,
      waitMs: 30_000,
    },
    { when: { body: { ok: false, error: 'token_expired' } }, kind: 'expired', notExecuted: true },
    {
      when: {
        body: { ok: false, error: ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked'] },
      },
      kind: 'credentials',
      notExecuted: true,
      says: 'The bot token is not accepted: install the app again and store its new token.',
    },
    {
      when: { body: { ok: false, error: ['missing_scope', 'no_permission', 'not_allowed_token_type'] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The app lacks a scope: chat:write to send, im:write to open a conversation, users:read.email to find people.',
    },
    {
      when: { body: { ok: false, error: ['not_in_channel', 'is_archived', 'restricted_action'] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The app may not write there: invite it to the channel, or name one that is not archived.',
    },
    {
      when: {
        body: {
          ok: false,
          error: ['channel_not_found', 'users_not_found', 'user_not_found', 'message_not_found'],
        },
      },
      kind: 'not_found',
      notExecuted: true,
    },
    {
      when: {
        body: {
          ok: false,
          error: ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'],
        },
      },
      kind: 'transient',
    },
    { when: { status: '2xx', body: { ok: false } }, kind: 'permanent', notExecuted: true },
  ],
  limits: { perSecond: 1, concurrency: 4, timeoutMs: 10_000 },
  webhooks: slackWebhooks,
  health: 'account.check',
  facts: [
    {
      says: 'Methods, parameters and the errors not_in_channel, is_archived, rate_limited, not_authed, invalid_auth, account_inactive, channel_not_found, users_not_found, no_permission. Tests check every request.',
      source:
        'slackapi/slack-api-specs bc08db4, web-api/slack_web_openapi_v2_without_examples.json (MIT, 2021)',
      checked: '2026-11-23',
    },
    {
      says: 'The token goes into the Authorization header, although the description has it as a parameter; errors come as { ok: false } with status 200; text escapes &, < and >, and is cut after 40,000 characters. (Remembered, not checked.)',
      source: 'docs.slack.dev: Using the Web API; Formatting message text',
      checked: '2026-11-23',
    },
    {
      says: 'About one message a second and channel; 429 with Retry-After. (From secondary sources.)',
      source: 'docs.slack.dev: Rate limits',
      checked: '2026-11-23',
    },
    {
      says: 'ratelimited, token_expired, token_revoked, missing_scope, not_allowed_token_type, restricted_action, user_not_found, message_not_found and the errors of the server are remembered, not checked.',
      source: 'docs.slack.dev: the pages of the methods',
      checked: '2026-11-23',
    },
    {
      says: 'Addresses for events and buttons are entered in the settings of the app. (Remembered, not checked.)',
      source: 'docs.slack.dev: Events API; Interactivity',
      checked: '2026-11-23',
    },
  ],
})
