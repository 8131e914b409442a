import { connectorFormat, defineConnector } from '../define-connector.ts'
import { gohighlevelOperations, v3Operations } from '../payloads/gohighlevel-operations.ts'
import { gohighlevelReconcile, readChannels } from '../payloads/gohighlevel-reconcile.ts'
import { gohighlevelWebhooks } from '../webhooks/vendors/gohighlevel-webhooks.ts'

/**
 * GoHighLevel (LeadConnector API, version 2021-07-28; conversations still 2021-04-15). A connection is one location. The
 * vendor takes no idempotency key: messages are sent at most once, everything else sets rather than adds.
 */
export const gohighlevel = defineConnector({
  format: connectorFormat,
  connector: 'gohighlevel',
  vendor: 'HighLevel',
  baseUrl: 'https://services.leadconnectorhq.com',
  connection: {
    locationId: {
      type: 'string',
      pattern: '[\\w-]{1,64}',
      help: 'The id of the location (sub-account).',
    },
    companyId: {
      type: 'string',
      pattern: '[\\w-]{1,64}',
      help: 'The id of the agency, for webhooks that name nothing else.',
      optional: true,
    },
  },
  credentials: {
    accessToken: { help: 'A private integration token of the location.', optional: true },
    clientId: { help: 'The client id of the marketplace app, for a login instead.', optional: true },
    clientSecret: { help: 'Its client secret.', optional: true },
  },
  auth: [
    { kind: 'bearer', token: 'accessToken' },
    {
      kind: 'oauth2',
      grant: 'authorization_code',
      authorizeUrl: 'https://marketplace.gohighlevel.com/oauth/chooselocation',
      tokenUrl: 'https://services.leadconnectorhq.com/oauth/token',
      clientId: 'clientId',
      clientSecret: 'clientSecret',
      clientAuth: 'body',
      pkce: false,
      scopes: [
        'contacts.readonly',
        'contacts.write',
        'conversations.readonly',
        'conversations/message.readonly',
        'conversations/message.write',
        'opportunities.readonly',
        'opportunities.write',
        'calendars/events.write',
        'workflows.readonly',
      ],
      params: { user_type: 'Location' },
      refresh: { rotates: true, skewMs: 300_000 },
      // A login for another location than that of the document is refused.
      capture: { locationId: 'locationId' },
    },
  ],
  apiVersions: [
    { id: '2021-07-28', default: true, overlay: {} },
    {
      id: 'v3',
      overlay: {
        headers: { Version: 'v3' },
        operations: v3Operations,
      },
    },
  ],
  headers: { Version: '2021-07-28' },
  tables: {
    messageType: { sms: 'SMS', whatsapp: 'WhatsApp', email: 'Email' },
    readChannels,
  },
  operations: {
    'contact.upsert': {
      method: 'POST',
      path: '/contacts/upsert',
      effect: 'upsert',
      body: {
        locationId: '{{ connection.locationId }}',
        firstName: '{{ input.first_name }}',
        lastName: '{{ input.last_name }}',
        name: '{{ input.name }}',
        email: '{{ input.email | trim | lower }}',
        phone: '{{ input.phone | e164 }}',
        address1: '{{ input.address }}',
        city: '{{ input.city }}',
        state: '{{ input.state }}',
        postalCode: '{{ input.postal_code }}',
        country: '{{ input.country }}',
        timezone: '{{ input.timezone }}',
        website: '{{ input.website }}',
        companyName: '{{ input.company }}',
        source: '{{ input.source }}',
        tags: '{{ input.tags | list }}',
        assignedTo: '{{ input.assigned_to }}',
        customFields: '{{ input.custom_fields }}',
      },
      echoes: ['contact.created', 'contact.updated', 'contact.tags_changed'],
      output: { contact_id: '{{ answer.contact.id }}', created: '{{ answer.new }}' },
      spec: { file: 'contacts', path: '/contacts/upsert' },
    },
    'tag.add': {
      method: 'POST',
      path: '/contacts/{{ input.contact_id ?? entity.id }}/tags',
      effect: 'update',
      requires: ['input.tags'],
      body: { tags: '{{ input.tags | list }}' },
      echoes: ['contact.tags_changed'],
      output: { tags: '{{ answer.tags }}', added: '{{ answer.tagsAdded }}' },
      spec: { file: 'contacts', path: '/contacts/{contactId}/tags' },
    },
    'message.send': {
      method: 'POST',
      path: '/conversations/messages',
      effect: 'send',
      headers: { Version: '2021-04-15' },
      requires: ['input.channel'],
      body: {
        type: '{{ input.channel | map:messageType }}',
        contactId: '{{ input.contact_id ?? entity.id }}',
        message: '{{ input.text }}',
        subject: '{{ input.subject | one_line }}',
        html: '{{ input.html }}',
        toNumber: '{{ input.to | if_phone }}',
        emailTo: '{{ input.to | if_email }}',
        fromNumber: '{{ input.from_number }}',
        templateId: '{{ input.template_id }}',
        attachments: '{{ input.attachments | list }}',
      },
      echoes: ['message.sent'],
      output: { message_id: '{{ answer.messageId }}', conversation_id: '{{ answer.conversationId }}' },
      spec: { file: 'conversations', path: '/conversations/messages' },
    },
    'deal.update': {
      method: 'PUT',
      path: '/opportunities/{{ input.deal_id }}',
      effect: 'update',
      requires: ['input.deal_id'],
      body: {
        pipelineId: '{{ input.pipeline_id }}',
        pipelineStageId: '{{ input.stage_id }}',
        name: '{{ input.name }}',
        status: '{{ input.status }}',
        monetaryValue: '{{ input.value | number }}',
        assignedTo: '{{ input.assigned_to }}',
      },
      echoes: [
        'deal.updated',
        'deal.stage_changed',
        'deal.status_changed',
        'deal.value_changed',
        'deal.assigned',
      ],
      output: { deal_id: '{{ answer.opportunity.id }}', status: '{{ answer.opportunity.status }}' },
      spec: { file: 'opportunities', path: '/opportunities/{id}' },
    },
    ...gohighlevelOperations,
  },
  channels: { sms: 'message.send', whatsapp: 'message.send', email: 'message.send' },
  errors: [
    {
      when: { status: 429 },
      kind: 'rate_limited',
      notExecuted: true,
      retryAfter: { header: 'x-ratelimit-interval-milliseconds', unit: 'ms' },
      waitMs: 10_000,
    },
  ],
  limits: { perSecond: 8, concurrency: 8, timeoutMs: 15_000 },
  budget: [
    {
      remaining: 'x-ratelimit-remaining',
      reset: { header: 'x-ratelimit-interval-milliseconds', unit: 'ms' },
    },
    { remaining: 'x-ratelimit-daily-remaining', waitMs: 900_000 },
  ],
  webhooks: gohighlevelWebhooks,
  reconcile: gohighlevelReconcile,
  health: 'account.check',
  facts: [
    {
      says: 'Operations, headers and bodies are as described; tests check every request against the description.',
      source: 'GoHighLevel/highlevel-api-docs 0af86a4, apps/*.json (CC0)',
      checked: '2026-11-23',
    },
    {
      says: 'Version v3 differs in paths and queries that no operation here uses, and in the header. The requests were not checked against it.',
      source: 'GoHighLevel/highlevel-api-docs apps/v3, compared with 2021-07-28',
      checked: '2026-11-23',
    },
    {
      says: '100 calls in 10 s and 200,000 a day for an app and location, told by X-RateLimit-* headers.',
      source: 'vendor documentation, "OAuth 2.0: rate limits"',
      checked: '2026-11-23',
    },
    {
      says: 'X-GHL-Signature is Ed25519 over the raw body, X-WH-Signature RSA with SHA-256; a webhook is sent again only after a 429.',
      source: 'vendor documentation, webhook integration guide; highlevel-api-docs issue 257',
      checked: '2026-11-23',
    },
    {
      says: 'The webhooks for contacts, tags, opportunities and outbound messages tell of changes made through the API too.',
      source: 'vendor documentation, webhook events',
      checked: '2026-11-23',
    },
    {
      says: 'The token endpoint takes a form with user_type; its answer names the locationId; access tokens live a day, refresh tokens a year and change with every use.',
      source: 'GoHighLevel/highlevel-api-docs 0af86a4, apps/oauth.json; vendor documentation, OAuth 2.0',
      checked: '2026-11-23',
    },
    {
      says: 'The body of POST /contacts/search (page, pageLimit up to 500, 10,000 contacts at most by pages, query, filters, sort) is not in the description. (From a secondary source.)',
      source: 'help.hoopai.com/api-reference/overview/contacts-search',
      checked: '2026-11-23',
    },
    {
      says: 'Messages are read by GET /conversations/messages/export with startDate and a cursor; without channel it leaves mail out. That items are shown within ten minutes of when they happened, and that contacts are filtered by {field: dateUpdated, operator: range, value: {gte: ms}}, is remembered.',
      source: 'GoHighLevel/highlevel-api-docs 0af86a4, apps/conversations.json (CC0); for contacts none',
      checked: '2026-11-23',
    },
    {
      says: 'The address for logging in, and the names of scopes, are remembered.',
      source: 'vendor documentation, OAuth 2.0: scopes',
      checked: '2026-11-23',
    },
    {
      says: 'There is no idempotency key in any description.',
      source: 'GoHighLevel/highlevel-api-docs 0af86a4',
      checked: '2026-11-23',
    },
    {
      says: 'The address of webhooks is entered in the settings of the marketplace app. (Remembered, not checked.)',
      source: 'marketplace.gohighlevel.com/docs: Webhook Integration Guide',
      checked: '2026-11-23',
    },
  ],
})
