import { isUnsigned } from '../../../adapters/connectors/webhooks/signature-scheme.ts'
import type { SignatureScheme } from '../../../adapters/connectors/webhooks/signature-scheme.ts'
import type { WebhookDefinition } from '../../../adapters/connectors/webhooks/webhook-definition.ts'
import type { WebhookKeySources } from '../../../adapters/connectors/webhooks/webhook-keys.ts'
import type { WebhookReceiver } from '../../../adapters/connectors/webhooks/webhook-receiver.ts'
import type { Settings } from '../../config/settings.ts'
import { gatewayOrigin, webhookPath, webhookProofOf } from './webhook-facts.ts'
import type { WebhookProof } from './webhook-facts.ts'

export interface SchemeDescription {
  readonly name: string
  readonly algorithm: string
  /** Where the signature stands: `header x-slack-signature`. */
  readonly place: string
  readonly key: string
  readonly unsigned: boolean
}

/** A key by its name; a secret one is never shown, a public one only said to be there. */
export interface WebhookKeyDescription {
  readonly name: string
  readonly given: 'public key' | 'secret' | 'no'
  readonly secrets: readonly string[]
}

/** What a system sends us, and to which address. */
export interface WebhookDescription {
  /** What to enter at the vendor; null for a connector by itself. */
  readonly address: string | null
  /** Is the address the configured public one? Otherwise it is only where the gateway listens. */
  readonly isPublic: boolean
  readonly proof: WebhookProof
  readonly schemes: readonly SchemeDescription[]
  readonly keys: readonly WebhookKeyDescription[]
  /** How old a delivery may be, milliseconds; null: it does not say when it was sent in a way that could be held against it. */
  readonly toleranceMs: number | null
  /** Types of the events that come of it. */
  readonly events: readonly string[]
}

/** Pure. */
export function describeWebhooks(
  definition: WebhookDefinition,
  integration: {
    readonly receiver: WebhookReceiver
    readonly name: string
    readonly slug: string
    readonly settings: Pick<Settings, 'publicUrl' | 'httpListen'>
  } | null,
): WebhookDescription {
  const { schemes, toleranceMs } = definition
  const events = [
    ...definition.events.map(({ emit }) => emit),
    ...(definition.receipts ?? []).map(({ state }) => `message.${state}`),
  ]
  const known = {
    schemes: schemes.map(schemeOf),
    toleranceMs: isDated(definition) ? toleranceMs : null,
    events: [...new Set(events)].toSorted(),
  }
  if (integration === null) {
    const keys = Object.keys(definition.keys).map((name) => ({ name, given: 'no' as const, secrets: [] }))
    const proof = schemes.some(isUnsigned) ? 'unsigned' : 'signed'
    return { address: null, isPublic: false, proof, keys, ...known }
  }
  const { receiver, name, slug, settings } = integration
  return {
    address: gatewayOrigin(settings) + webhookPath(slug, name, receiver),
    isPublic: settings.publicUrl != null,
    proof: webhookProofOf(receiver),
    keys: keysOf(receiver.keySources),
    ...known,
  }
}

/** Is its age looked at? By the time that is signed along, or by the payload's own. */
function isDated({ schemes, sentAt, versions = [] }: WebhookDefinition): boolean {
  const times = [sentAt, ...versions.map(({ overlay }) => overlay.sentAt)]
  return (
    schemes.some(({ timestamp }) => timestamp !== undefined) || times.some((time) => time?.window === true)
  )
}

function schemeOf(scheme: SignatureScheme): SchemeDescription {
  const { name, algorithm, signature, key } = scheme
  const place =
    'header' in signature
      ? `header ${signature.header}`
      : 'body' in signature
        ? `body ${signature.body}`
        : 'last part of the address'
  return { name, algorithm, place, key, unsigned: isUnsigned(scheme) }
}

function keysOf(sources: WebhookKeySources): readonly WebhookKeyDescription[] {
  return Object.entries(sources).map(([name, source]) => {
    if (typeof source === 'string') return { name, given: source === '' ? 'no' : 'public key', secrets: [] }
    const all = Array.isArray(source) ? source : [source]
    const secrets = all.flatMap((one: object) => ('secret' in one ? [String(one.secret)] : []))
    return { name, given: secrets.length > 0 ? 'secret' : 'public key', secrets }
  })
}
