import type { WebhookRegistration } from './webhook-registration.ts'

/** Slack keeps the address with the app. */
export const slackRegistration: WebhookRegistration = {
  kind: 'steps',
  steps: [
    'A daemon must run: Slack asks the address at once.',
    'Open https://api.slack.com/apps and choose the app.',
    'Event Subscriptions: switch them on, and enter {{ address }} as Request URL. It must say Verified.',
    'Subscribe to bot events: message.channels, message.im, app_mention, and whatever else is wanted; save.',
    'Where buttons are used: Interactivity & Shortcuts, switch it on, and enter {{ address }} there too.',
    'Basic Information: store the Signing Secret under the name that `webhooks.signingSecret` of the document gives.',
  ],
}

/** GoHighLevel keeps the address with the marketplace app, for all locations that installed it. */
export const gohighlevelRegistration: WebhookRegistration = {
  kind: 'steps',
  steps: [
    'Open https://marketplace.gohighlevel.com and choose the app under My Apps.',
    'Advanced Settings, Webhooks: enter {{ address }} as Webhook URL.',
    'Choose the events, and save. They come from every location that has installed the app: one with another location id than that of the document becomes a dead letter.',
  ],
}

/** Graph's subscriptions end by themselves, and neuronx does not renew them: whoever makes them keeps them. */
export const teamsRegistration: WebhookRegistration = {
  kind: 'steps',
  steps: [
    'neuronx makes and renews no subscriptions of Graph: they end after three days at the latest, and whoever makes them must renew them before.',
    'A daemon must run: Graph asks the address while a subscription is made.',
    'POST https://graph.microsoft.com/v1.0/subscriptions with changeType created, notificationUrl and lifecycleNotificationUrl {{ address }}, the resource (such as teams/TEAM/channels/CHANNEL/messages), an expirationDateTime, and as clientState the secret that `webhooks.clientState` of the document names.',
    'PATCH https://graph.microsoft.com/v1.0/subscriptions/ID with a new expirationDateTime before it ends.',
  ],
}
