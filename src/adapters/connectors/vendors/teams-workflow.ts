import { connectorFormat, defineConnector } from '../define-connector.ts'

/**
 * Microsoft Teams without a person: the address of a Workflow that posts what it gets into one chat or channel. Needs no app and no
 * consent; whoever makes the workflow in Teams is its owner, and it stops when they leave. It answers before anything is posted and
 * tells no id: what became of a message is not known. Text is shown as it is, so that names of leads are no links.
 */
export const teamsWorkflow = defineConnector({
  format: connectorFormat,
  connector: 'teams-workflow',
  vendor: 'Microsoft Teams (Workflows)',
  baseUrl: '{{ connection.url }}',
  connection: {
    url: {
      type: 'string',
      // Plain HTTP on this machine only.
      pattern: 'https://[^\\s?#@{}]+|http://(127\\.0\\.0\\.1|localhost):\\d+/[^\\s?#@{}]*',
      help: 'The address of the workflow up to its question mark: https://…/triggers/manual/paths/invoke.',
    },
    apiVersion: {
      type: 'string',
      pattern: '[\\w.-]{1,40}',
      help: 'What stands behind api-version= in the address. Default: 1; older ones have 2016-06-01.',
      default: '1',
    },
    permission: {
      type: 'string',
      pattern: '[\\w/.-]{1,200}',
      help: 'What stands behind sp= in the address, with slashes. Default: /triggers/manual/run.',
      default: '/triggers/manual/run',
    },
  },
  credentials: { signature: { help: 'What stands behind sig= in the address. Whoever has it can post.' } },
  auth: [{ kind: 'api_key', in: 'query', name: 'sig', value: 'signature' }],
  headers: {},
  tables: {},
  operations: {
    'message.send': {
      method: 'POST',
      path: '',
      effect: 'send',
      query: { 'api-version': '{{ connection.apiVersion }}', sp: '{{ connection.permission }}', sv: '1.0' },
      requires: ['input.text ?? input.card'],
      body: {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              $merge: [
                {
                  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
                  type: 'AdaptiveCard',
                  version: '1.4',
                  // Of all elements the one that knows no Markdown.
                  body: [
                    {
                      type: 'RichTextBlock',
                      inlines: [{ type: 'TextRun', text: '{{ input.text | default: }}' }],
                    },
                  ],
                },
                '{{ input.card }}',
              ],
            },
          },
        ],
      },
      output: { status: '{{ status }}' },
    },
  },
  channels: { teams: 'message.send' },
  errors: [
    {
      when: { status: [401, 403] },
      kind: 'credentials',
      notExecuted: true,
      says: 'The workflow does not accept the signature: copy its address anew, and store what stands behind sig=.',
    },
    {
      when: { status: [404, 410] },
      kind: 'credentials',
      notExecuted: true,
      says: 'There is no such workflow, or it was turned off: make it anew in Teams and correct connection.url and the signature.',
    },
  ],
  limits: { perSecond: 1, concurrency: 4, timeoutMs: 15_000 },
  webhooks: null,
  facts: [
    {
      says: 'Workflows take Adaptive Cards only, belong to users rather than to a team, and cannot post to private channels as the flow bot.',
      source: 'learn.microsoft.com, Teams platform, Create and send messages (connectors-using)',
      checked: '2026-11-23',
    },
    {
      says: 'The body is a message with attachments of type application/vnd.microsoft.card.adaptive and contentUrl null, 28 KB at most.',
      source: 'learn.microsoft.com, Teams platform, incoming webhooks',
      checked: '2026-11-23',
    },
    {
      says: 'The address holds api-version, sp, sv and sig; the trigger answers 202; RichTextBlock shows no Markdown. (Remembered, not checked.)',
      source: 'learn.microsoft.com, Azure Logic Apps, request trigger; adaptivecards.io/explorer',
      checked: '2026-11-23',
    },
  ],
})
