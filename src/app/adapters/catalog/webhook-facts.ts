import type { WebhookReceiver } from '../../../adapters/connectors/webhooks/webhook-receiver.ts'
import type { Settings } from '../../config/settings.ts'

/** `no_key`: nothing that comes can be verified, so all of it is refused. `unsigned`: who sends is proven, what stands in it is not. */
export type WebhookProof = 'none' | 'signed' | 'unsigned' | 'no_key'

export function webhookProofOf(receiver: WebhookReceiver | null): WebhookProof {
  if (receiver === null) return 'none'
  const given = Object.values(receiver.keySources).some((source) => source !== '')
  if (!given) return 'no_key'
  return receiver.isUnsigned ? 'unsigned' : 'signed'
}

/** Where the gateway is: as vendors know it, else as it listens. */
export function gatewayOrigin({ publicUrl, httpListen }: Pick<Settings, 'publicUrl' | 'httpListen'>): string {
  return publicUrl == null ? listenOrigin(httpListen) : publicUrl.replace(/\/+$/, '')
}

/** An address of all interfaces is asked on the loopback one. */
export function listenOrigin({ host, port }: Settings['httpListen']): string {
  const asked = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${asked.includes(':') ? `[${asked}]` : asked}:${port}`
}

/** The path of an integration's webhooks; a secret part of it is only named. */
export function webhookPath(
  slug: string,
  integration: string,
  { hasSecretPath }: Pick<WebhookReceiver, 'hasSecretPath'>,
): string {
  return `/v1/hooks/${slug}/${integration}${hasSecretPath ? '/THE-SECRET' : ''}`
}
