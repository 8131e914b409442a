import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import { connectionText } from '../sample.ts'
import type { Sample, SampleContext } from '../sample.ts'

const lead = '15005550100'
const seconds = ({ now }: SampleContext): number => Math.floor(now.getTime() / 1_000)

const delivery = (context: SampleContext, field: string, value: JsonObject): JsonObject => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: connectionText(context, 'businessAccountId') || '100000000000001',
      // What is about the account has no id of its own: by its time it is no repeat.
      time: seconds(context),
      changes: [{ field, value }],
    },
  ],
})

/** About a number. */
const ofNumber = (
  event: string,
  vendorName: string,
  list: 'messages' | 'statuses' | 'errors',
  item: (context: SampleContext) => JsonObject,
  more: JsonObject = {},
): Sample => ({
  event,
  vendorName,
  needs: ['phoneNumberId'],
  format: 'json',
  make: (context) => {
    const items: JsonValue = [item(context)]
    return delivery(context, 'messages', {
      messaging_product: 'whatsapp',
      metadata: {
        display_phone_number: '15005550006',
        phone_number_id: connectionText(context, 'phoneNumberId'),
      },
      ...more,
      [list]: items,
    })
  },
})

/** About the business account. */
const ofAccount = (event: string, field: string, value: JsonObject): Sample => ({
  event,
  vendorName: field,
  needs: ['businessAccountId'],
  format: 'json',
  make: (context) => delivery(context, field, value),
})

const status = (event: string, state: string, more: JsonObject = {}): Sample =>
  ofNumber(event, `status ${state}`, 'statuses', (context) => ({
    id: `wamid.${context.id}`,
    status: state,
    timestamp: String(seconds(context)),
    recipient_id: lead,
    ...more,
  }))

/** One for every event that comes of WhatsApp's webhooks. */
export const whatsappSamples: readonly Sample[] = [
  ofNumber(
    'message.received',
    'message',
    'messages',
    (context) => ({
      from: lead,
      id: `wamid.${context.id}`,
      timestamp: String(seconds(context)),
      type: 'text',
      text: { body: 'Hello, what does it cost?' },
    }),
    { contacts: [{ profile: { name: 'Ada Example' }, wa_id: lead }] },
  ),
  status('message.delivered', 'delivered'),
  status('message.read', 'read'),
  status('message.failed', 'failed', { errors: [{ code: 131_026, title: 'Message undeliverable' }] }),
  ofNumber('integration.error', 'error', 'errors', (context) => ({
    code: 130_429,
    title: `Rate limit hit (${context.id})`,
  })),
  ofAccount('template.status_changed', 'message_template_status_update', {
    event: 'APPROVED',
    message_template_name: 'welcome',
    message_template_language: 'en',
    reason: 'NONE',
  }),
  ofAccount('phone_number.quality_changed', 'phone_number_quality_update', {
    event: 'FLAGGED',
    display_phone_number: '15005550006',
    current_limit: 'TIER_1K',
  }),
  ofAccount('account.changed', 'account_update', { event: 'VERIFIED_ACCOUNT', phone_number: '15005550006' }),
]
