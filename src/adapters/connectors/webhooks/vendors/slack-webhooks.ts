import { slackRegistration } from '../registration/registrations-by-hand.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { WebhookDefinition } from '../webhook-definition.ts'

const message = {
  message_id: '{{ body.event.ts }}',
  channel: 'slack',
  conversation_id: '{{ body.event.channel }}',
  thread_id: '{{ body.event.thread_ts }}',
  user_id: '{{ body.event.user }}',
  text: '{{ body.event.text }}',
  kind: '{{ body.event.subtype }}',
}

/** What somebody said, however it is shown: with a file, to the whole channel as well, as `/me`. Every other subtype tells of something else. */
const said = ['file_share', 'thread_broadcast', 'me_message']

const envelope = [
  'token',
  'team_id',
  'api_app_id',
  'event_id',
  'event_time',
  'authorizations',
  'type',
  'event_context',
]

/**
 * Slack: events, interactions and slash commands of an app. An app's secret signs for all workspaces that it is installed in, so every
 * payload must be for the connection's. What a bot posted (we, most often) is never taken for a message that came in.
 */
export const slackWebhooks = {
  schemes: signatureSchemes.slack.schemes,
  keys: { signingSecret: { kind: 'secret', help: "The app's signing secret." } },
  format: 'either',
  formJson: 'payload',
  handshake: [{ kind: 'echo_body', path: 'challenge', when: { type: 'url_verification' } }],
  sentAt: { at: '{{ body.event_time }}', unit: 's', window: false },
  toleranceMs: 300_000,
  deliveryId: '{{ body.event_id ?? body.trigger_id }}',
  hashHorizonMs: 3_600_000,
  type: '{{ body.event.type ?? body.type }}',
  account: [{ payload: '{{ body.team_id ?? body.team.id }}', connection: 'teamId' }],
  envelope,
  events: [
    {
      when: 'message',
      emit: 'message.received',
      requires: ['event.channel', 'event.ts'],
      data: { ...message, direction: 'inbound' },
      covers: ['event'],
    },
    {
      when: 'message of a bot',
      emit: 'message.posted',
      requires: [],
      data: { ...message, bot_id: '{{ body.event.bot_id }}' },
      covers: ['event'],
    },
    {
      when: 'message changed',
      emit: 'message.changed',
      requires: [],
      data: { ...message, event: '{{ body.event }}' },
      covers: ['event'],
    },
    {
      when: 'app_mention',
      emit: 'mention.received',
      requires: ['event.channel'],
      data: message,
      covers: ['event'],
    },
    {
      when: 'reaction_added',
      emit: 'reaction.added',
      requires: [],
      data: {
        reaction: '{{ body.event.reaction }}',
        user_id: '{{ body.event.user }}',
        conversation_id: '{{ body.event.item.channel }}',
        message_id: '{{ body.event.item.ts }}',
      },
      covers: ['event'],
    },
    {
      when: 'block_actions',
      emit: 'interaction.received',
      requires: [],
      data: {
        user_id: '{{ body.user.id }}',
        conversation_id: '{{ body.channel.id }}',
        message_id: '{{ body.message.ts }}',
        actions: '{{ body.actions }}',
      },
      covers: ['user', 'channel', 'actions', 'response_url', 'trigger_id'],
    },
    {
      when: 'view_submission',
      emit: 'interaction.submitted',
      requires: [],
      data: { user_id: '{{ body.user.id }}', values: '{{ body.view.state.values }}' },
      covers: ['user', 'response_urls', 'trigger_id'],
    },
    {
      when: 'slash command',
      emit: 'command.received',
      requires: ['command'],
      data: {
        command: '{{ body.command }}',
        text: '{{ body.text }}',
        user_id: '{{ body.user_id }}',
        conversation_id: '{{ body.channel_id }}',
      },
      covers: ['command', 'text', 'user_id', 'channel_id', 'response_url', 'trigger_id'],
    },
    { when: 'app_uninstalled', emit: 'app.uninstalled', requires: [], data: {}, covers: ['event'] },
    {
      when: 'tokens_revoked',
      emit: 'credentials.revoked',
      requires: [],
      data: { tokens: '{{ body.event.tokens }}' },
      covers: ['event'],
    },
  ],
  shapes: [
    {
      as: 'message of a bot',
      corrects: ['message'],
      match: { 'event.bot_id': { exists: true } },
      isRegular: true,
    },
    {
      as: 'message changed',
      corrects: ['message'],
      match: { 'event.bot_id': { exists: false }, 'event.subtype': { otherThan: said } },
      isRegular: true,
    },
    {
      as: 'slash command',
      match: { command: { exists: true }, response_url: { exists: true } },
      isRegular: true,
    },
  ],
  // Whatever stands in the answer to a slash command is shown to who typed it.
  answer: { status: 200, contentType: 'text/plain; charset=utf-8', body: '' },
  busyStatus: 503,
  register: slackRegistration,
} as const satisfies WebhookDefinition
