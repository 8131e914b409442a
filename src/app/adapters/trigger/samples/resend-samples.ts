import type { JsonObject } from '../../../../kernel/json.ts'
import { connectionText } from '../sample.ts'
import type { Sample } from '../sample.ts'

const mail = (event: string, vendorName: string, more: JsonObject = {}): Sample => ({
  event,
  vendorName,
  needs: [],
  format: 'json',
  make: (context) => ({
    type: vendorName,
    created_at: context.now.toISOString(),
    data: {
      email_id: context.id,
      from: connectionText(context, 'from'),
      to: ['lead@example.com'],
      subject: 'Your question',
      created_at: context.now.toISOString(),
      ...more,
    },
  }),
})

/** One for every event that comes of Resend's webhooks. */
export const resendSamples: readonly Sample[] = [
  mail('message.delivered', 'email.delivered'),
  mail('message.read', 'email.opened'),
  mail('message.failed', 'email.bounced', { bounce: { type: 'Permanent', message: 'No such mailbox' } }),
  mail('message.delayed', 'email.delivery_delayed'),
  mail('message.complained', 'email.complained'),
  mail('message.clicked', 'email.clicked'),
]
