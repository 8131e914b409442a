import type { JsonObject } from '../../../../kernel/json.ts'
import { connectionText } from '../sample.ts'
import type { Sample, SampleContext } from '../sample.ts'

const needs = ['teamId']
const user = 'U0EXAMPLE1'
const channel = 'C0EXAMPLE1'
const stamp = ({ now }: SampleContext): string => `${Math.floor(now.getTime() / 1_000)}.000100`

/** What an event comes in. */
const callback = (
  event: string,
  vendorName: string,
  inner: (context: SampleContext) => JsonObject,
): Sample => ({
  event,
  vendorName,
  needs,
  format: 'json',
  make: (context) => ({
    type: 'event_callback',
    team_id: connectionText(context, 'teamId'),
    api_app_id: 'A0EXAMPLE1',
    event_id: `Ev${context.id}`,
    event_time: Math.floor(context.now.getTime() / 1_000),
    event: inner(context),
  }),
})

/** Interactions come as JSON in a form. */
const interaction = (event: string, type: string, inner: (context: SampleContext) => JsonObject): Sample => ({
  event,
  vendorName: type,
  needs,
  format: 'form',
  make: (context) => ({
    payload: JSON.stringify({
      type,
      team: { id: connectionText(context, 'teamId') },
      user: { id: user },
      trigger_id: context.id,
      ...inner(context),
    }),
  }),
})

/** One for every event that comes of Slack's webhooks. */
export const slackSamples: readonly Sample[] = [
  callback('message.received', 'message', (context) => ({
    type: 'message',
    channel,
    user,
    text: 'Hello, is anybody there?',
    ts: stamp(context),
  })),
  callback('message.posted', 'message (bot)', (context) => ({
    type: 'message',
    channel,
    bot_id: 'B0EXAMPLE1',
    text: 'A build has failed.',
    ts: stamp(context),
  })),
  callback('message.changed', 'message (changed)', (context) => ({
    type: 'message',
    subtype: 'message_changed',
    channel,
    ts: stamp(context),
    message: { type: 'message', user, text: 'Hello!', ts: stamp(context) },
  })),
  callback('mention.received', 'app_mention', (context) => ({
    type: 'app_mention',
    channel,
    user,
    text: '<@U0EXAMPLE2> what is new?',
    ts: stamp(context),
  })),
  callback('reaction.added', 'reaction_added', (context) => ({
    type: 'reaction_added',
    user,
    reaction: 'eyes',
    item: { type: 'message', channel, ts: stamp(context) },
  })),
  callback('app.uninstalled', 'app_uninstalled', () => ({ type: 'app_uninstalled' })),
  callback('credentials.revoked', 'tokens_revoked', () => ({
    type: 'tokens_revoked',
    tokens: { oauth: [user], bot: [] },
  })),
  interaction('interaction.received', 'block_actions', (context) => ({
    channel: { id: channel },
    message: { id: stamp(context) },
    actions: [{ action_id: 'approve', type: 'button', value: 'yes' }],
  })),
  interaction('interaction.submitted', 'view_submission', () => ({
    view: {
      id: 'V0EXAMPLE1',
      state: { values: { name: { input: { type: 'plain_text_input', value: 'Ada' } } } },
    },
  })),
  {
    event: 'command.received',
    vendorName: 'slash command',
    needs,
    format: 'form',
    make: (context) => ({
      team_id: connectionText(context, 'teamId'),
      channel_id: channel,
      user_id: user,
      command: '/leads',
      text: 'today',
      response_url: 'https://example.com/answer',
      trigger_id: context.id,
    }),
  },
]
