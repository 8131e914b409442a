import { connectorFormat, defineConnector } from '../define-connector.ts'
import { whatsappWebhooks } from '../webhooks/vendors/whatsapp-webhooks.ts'

/**
 * WhatsApp Business Cloud: messages from one number. The vendor takes no idempotency key: a message is sent at most once. An accepted
 * message may still fail (131047, 131049, 131026 come by webhook); receipts find the command by its message id.
 */
export const whatsapp = defineConnector({
  format: connectorFormat,
  connector: 'whatsapp',
  vendor: 'WhatsApp Business Cloud',
  baseUrl: 'https://graph.facebook.com/v23.0',
  connection: {
    phoneNumberId: {
      type: 'string',
      pattern: '\\d{5,20}',
      help: 'The id of the number that messages come from; not the number.',
    },
    businessAccountId: {
      type: 'string',
      pattern: '\\d{5,20}',
      help: 'The id of the WhatsApp business account: for templates, and for webhooks about the account.',
      optional: true,
    },
  },
  credentials: {
    accessToken: { help: 'A token of a system user with whatsapp_business_messaging, which does not end.' },
  },
  auth: [{ kind: 'bearer', token: 'accessToken' }],
  apiVersions: [
    { id: 'v23.0', default: true, overlay: {} },
    { id: 'v24.0', overlay: { baseUrl: 'https://graph.facebook.com/v24.0' } },
  ],
  headers: {},
  // What a message is follows from what is given: `true | map` is the word, and nothing without a value.
  tables: {
    asTemplate: { true: 'template' },
    // A message may say `false`.
    asText: { true: 'text', false: 'text' },
    asImage: { true: 'image' },
    asVideo: { true: 'video' },
    asAudio: { true: 'audio' },
    asDocument: { true: 'document' },
    asBody: { true: 'body' },
    parameterFormat: { POSITIONAL: 'place', NAMED: 'name' },
  },
  operations: {
    'message.send': {
      method: 'POST',
      path: '/{{ connection.phoneNumberId }}/messages',
      effect: 'send',
      requires: [
        'input.to',
        'input.text ?? input.template_id ?? input.image ?? input.video ?? input.audio ?? input.document',
      ],
      body: {
        $merge: [
          {
            messaging_product: 'whatsapp',
            recipient_type: 'individual',
            to: '{{ input.to | if_phone | e164 }}',
            context: { message_id: '{{ input.reply_to }}' },
          },
          {
            type: '{{ input.text | boolean | map:asText }}',
            text: { body: '{{ input.text }}', preview_url: '{{ input.preview_url }}' },
          },
          {
            type: '{{ input.image | boolean | map:asImage }}',
            image: { link: '{{ input.image.link }}', caption: '{{ input.image.caption }}' },
          },
          {
            type: '{{ input.video | boolean | map:asVideo }}',
            video: { link: '{{ input.video.link }}', caption: '{{ input.video.caption }}' },
          },
          { type: '{{ input.audio | boolean | map:asAudio }}', audio: { link: '{{ input.audio.link }}' } },
          {
            type: '{{ input.document | boolean | map:asDocument }}',
            document: {
              link: '{{ input.document.link }}',
              caption: '{{ input.document.caption }}',
              filename: '{{ input.document.filename }}',
            },
          },
          {
            type: '{{ input.template_id | boolean | map:asTemplate }}',
            template: {
              $merge: [
                {
                  name: '{{ input.template_id }}',
                  language: { code: '{{ input.language }}' },
                  components: [
                    {
                      type: '{{ input.params | filled | pairs | boolean | map:asBody }}',
                      parameters: {
                        $each: 'input.params | filled | pairs',
                        as: 'param',
                        do: {
                          $merge: [
                            { type: 'text', text: '{{ param.value | string | one_line }}' },
                            { parameter_name: '{{ param.name }}' },
                          ],
                        },
                      },
                    },
                  ],
                },
                // Headers and buttons, in the vendor's words: then with the body.
                { components: '{{ input.components }}' },
              ],
            },
          },
        ],
      },
      output: { message_id: '{{ answer.messages.0.id }}', status: '{{ answer.messages.0.message_status }}' },
      spec: { file: 'whatsapp', path: '/{Version}/{Phone-Number-ID}/messages' },
    },
    'message.mark_read': {
      method: 'POST',
      path: '/{{ connection.phoneNumberId }}/messages',
      effect: 'update',
      requires: ['input.message_id'],
      body: { messaging_product: 'whatsapp', status: 'read', message_id: '{{ input.message_id }}' },
      output: { success: '{{ answer.success }}' },
      spec: { file: 'whatsapp', path: '/{Version}/{Phone-Number-ID}/messages' },
    },
    'template.list': {
      method: 'GET',
      path: '/{{ connection.businessAccountId }}/message_templates',
      effect: 'read',
      requires: ['connection.businessAccountId'],
      query: {
        fields: 'name,language,status,category,components,parameter_format,rejected_reason',
        name: '{{ input.name }}',
      },
      pagination: {
        kind: 'cursor',
        items: 'data',
        next: 'paging.cursors.after',
        param: 'after',
        size: { param: 'limit', value: 100 },
      },
    },
    'account.check': {
      method: 'GET',
      path: '/{{ connection.phoneNumberId }}',
      effect: 'read',
      query: { fields: 'display_phone_number,verified_name,quality_rating' },
      output: {
        account: '{{ answer.verified_name }}',
        number: '{{ answer.display_phone_number }}',
        quality: '{{ answer.quality_rating }}',
      },
    },
  },
  channels: { whatsapp: 'message.send' },
  messages: { whatsapp: { textMax: 4_096 } },
  templates: {
    channels: ['whatsapp'],
    name: '[a-z0-9_]{1,512}',
    language: true,
    list: 'template.list',
    approved: ['APPROVED'],
    item: {
      name: '{{ item.name }}',
      language: '{{ item.language }}',
      status: '{{ item.status | upper }}',
      category: '{{ item.category }}',
      by: '{{ item.parameter_format | default:POSITIONAL | upper | map:parameterFormat }}',
      reason: '{{ item.rejected_reason }}',
      parts: {
        $each: 'item.components',
        as: 'part',
        do: {
          kind: '{{ part.type | upper }}',
          format: '{{ part.format | upper }}',
          text: '{{ part.text }}',
          buttons: {
            $each: 'part.buttons',
            as: 'button',
            do: { kind: '{{ button.type | upper }}', text: '{{ button.text }}', url: '{{ button.url }}' },
          },
        },
      },
    },
  },
  errors: [
    {
      when: { body: { 'error.code': [4, 80007, 130429] } },
      kind: 'rate_limited',
      notExecuted: true,
      waitMs: 10_000,
    },
    {
      when: { body: { 'error.code': 131056 } },
      kind: 'transient',
      notExecuted: true,
      waitMs: 6_000,
      says: 'Too many messages to this one person in a short time.',
    },
    {
      when: { body: { 'error.code': [0, 190] } },
      kind: 'credentials',
      notExecuted: true,
      says: 'The access token is not accepted or over: make one of a system user and store it.',
    },
    {
      when: { body: { 'error.code': [131031, 131042, 133010, 368] } },
      kind: 'credentials',
      notExecuted: true,
      says: 'The account may not send now: blocked (131031, 368), a payment is due (131042), or the number is not registered (133010). See the WhatsApp Manager.',
    },
    {
      when: { body: { 'error.code': [3, 10, 200, 131005] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The token lacks a permission: whatsapp_business_messaging to send, whatsapp_business_management for templates.',
    },
    {
      when: { body: { 'error.code': 131047 } },
      kind: 'permanent',
      notExecuted: true,
      says: 'More than 24 hours since the person wrote: only a template may be sent.',
    },
    {
      when: { body: { 'error.code': 131026 } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The number cannot get it: not on WhatsApp, its terms not accepted, or the app too old.',
    },
    {
      when: { body: { 'error.code': [131048, 131049, 130472] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'WhatsApp holds marketing back from this person or this number. Sending it again makes it worse.',
    },
    {
      when: { body: { 'error.code': [132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018] } },
      kind: 'permanent',
      notExecuted: true,
      says: 'The template is not there in that language, is paused, or has other parameters: compare: neuronx adapter test NAME --templates.',
    },
    {
      when: { body: { 'error.code': [100, 131008, 131009, 131021, 131030, 131051, 131052, 131053] } },
      kind: 'permanent',
      notExecuted: true,
    },
    { when: { body: { 'error.code': [1, 2, 131000, 131016, 133004] } }, kind: 'transient' },
  ],
  limits: { perSecond: 20, concurrency: 8, timeoutMs: 15_000 },
  webhooks: whatsappWebhooks,
  health: 'account.check',
  facts: [
    {
      says: 'Paths, the shapes of text, media and template messages, and errors as { error: { message, type, code, error_subcode, error_data, fbtrace_id } }.',
      source: 'facebook/openapi business-messaging-api_v23.0.yaml (MIT)',
      checked: '2026-11-23',
    },
    {
      says: 'What the codes 0, 1, 2, 3, 4, 10, 100, 190, 368, 80007, 130429, 130472, 131026, 131031, 131042, 131048, 131049 mean. 80 messages a second and number, one in 6 s to one person. (From secondary sources.)',
      source: 'copies of Meta’s error table: developers.kaleyra.io, niswey.com, wolkvox.helpjuice.com',
      checked: '2026-11-23',
    },
    {
      says: 'Parameters of a template may not hold line breaks, tabs or more than four spaces in a row, and none may be empty (132018, 131008): breaks become spaces here, and an empty one is refused before anything is sent. Names of templates are lower-case letters, digits and underscores; a text has 4,096 characters at most, the body of a template 1,024. Templates have status, category, parameter_format (POSITIONAL or NAMED) and components. (Remembered, not checked.)',
      source:
        'developers.facebook.com/docs/whatsapp: cloud-api/support/error-codes, business-management-api/message-templates',
      checked: '2026-11-23',
    },
    {
      says: 'The other codes, marking as read, named parameters, the fields of the number, the pages of templates, v24.0 and that there is no idempotency key are remembered, not checked.',
      source: 'developers.facebook.com/docs/whatsapp/cloud-api',
      checked: '2026-11-23',
    },
    {
      says: 'The app is subscribed to an account at /{account}/subscribed_apps, with override_callback_uri and verify_token for an address of its own; Meta asks the address at once. DELETE ends the subscription. (Remembered, not checked.)',
      source: 'developers.facebook.com/docs/whatsapp: Override callback URL',
      checked: '2026-11-23',
    },
  ],
})
