import type { CallEnd } from '../../../adapters/connectors/webhooks/registration/registration-caller.ts'
import type { RegistrationByApi } from '../../../adapters/connectors/webhooks/registration/webhook-registration.ts'
import { NxError } from '../../../kernel/errors.ts'
import { fixOf, kindOfCallCode } from '../testing/outcome-fixes.ts'
import type { VendorWebhooks } from './vendor-webhooks.ts'
import type { WebhookAsk } from './webhook-report.ts'
import { registrationOf } from './webhook-standing.ts'

/** How the vendor is told, where it can be by calls. Throws NX-WEBHOOK-BY-HAND, NX-WEBHOOK-MODE (conflict), NX-WEBHOOK-CONNECTION (configuration). */
export function requiredApi(asked: WebhookAsk): RegistrationByApi {
  const { adapter, place } = asked
  const { name, mode } = adapter.integration
  const register = registrationOf(adapter)
  if (register?.kind !== 'api') {
    throw new NxError('conflict', 'NX-WEBHOOK-BY-HAND', 'This vendor is told by hand', {
      detail: 'Nothing was changed.',
      fix: `neuronx adapter webhooks ${name} --tenant ${place.slug} lists what to do.`,
    })
  }
  if (mode !== 'live') {
    throw new NxError(
      'conflict',
      'NX-WEBHOOK-MODE',
      `'${name}' changes nothing at its vendor: mode ${mode}`,
      {
        fix: 'Say `mode: live` in its document, and neuronx config apply.',
      },
    )
  }
  const missing = missingField(asked, register)
  if (missing === null) return register
  throw new NxError('configuration', 'NX-WEBHOOK-CONNECTION', `connection.${missing.field} is not set`, {
    fix: missing.says,
  })
}

/** A field of the connection without which nothing can be registered, and what to do about it; null: none. */
export function missingField({ adapter }: WebhookAsk, { needs }: RegistrationByApi) {
  if (needs === undefined || adapter.integration.connection[needs.connection] != null) return null
  return { field: needs.connection, says: needs.says }
}

/** Throws NX-WEBHOOK-KEY (configuration) when a key that the vendor is to be told has no value. */
export async function requireKeys({ adapter, place }: WebhookAsk, vendor: VendorWebhooks): Promise<void> {
  const [missing] = await vendor.missingKeys()
  if (missing === undefined) return
  const { name } = adapter.integration
  throw new NxError('configuration', 'NX-WEBHOOK-KEY', `webhooks.${missing} of '${name}' has no value`, {
    fix: `Name a secret in the document (webhooks: { ${missing}: { secret: NAME } }) and store it: neuronx secret set NAME --tenant ${place.slug}`,
  })
}

/** What a call came to, where it must have come to something. Throws what its answer means. */
export function required<T>({ adapter, place }: WebhookAsk, end: CallEnd<T>): T {
  if (end.state === 'done') return end
  const { code, message } = end
  const kind = kindOfCallCode(code)
  throw new NxError(kind, code, 'The vendor could not be told', {
    detail: message,
    retryable: kind === 'unreachable' || kind === 'unavailable',
    fix: fixOf(code, adapter.integration.name, place.slug),
  })
}

export function conflict(code: string, title: string, fix: string): NxError {
  return new NxError('conflict', code, title, { fix })
}
