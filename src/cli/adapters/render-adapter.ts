import type {
  AdapterDescription,
  FailoverDescription,
  OperationDescription,
} from '../../app/adapters/catalog/describe-adapter.ts'
import type { WebhookDescription } from '../../app/adapters/catalog/describe-webhooks.ts'
import { formatDuration } from '../../kernel/duration.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderReconcile } from './render-reconcile.ts'
import { renderFacts, renderTable } from '../views/table.ts'

type Theming = Pick<Output, 'columns' | 'theme'>

/** An integration or a connector for people: facts, then what it can do, takes, and what is known of the vendor. */
export function renderAdapter(description: AdapterDescription, output: Theming): string {
  const { credentials, facts, operations, webhooks } = description
  const blocks = [renderFacts(headFacts(description), output)]
  if (operations.length > 0) blocks.push(renderTable(operations, operationColumns, output))
  if (credentials.length > 0) blocks.push(renderTable(credentials, credentialColumns, output))
  if (webhooks !== null) blocks.push(renderFacts(webhookFacts(webhooks), output))
  if (description.reconcile !== null) blocks.push(renderReconcile(description.reconcile, output))
  if (facts.length > 0) {
    const lines = facts.map(({ says, source, checked }) => `- ${says} (${source}; ${checked})`)
    blocks.push(['What is known of the vendor', ...lines].map(plainLine).join('\n'))
  }
  return blocks.join('\n\n')
}

function headFacts({
  integration,
  connector,
  vendor,
  baseUrl,
  apiVersion,
  auth,
  channels,
  limits,
  budgetHeaders,
  health,
}: AdapterDescription): readonly (readonly [string, string | null])[] {
  const others = apiVersion.known
    .filter(({ id }) => id !== apiVersion.used)
    .map(({ id, sunset }) => (sunset === null ? id : `${id} until ${sunset}`))
  const also = others.length === 0 ? '' : `; also ${others.join(', ')}`
  return [
    ...(integration === null
      ? []
      : ([
          ['Integration', integration.name],
          ['Mode', integration.mode],
          ['Failover', failoverText(integration.failover)],
          ['Reads only', readOnlyText(integration.readOnlyAfterMs)],
        ] as const)),
    ['Connector', `${connector} (${vendor})`],
    ['Address', baseUrl],
    ['API version', apiVersion.used === null ? null : apiVersion.used + also],
    ['Auth', auth.join(' or ')],
    [
      'Channels',
      Object.entries(channels)
        .map(([channel, operation]) => `${channel}: ${operation}`)
        .join(', '),
    ],
    [
      'Limits',
      `${limits.perSecond} a second, ${limits.concurrency} at once, ${formatDuration(limits.timeoutMs)} each`,
    ],
    ['Budget told in', budgetHeaders.join(', ')],
    ['Health', health],
  ]
}

function failoverText(failover: readonly FailoverDescription[]): string | null {
  if (failover.length === 0) return null
  return failover
    .map(
      ({ channel, to, afterMs, on }) =>
        `${channel} to ${to} after ${formatDuration(afterMs)} (${on.join(', ')})`,
    )
    .join('; ')
}

function readOnlyText(afterMs: number | null): string | null {
  return afterMs === null ? null : `after ${formatDuration(afterMs)} of refused credentials`
}

const operationColumns = [
  { title: 'OPERATION', value: ({ name }: OperationDescription) => name },
  { title: 'EFFECT', value: ({ effect }: OperationDescription) => effect },
  { title: 'IDEMPOTENCY', value: ({ idempotency }: OperationDescription) => idempotency },
  { title: 'CHANNELS', value: ({ channels }: OperationDescription) => channels.join(', ') },
  {
    title: 'REQUEST',
    value: ({ method, path }: OperationDescription) => `${method} ${path}`,
    shrink: true,
  },
  {
    title: 'REQUIRES',
    value: ({ requires }: OperationDescription) => requires.join(', '),
    shrink: true,
  },
]

type Credential = AdapterDescription['credentials'][number]

const credentialColumns = [
  { title: 'CREDENTIAL', value: ({ name }: Credential) => name },
  {
    title: 'SECRET',
    value: ({ secret, optional }: Credential) => secret ?? (optional ? 'none (optional)' : 'none'),
  },
  { title: 'WHAT IT IS', value: ({ help }: Credential) => help, shrink: true },
]

function webhookFacts(webhooks: WebhookDescription): readonly (readonly [string, string | null])[] {
  const { address, isPublic, proof, schemes, keys, toleranceMs, events } = webhooks
  const note = isPublic ? '' : ' (where the gateway listens: set NEURONX_PUBLIC_URL to what vendors use)'
  return [
    ['Webhooks to', address === null ? null : address + note],
    ['Proof', proof === 'unsigned' ? 'UNSIGNED' : proof.replace('_', ' ')],
    [
      'Schemes',
      schemes
        .map(
          ({ name, algorithm, place, unsigned }) =>
            `${name} (${algorithm}, ${place}${unsigned ? ', UNSIGNED' : ''})`,
        )
        .join('; '),
    ],
    [
      'Keys',
      keys
        .map(({ name, given, secrets }) => `${name}: ${secrets.length > 0 ? secrets.join(', ') : given}`)
        .join('; '),
    ],
    ['Replay window', toleranceMs === null ? null : formatDuration(toleranceMs)],
    ['Events', events.join(', ')],
  ]
}
