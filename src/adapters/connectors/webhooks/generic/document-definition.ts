import { parseDuration } from '../../../../kernel/duration.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import type { SignatureScheme } from '../signature-scheme.ts'
import { bodyPaths } from '../payload/shape-diff.ts'
import { signatureSchemes } from '../signatures/signature-schemes.ts'
import type { WebhookKeySource, WebhookKeySources } from '../webhook-keys.ts'
import type { EventMapping, WebhookDefinition } from '../webhook-definition.ts'
import type { DocumentWebhooks } from './document-webhooks.ts'

const toleranceMsDefault = 300_000
const hashHorizonMs = 86_400_000
const typeDefault = '{{ body.type }}'

/** The `webhooks:` of a document as a definition. Its key is the tenant's own, so no payload is for anybody else. */
export function documentDefinition(spec: DocumentWebhooks): WebhookDefinition {
  return {
    schemes: schemesOf(spec),
    keys: {},
    format: spec.format ?? 'json',
    ...(spec.split === undefined ? {} : { split: { path: spec.split } }),
    sentAt: spec.sentAt === undefined ? null : withoutUndefined(spec.sentAt),
    toleranceMs: spec.tolerance === undefined ? toleranceMsDefault : parseDuration(spec.tolerance),
    deliveryId: spec.deliveryId ?? null,
    hashHorizonMs,
    type: spec.type ?? typeDefault,
    account: null,
    envelope: membersRead([spec.type ?? typeDefault, spec.deliveryId, spec.sentAt?.at]),
    events: spec.events.map(mappingOf),
    receipts: (spec.receipts ?? []).map((receipt) => withoutUndefined(receipt)),
    ignores: spec.ignores ?? [],
    ...(spec.answer === undefined ? {} : { answer: spec.answer }),
    busyStatus: 503,
  }
}

/** Where the keys of its schemes come from. */
export function documentKeys(spec: DocumentWebhooks): WebhookKeySources {
  const own = [spec.key, spec.previousKey].flatMap((key): readonly WebhookKeySource[] =>
    key === undefined ? [] : [typeof key === 'string' ? { value: key } : key],
  )
  const named = schemesOf(spec).map(({ key }): [string, readonly WebhookKeySource[]] => {
    if (key === 'secretPath') return [key, spec.secretPath === undefined ? [] : [spec.secretPath]]
    if (key === 'password') return [key, spec.basic === undefined ? [] : [spec.basic.password]]
    return [key, own]
  })
  return Object.fromEntries(named)
}

function schemesOf(spec: DocumentWebhooks): readonly SignatureScheme[] {
  if (spec.scheme === 'none') return [unsignedScheme(spec)]
  const { schemes } = signatureSchemes[spec.scheme]
  if (spec.scheme !== 'shared-header' || spec.header === undefined) return schemes
  const header = spec.header.toLowerCase()
  return schemes.map((scheme): SignatureScheme => ({ ...scheme, signature: { header, encoding: 'utf8' } }))
}

/** Proves who sends and not what: `adapter list` shows it as UNSIGNED. */
function unsignedScheme({ basic }: DocumentWebhooks): SignatureScheme {
  if (basic === undefined) {
    return {
      name: 'secret address',
      algorithm: 'equals',
      key: 'secretPath',
      signature: { address: 'last', encoding: 'utf8' },
      signed: [],
    }
  }
  return {
    name: 'basic auth',
    algorithm: 'equals',
    key: 'password',
    keyForm: { encoding: 'utf8', prepend: `${basic.username}:` },
    signature: { header: 'authorization', prefix: 'Basic ', encoding: 'base64' },
    signed: [],
  }
}

function mappingOf({
  when,
  emit,
  lead,
  subject,
  requires,
  data,
}: DocumentWebhooks['events'][number]): EventMapping {
  const covers = membersRead([data ?? {}, lead, subject?.id])
  return {
    when,
    emit,
    ...(lead === undefined ? {} : { lead }),
    ...(subject === undefined ? {} : { subject }),
    requires: requires ?? [],
    data: (data ?? {}) as JsonObject,
    covers,
    ...(data === undefined ? { takesAll: true } : {}),
  }
}

/** Members that templates read whole: what is read of a part only stays with its rest under `extra`. */
function membersRead(templates: readonly unknown[]): readonly string[] {
  return [...new Set(bodyPaths(templates).filter((path) => !path.includes('.')))]
}

/** What a schema leaves undefined is left out. */
function withoutUndefined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
}
