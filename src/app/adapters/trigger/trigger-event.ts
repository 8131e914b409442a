import type { Integration } from '../../../adapters/connectors/integration.ts'
import type { WebhookDefinition } from '../../../adapters/connectors/webhooks/webhook-definition.ts'
import type { WebhookReceiver } from '../../../adapters/connectors/webhooks/webhook-receiver.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { mergePatch } from '../../../kernel/merge-patch.ts'
import type { ActiveAdapter } from '../catalog/active-adapter.ts'
import { postDelivery } from './post-delivery.ts'
import type { PostResult } from './post-delivery.ts'
import type { Sample } from './sample.ts'
import { schemeFor, signDelivery } from './sign-delivery.ts'
import type { SigningKey } from './sign-delivery.ts'
import { requireOwnKey } from './test-keys.ts'

/** An integration that takes webhooks. */
export interface Receiving {
  readonly integration: Integration
  readonly receiver: WebhookReceiver
  readonly definition: WebhookDefinition
}

/** A delivery that was posted, and how it was answered. */
export interface TriggerResult extends PostResult {
  readonly integration: string
  readonly event: string
  readonly url: string
  readonly scheme: string
}

/**
 * The integration that a payload is for: the named one, or the only one of its vendor. Throws NX-TRIGGER-INTEGRATION (usage,
 * not_found), NX-TRIGGER-CONNECTION (configuration).
 */
export function receivingOf(
  adapters: readonly ActiveAdapter[],
  connector: string,
  named: ActiveAdapter | null,
): Receiving {
  const able = adapters.filter(({ integration }) => integration.connector.definition.connector === connector)
  const [only] = able
  const chosen = named ?? (able.length === 1 ? (only ?? null) : null)
  if (chosen === null) {
    const names = able.map(({ spec }) => spec.name)
    throw new NxError(
      able.length === 0 ? 'not_found' : 'usage',
      'NX-TRIGGER-INTEGRATION',
      able.length === 0
        ? `The configuration has no integration with connector: ${connector}`
        : 'Which integration?',
      {
        fix:
          able.length === 0
            ? `neuronx adapter show ${connector} --connector`
            : `Add --integration ${names.join(' or --integration ')}.`,
      },
    )
  }
  const { integration } = chosen
  const { definition } = integration.connector
  if (definition.connector !== connector || definition.webhooks === null || integration.webhooks === null) {
    throw new NxError(
      'usage',
      'NX-TRIGGER-INTEGRATION',
      `'${integration.name}' takes nothing of ${connector}`,
      {
        detail: `Its connector is ${definition.connector}.`,
        fix: 'neuronx adapter list',
      },
    )
  }
  return { integration, receiver: integration.webhooks, definition: definition.webhooks }
}

/** What a payload is made up from, beside the sample itself. */
export interface TriggerAsk {
  readonly connector: string
  readonly sample: Sample
  readonly key: SigningKey
  /** Changes of the payload, as a JSON Merge Patch. */
  readonly change: JsonObject
  /** Where the daemon listens. */
  readonly origin: string
  /** How the vendor knows the gateway: signed where the address is. */
  readonly publicOrigin: string
  readonly path: string
}

/**
 * Posts a made-up payload to a running daemon, signed as its vendor signs. Throws NX-TRIGGER-CONNECTION, NX-TRIGGER-SCHEME,
 * NX-TRIGGER-KEY-OTHER (configuration), and what `postDelivery` throws.
 */
export async function triggerEvent(
  { integration, receiver, definition }: Receiving,
  { connector, sample, key, change, origin, publicOrigin, path }: TriggerAsk,
  clock: Clock,
): Promise<TriggerResult> {
  requireConnection(integration, sample)
  const scheme = schemeFor(definition.schemes, key, publicOrigin + path)
  if (scheme === null) {
    throw new NxError('configuration', 'NX-TRIGGER-SCHEME', 'This key signs by none of the schemes', {
      detail: `${connector} signs with: ${definition.schemes.map(({ algorithm }) => algorithm).join(', ')}.`,
      fix: 'neuronx event trigger … --new-test-key makes one that does.',
    })
  }
  requireOwnKey(key, scheme.key, receiver)
  const now = clock.now()
  const id = newId()
  const payload = mergePatch(sample.make({ connection: integration.connection, id, now }), change)
  const body = bodyOf(sample, isJsonObject(payload) ? payload : {})
  const headers = signDelivery(scheme, key, { url: publicOrigin + path, body, id, now })
  const contentType = sample.format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  const url = origin + path
  const result = await postDelivery(url, body, { ...headers, 'content-type': contentType })
  return { integration: integration.name, event: sample.event, url, scheme: scheme.name, ...result }
}

function requireConnection({ name, connection }: Integration, { needs, event }: Sample): void {
  const missing = needs.filter((member) => typeof connection[member] !== 'string')
  if (missing.length === 0) return
  throw new NxError('configuration', 'NX-TRIGGER-CONNECTION', `'${name}' would take no ${event}`, {
    detail: `Its connection has no ${missing.join(', ')}, so no payload can be for it.`,
    fix: `Add \`connection: { ${missing[0]}: … }\` to its document.`,
  })
}

function bodyOf({ format }: Sample, payload: JsonObject): string {
  if (format === 'json') return JSON.stringify(payload)
  const members = Object.entries(payload).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return new URLSearchParams(members).toString()
}
