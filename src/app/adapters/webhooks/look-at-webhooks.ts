import type { RegisteredEntry } from '../../../adapters/connectors/webhooks/registration/read-entries.ts'
import type { RegistrationByApi } from '../../../adapters/connectors/webhooks/registration/webhook-registration.ts'
import { fixOf } from '../testing/outcome-fixes.ts'
import { missingField } from './registration-needs.ts'
import { secretStanding } from './signing-secret.ts'
import { VendorWebhooks } from './vendor-webhooks.ts'
import type { WebhookAsk, WebhookReport } from './webhook-report.ts'
import { judgeEntries, registrationOf, requiredAddress } from './webhook-standing.ts'
import type { RegistrationFindings } from './webhook-standing.ts'

/** Looks where the vendor sends. Throws NX-WEBHOOK-NONE, NX-WEBHOOK-PUBLIC-URL, NX-WEBHOOK-NOT-HTTPS, NX-MASTER-KEY-…, NX-DB-…. */
export async function lookAtWebhooks(asked: WebhookAsk): Promise<WebhookReport> {
  const address = requiredAddress(asked.adapter, asked.place, asked.settings)
  const register = registrationOf(asked.adapter)
  if (register?.kind !== 'api') {
    const steps = register?.steps ?? [
      'Enter {{ address }} where the system asks for the address of webhooks.',
      'Store the secret that it signs with under the name that `webhooks.key` of the document gives.',
    ]
    const written = steps.map((step) => step.replaceAll('{{ address }}', address))
    return { ...headOf(asked, address), how: 'hand', steps: written, vendor: null }
  }
  await using vendor = vendorOf(asked, register)
  return await looked(asked, register, vendor, address)
}

/** The report of what the vendor has now. Throws what the stores throw. */
export async function looked(
  asked: WebhookAsk,
  api: RegistrationByApi,
  vendor: VendorWebhooks,
  address: string,
): Promise<WebhookReport> {
  const common = { ...headOf(asked, address), how: 'api', steps: [] } as const
  const missing = missingField(asked, api)
  if (missing !== null) {
    const why = {
      code: 'NX-WEBHOOK-CONNECTION',
      message: `connection.${missing.field} is not set`,
      fix: missing.says,
    }
    return { ...common, vendor: { state: 'unread', ...why } }
  }
  const read = await vendor.read(address)
  if (read.state === 'failed') {
    const { code, message } = read
    const fix = fixOf(code, asked.adapter.integration.name, asked.place.slug)
    return { ...common, vendor: { state: 'unread', code, message, fix } }
  }
  const { entries } = read
  const found = judgeEntries(api, entries, await secretStanding(asked, api))
  return foundReport(asked, address, { ...found, entries })
}

/** The report of what was found already. Pure. */
export function foundReport(
  asked: WebhookAsk,
  address: string,
  found: Pick<RegistrationFindings, 'state' | 'differences'> & {
    readonly entries: readonly RegisteredEntry[]
  },
): WebhookReport {
  const { state, differences } = found
  const entries = found.entries.map(({ id, addresses }) => ({ id, addresses }))
  return { ...headOf(asked, address), how: 'api', steps: [], vendor: { state, entries, differences } }
}

function headOf({ adapter }: WebhookAsk, address: string) {
  const { name, connector } = adapter.integration
  const common = { integration: name, connector: connector.definition.connector, address }
  return { ...common, done: 'looked', secretStored: null } as const
}

export function vendorOf(asked: WebhookAsk, api: RegistrationByApi): VendorWebhooks {
  const { operator, settings, place, adapter, signal } = asked
  return new VendorWebhooks({ operator, settings, place, integration: adapter.integration, api, signal })
}
