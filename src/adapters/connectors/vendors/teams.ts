import { connectorFormat, defineConnector } from '../define-connector.ts'
import { teamsWebhooks } from '../webhooks/vendors/teams-webhooks.ts'

/**
 * Microsoft Teams by Graph, in the name of a person: Graph lets no application post by itself, so a person logs in (`adapter auth
 * login`) and messages are theirs. For posting without a person there is teams-workflow. The vendor takes no idempotency key.
 */
export const teams = defineConnector({
  format: connectorFormat,
  connector: 'teams',
  vendor: 'Microsoft Teams (Graph)',
  baseUrl: 'https://graph.microsoft.com/v1.0',
  connection: {
    tenantId: {
      type: 'string',
      pattern: '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
      help: 'The id of the Entra tenant (directory).',
    },
    teamId: {
      type: 'string',
      pattern: '[\\w-]{1,64}',
      help: 'The id of the team that messages go to when they name none.',
      optional: true,
    },
    channelId: {
      type: 'string',
      pattern: '19:[\\w.@-]{1,200}',
      help: 'The id of its channel (19:…@thread.tacv2).',
      optional: true,
    },
  },
  credentials: {
    clientId: { help: 'The application (client) id of the app registration.' },
    clientSecret: { help: 'Its client secret; not for public clients.', optional: true },
  },
  auth: [
    {
      kind: 'oauth2',
      grant: 'authorization_code',
      authorizeUrl: 'https://login.microsoftonline.com/{{connection.tenantId}}/oauth2/v2.0/authorize',
      tokenUrl: 'https://login.microsoftonline.com/{{connection.tenantId}}/oauth2/v2.0/token',
      clientId: 'clientId',
      clientSecret: 'clientSecret',
      clientAuth: 'body',
      pkce: true,
      scopes: [
        'offline_access',
        'User.Read',
        'ChannelMessage.Send',
        'ChatMessage.Send',
        'Channel.ReadBasic.All',
      ],
      refresh: {
        rotates: true,
        skewMs: 300_000,
        fatal: {
          error: ['interaction_required', 'consent_required', 'invalid_client', 'unauthorized_client'],
        },
      },
    },
  ],
  headers: {},
  // `text` is shown as it is: names of leads come in it.
  tables: { contentType: { text: 'text', html: 'html' } },
  operations: {
    'message.send': {
      method: 'POST',
      path: '/teams/{{ input.team_id ?? connection.teamId }}/channels/{{ input.to ?? connection.channelId }}/messages',
      effect: 'send',
      requires: ['input.team_id ?? connection.teamId', 'input.to ?? connection.channelId', 'input.text'],
      body: {
        subject: '{{ input.subject }}',
        importance: '{{ input.importance }}',
        body: {
          contentType: '{{ input.format | default:text | map:contentType }}',
          content: '{{ input.text }}',
        },
      },
      output: { message_id: '{{ answer.id }}', url: '{{ answer.webUrl }}' },
    },
    'message.reply': {
      method: 'POST',
      path: '/teams/{{ input.team_id ?? connection.teamId }}/channels/{{ input.to ?? connection.channelId }}/messages/{{ input.thread_id }}/replies',
      effect: 'send',
      requires: [
        'input.team_id ?? connection.teamId',
        'input.to ?? connection.channelId',
        'input.thread_id',
        'input.text',
      ],
      body: {
        body: {
          contentType: '{{ input.format | default:text | map:contentType }}',
          content: '{{ input.text }}',
        },
      },
      output: { message_id: '{{ answer.id }}' },
    },
    'chat.send': {
      method: 'POST',
      path: '/chats/{{ input.to }}/messages',
      effect: 'send',
      requires: ['input.to', 'input.text'],
      body: {
        body: {
          contentType: '{{ input.format | default:text | map:contentType }}',
          content: '{{ input.text }}',
        },
      },
      output: { message_id: '{{ answer.id }}' },
    },
    'channel.list': {
      method: 'GET',
      path: '/teams/{{ input.team_id ?? connection.teamId }}/channels',
      effect: 'read',
      requires: ['input.team_id ?? connection.teamId'],
      output: {
        channels: {
          $each: 'answer.value',
          as: 'channel',
          do: { id: '{{ channel.id }}', name: '{{ channel.displayName }}' },
        },
      },
    },
    'account.check': {
      method: 'GET',
      path: '/me',
      effect: 'read',
      output: { account_id: '{{ answer.id }}', user: '{{ answer.userPrincipalName ?? answer.displayName }}' },
    },
  },
  channels: { teams: 'message.send' },
  errors: [
    {
      when: { status: 403 },
      kind: 'permanent',
      notExecuted: true,
      says: 'The person who logged in may not post there: let them join the team, or consent to ChannelMessage.Send and log in again.',
    },
    {
      when: { status: 412 },
      kind: 'permanent',
      notExecuted: true,
      says: 'Graph lets no application post by itself: log in as a person, or use the connector teams-workflow.',
    },
  ],
  limits: { perSecond: 2, concurrency: 4, timeoutMs: 15_000 },
  webhooks: teamsWebhooks,
  health: 'account.check',
  facts: [
    {
      says: 'Applications alone cannot post ordinary messages; a person (delegated) can. Change notifications are not signed: clientState is compared. 429 comes with Retry-After. (From secondary sources.)',
      source: 'research: answers of Microsoft staff; learn.microsoft.com, Graph throttling limits',
      checked: '2026-11-23',
    },
    {
      says: 'Paths, bodies, scopes, the endpoints of Entra and error bodies { error: { code, message } } are remembered; chatMessage is in the published metadata.',
      source: 'microsoftgraph/msgraph-metadata schemas/v1.0-Prod.csdl; learn.microsoft.com, chatMessage',
      checked: '2026-11-23',
    },
    {
      says: 'Subscriptions of Graph end by themselves and are renewed by whoever made them; those to messages last three days at most. (Remembered, not checked.)',
      source: 'learn.microsoft.com/graph: subscription resource type',
      checked: '2026-11-23',
    },
  ],
})
