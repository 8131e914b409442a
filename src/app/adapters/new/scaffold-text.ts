import { Document, isMap, isScalar } from 'yaml'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { ScaffoldAuth, ScaffoldOperation } from './scaffold.ts'

/** What is written into a new document. */
export interface Scaffold {
  readonly name: string
  readonly connector: 'http' | 'graphql'
  readonly baseUrl: string
  readonly auth: ScaffoldAuth
  readonly operations: readonly ScaffoldOperation[]
  /** null: none of the operations only reads. */
  readonly health: string | null
  readonly webhooks: boolean
}

type Comment = readonly [path: readonly string[], text: string]

const width = 118

/** The Integration document and its Test as YAML, with comments for whoever goes on from there. Pure. */
export function scaffoldText(scaffold: Scaffold): string {
  return `${integrationText(scaffold)}---\n${testText(scaffold)}`
}

function integrationText({ name, connector, baseUrl, auth, operations, health, webhooks }: Scaffold): string {
  const document: JsonObject = {
    apiVersion: 'neuronx/v1',
    kind: 'Integration',
    name,
    connector,
    connection: { baseUrl },
    auth: auth.auth,
    operations: Object.fromEntries(operations.map((one) => [one.name, one.definition])),
    ...(health === null ? {} : { health }),
    limits: { perSecond: 5, timeout: '15s' },
    ...(webhooks ? { webhooks: webhookSection(name) } : {}),
  }
  const secrets = auth.secrets.map((secret) => `neuronx secret set ${secret}`).join(', ')
  const comments: Comment[] = [
    [['limits'], 'Of all daemons together. Take what the documentation allows.'],
    ...operations.flatMap((one) =>
      Object.entries(one.comments).map(([member, text]): Comment => [
        ['operations', one.name, ...(member === '' ? [] : [member])],
        text,
      ]),
    ),
    ...(auth.comment === null && secrets === ''
      ? []
      : [
          [
            ['auth'],
            `${secrets === '' ? '' : `Secrets are stored, never written here: ${secrets}.`} ${auth.comment ?? ''}`,
          ] as const,
        ]),
    ...(webhooks
      ? [
          [
            ['webhooks'],
            'What the system sends. Its address: neuronx adapter webhooks. docs/webhooks.md lists the schemes.',
          ] as const,
        ]
      : []),
  ]
  return yamlText(document, comments)
}

function webhookSection(name: string): JsonObject {
  return {
    scheme: 'standard-webhooks',
    key: { secret: `${name}-hook` },
    type: '{{ body.type }}',
    deliveryId: '{{ body.id }}',
    events: [
      {
        when: 'contact.created',
        emit: 'contact.created',
        lead: '{{ body.data.id }}',
        requires: ['data.id'],
        data: { contact_id: '{{ body.data.id }}', email: '{{ body.data.email }}' },
      },
    ],
  }
}

function testText({ name, operations }: Scaffold): string {
  const calls = operations.flatMap((one) =>
    one.calls.map(({ name: claim, operation, with: input, answer, expect }) => ({
      name: claim,
      call: `${name}.${operation}`,
      ...(Object.keys(input).length === 0 ? {} : { with: input }),
      ...(answer === undefined ? {} : { answer }),
      expect,
    })),
  )
  const comment =
    'Without a network: what is asked, and what answers mean. Take requests and answers from the documentation.'
  return yamlText({ apiVersion: 'neuronx/v1', kind: 'Test', name: `${name}-calls`, calls }, [
    [['calls'], comment],
  ])
}

function yamlText(value: JsonObject, comments: readonly Comment[]): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  for (const [path, text] of comments) {
    const map = document.getIn(path.slice(0, -1), true) as unknown
    const holder = path.length === 1 ? document.contents : map
    if (!isMap(holder)) continue
    const pair = holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    if (pair !== undefined && isScalar(pair.key))
      pair.key.commentBefore = wrapped(text, width - 2 * path.length)
  }
  return document.toString({ lineWidth: width, singleQuote: true, flowCollectionPadding: true })
}

/** Lines of a comment; nothing in it can end the comment. */
function wrapped(text: string, columns: number): string {
  const lines: string[] = []
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(` ${word}`)
  }
  return lines.join('\n')
}

/** Text of a stranger's that may stand in a comment: one line, no control characters. */
export function commentable(value: JsonValue | undefined): string {
  if (typeof value !== 'string') return ''
  return value
    .replaceAll(/[\p{Cc}\p{Cf}\s\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 120)
}
